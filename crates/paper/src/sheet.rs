//! What stands on a sheet, worded and formatted already.

use crate::Letterhead;
use serde::Serialize;

/// A column of the table.
#[derive(Clone, Debug, Serialize)]
pub struct Column {
    /// Its head.
    pub title: String,
    /// Numbers stand right.
    pub right: bool,
    /// Takes the room that is left.
    pub wide: bool,
}

/// A line below the table.
#[derive(Clone, Debug, Serialize)]
pub struct Sum {
    /// Name.
    pub label: String,
    /// Amount.
    pub value: String,
    /// The one that counts.
    pub strong: bool,
}

/// Words below the sums: terms, remarks.
#[derive(Clone, Debug, Serialize)]
pub struct Block {
    /// Title.
    pub title: String,
    /// Text; lines are kept.
    pub text: String,
}

/// A document.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    /// In Chinese? Else in English.
    pub zh: bool,
    /// Sender.
    pub head: Letterhead,
    /// Kind of document: “Quotation”.
    pub title: String,
    /// Its number.
    pub number: String,
    /// Word above the recipient: “To”.
    pub to_title: String,
    /// Recipient, one line each; the first is the name.
    pub to: Vec<String>,
    /// Facts at the right of the recipient: name and value.
    pub facts: Vec<(String, String)>,
    /// Columns of the table; none: no table.
    pub columns: Vec<Column>,
    /// Its rows. A cell's second line (after a newline) is set small and grey.
    pub rows: Vec<Vec<String>>,
    /// Sums below it.
    pub sums: Vec<Sum>,
    /// Words below the sums.
    pub blocks: Vec<Block>,
    /// Names above lines for signatures, side by side.
    pub signatures: Vec<String>,
    /// Labels of the sender's tax number and bank.
    pub tax_label: String,
    /// Label of the bank.
    pub bank_label: String,
    /// The page's number: words before it, between it and the count of pages, and after: `["Page ", " of ", ""]`.
    pub page: [String; 3],
    /// Large and pale across each page: “Draft”.
    pub mark: Option<String>,
}
