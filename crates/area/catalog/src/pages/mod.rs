//! Pages, tabs and API of the catalogue beside those that every type has.

pub(crate) mod api;
pub(crate) mod configurator;
mod document;
pub(crate) mod editors;
pub(crate) mod try_price;
pub(crate) mod variants;
