//! The programme of managed relationships: whom to enrol by cost and benefit, who is enrolled since when, and what it changed against
//! comparable customers who are not.

pub mod api;
pub mod compute;
pub mod gain;
pub mod list;
pub mod page;
pub mod pieces;
pub mod read;
pub mod settings;
pub mod types;
