//! Runs of an analysis: asked for or planned, done in the background for a user with that user's rights, kept with what they saw.

pub(crate) mod compare;
pub(crate) mod job;
pub(crate) mod post;
pub(crate) mod store;
pub(crate) mod work;

pub(crate) use store::Run;
