//! Paper: a document is data and a template, and becomes a PDF. It knows no business: who calls it words and formats
//! everything beforehand, so that quotes, invoices, statements and delivery notes share one sheet.

mod fonts;
mod letterhead;
mod letters;
mod sheet;
#[cfg(feature = "pdf")]
mod typeset;

pub use fonts::{Cjk, PACKAGE, cjk};
pub use letterhead::{Letterhead, Logo};
pub use letters::{LabelSheet, Labels, Letter, Letters};
pub use sheet::{Block, Column, Sheet, Sum};

use zhike_kernel::{Error, Result};

/// Sets a sheet. It takes some tens of milliseconds: call it on a thread that may wait.
#[cfg(feature = "pdf")]
pub fn pdf(sheet: &Sheet) -> Result<Vec<u8>> {
    typeset::pdf(sheet)
}

/// This program was built without the typesetter.
#[cfg(not(feature = "pdf"))]
pub fn pdf(_: &Sheet) -> Result<Vec<u8>> {
    Err(Error::refused("error-paper-none"))
}

/// Sets letters, ready to be printed and folded into envelopes with a window.
#[cfg(feature = "pdf")]
pub fn letters(mail: &Letters) -> Result<Vec<u8>> {
    typeset::letters(mail)
}

/// This program was built without the typesetter.
#[cfg(not(feature = "pdf"))]
pub fn letters(_: &Letters) -> Result<Vec<u8>> {
    Err(Error::refused("error-paper-none"))
}

/// Sets addresses on sheets of labels.
#[cfg(feature = "pdf")]
pub fn labels(all: &Labels) -> Result<Vec<u8>> {
    typeset::labels(all)
}

/// This program was built without the typesetter.
#[cfg(not(feature = "pdf"))]
pub fn labels(_: &Labels) -> Result<Vec<u8>> {
    Err(Error::refused("error-paper-none"))
}

/// Can this program make PDF files at all?
pub fn available() -> bool {
    cfg!(feature = "pdf")
}

/// What the typesetter could not do, for the log.
#[cfg(feature = "pdf")]
fn failed(what: impl std::fmt::Display) -> Error {
    Error::broken(format!("the sheet could not be set: {what}"))
}
