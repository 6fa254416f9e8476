//! Two records of one party become one, with nothing lost, and can become two again.

pub(crate) mod flow;
pub(crate) mod pages;
