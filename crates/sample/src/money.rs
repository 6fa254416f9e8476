//! The rest of the model: invoices, payments, deals and ratings.

use jiff::civil::Date;
use serde::Serialize;

use crate::model::Text;
use crate::truth::Grade;

/// An invoice (positive) or a credit note for a return (negative).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Invoice {
    /// Unique number, `INV-yymm-nnnn` or `CN-yymm-nnnn`.
    pub number: String,
    /// Order or return it bills.
    pub order: usize,
    /// Customer.
    pub party: usize,
    /// Issued on.
    pub issued_on: Date,
    /// Due on.
    pub due_on: Date,
    /// Without tax.
    pub net_minor: i64,
    /// Tax.
    pub tax_minor: i64,
    /// Net and tax.
    pub total_minor: i64,
}

/// A receipt (positive) or a refund (negative).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Payment {
    /// Unique number, `PA-yymm-nnnn`.
    pub number: String,
    /// Customer.
    pub party: usize,
    /// Day.
    pub paid_on: Date,
    /// Amount. May exceed what is allocated: a prepayment.
    pub amount_minor: i64,
    /// `transfer`, `bill` (bank acceptance) or `cash`.
    pub method: &'static str,
}

/// A part of a payment that settles a part of an invoice; has the sign of both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Allocation {
    /// Payment.
    pub payment: usize,
    /// Invoice.
    pub invoice: usize,
    /// Amount.
    pub amount_minor: i64,
}

/// A sales pipeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pipeline {
    /// Name in both languages.
    pub name: Text,
    /// Stages in order; the last two are won and lost.
    pub stages: Vec<Stage>,
}

/// A stage of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stage {
    /// Stable code.
    pub code: &'static str,
    /// Name in both languages.
    pub name: Text,
    /// Chance to win from here, in parts per million.
    pub probability_ppm: i64,
    /// `open`, `won` or `lost`.
    pub kind: &'static str,
}

/// A step of a deal into a stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Move {
    /// Stage entered.
    pub stage: usize,
    /// Day.
    pub on: Date,
}

/// A deal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Deal {
    /// Unique number, `OP-yymm-nnn`.
    pub number: String,
    /// Title in both languages.
    pub title: Text,
    /// Customer or prospect.
    pub party: usize,
    /// Person spoken to, if any.
    pub contact: Option<usize>,
    /// Responsible user.
    pub owner: usize,
    /// Pipeline.
    pub pipeline: usize,
    /// Stage on the last day.
    pub stage: usize,
    /// Every stage entered, with dates; the first is the opening.
    pub moves: Vec<Move>,
    /// Expected amount without tax.
    pub amount_minor: i64,
    /// Product category.
    pub category: usize,
    /// Opened on.
    pub created_on: Date,
    /// Expected to close on.
    pub expected_close: Date,
    /// Won or lost on.
    pub closed_on: Option<Date>,
    /// Next step of an open deal, with its day.
    pub next_step: Option<(Text, Date)>,
    /// Why it was lost: `price`, `rival`, `delivery`, `slow_quote`, `postponed`, `no_budget`.
    pub lost_reason: Option<&'static str>,
    /// The competitor met in this deal.
    pub competitor: Option<usize>,
}

/// A grade a salesperson gave a customer by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ManualRating {
    /// Customer.
    pub party: usize,
    /// Grade.
    pub grade: Grade,
    /// Day.
    pub on: Date,
    /// Who graded.
    pub user: usize,
}
