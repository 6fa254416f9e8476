//! The life of a case: entered, assigned, solved, told to the customer, judged by the customer, begun again or ended.

pub(crate) mod act;
pub(crate) mod api;
pub(crate) mod assign;
pub(crate) mod clock;
pub(crate) mod desk;
pub(crate) mod grant;
pub(crate) mod hooks;
pub(crate) mod incoming;
pub(crate) mod kept;
pub(crate) mod letters;
pub(crate) mod link;
pub(crate) mod pages;
pub(crate) mod partner;
pub(crate) mod pieces;
pub(crate) mod port;
pub(crate) mod promise;
pub(crate) mod public;
pub(crate) mod rail;
pub(crate) mod related;
pub(crate) mod sale;
pub(crate) mod solve;
pub(crate) mod tell;
pub(crate) mod undelivered;
pub(crate) mod verdict;
pub(crate) mod view_solve;
pub(crate) mod view_work;
