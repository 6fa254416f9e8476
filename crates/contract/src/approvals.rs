//! Approvals: what a record asks for before it may go on. Answered by the area `approval`; each area whose records are
//! approved tells it how they look ([`Approvable`]).

use async_trait::async_trait;
use zhike_kernel::{Result, Values};
use zhike_store::{Ctx, Field, Query, Record, Tx};

/// A record as it is put before its approvers.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Its name.
    pub title: String,
    /// The party on whose timeline its approval stands.
    pub party: Option<i64>,
    /// Whose it is; the owner's manager may be an approver.
    pub owner: Option<i64>,
    /// What conditions are asked of: the fields of its type and those of [`Approvable::extra`].
    pub values: Values,
    /// All that is approved, without what approval itself changes (status, version, instants):
    /// `{"fields": {…}, "lines": [{…}]}`, raw values by field name.
    pub frozen: serde_json::Value,
}

/// Fields of a priced line that approvers get to see.
pub const LINE: [&str; 10] = [
    "product_id",
    "description",
    "quantity",
    "unit",
    "options",
    "unit_price",
    "discount",
    "tax_rate",
    "net",
    "currency",
];

/// Raw values of some fields, as they are frozen.
pub fn pick(record: &Record, names: &[&str]) -> serde_json::Value {
    let fields = names.iter().map(|n| ((*n).to_owned(), record.get(n).json()));
    serde_json::Value::Object(fields.collect())
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All levels agreed.
    Approved,
    /// To be changed and asked again.
    Returned,
    /// No.
    Rejected,
    /// The record changed after it was asked or approved.
    Void,
    /// Taken back by who asked.
    Withdrawn,
}

impl Outcome {
    /// The word kept in the database.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Approved => "approved",
            Outcome::Returned => "returned",
            Outcome::Rejected => "rejected",
            Outcome::Void => "void",
            Outcome::Withdrawn => "withdrawn",
        }
    }
}

/// A type of record that is approved.
#[async_trait]
pub trait Approvable: Send + Sync {
    /// The record type.
    fn subject(&self) -> &'static str;
    /// The type of its lines, as they stand in the frozen copy.
    fn lines(&self) -> Option<&'static str>;
    /// Fields beyond those of the type that a condition may ask for; their labels are `{type}-{field}`.
    fn extra(&self) -> Vec<Field>;
    /// The record as it stands. The caller has seen to it that it may be looked at.
    async fn look(&self, ctx: &Ctx, q: &dyn Query, id: i64) -> Result<Subject>;
    /// The request ended; in the same transaction.
    async fn decided(&self, ctx: &Ctx, tx: &Tx, id: i64, outcome: Outcome) -> Result<()>;
}

/// The port.
#[async_trait]
pub trait Approvals: Send + Sync {
    /// Asks for approval. The request's id, or `None` when no flow wants to see the record: it is free to go on.
    async fn ask(&self, ctx: &Ctx, tx: &Tx, subject: &'static str, id: i64, note: Option<&str>) -> Result<Option<i64>>;
    /// The record was written: when it is no longer what was asked or approved, the request is void. True if it is.
    async fn touched(&self, ctx: &Ctx, tx: &Tx, subject: &'static str, id: i64) -> Result<bool>;
    /// Takes an open request back.
    async fn withdraw(&self, ctx: &Ctx, tx: &Tx, subject: &'static str, id: i64) -> Result<()>;
    /// Was the record, as it stands now, agreed to?
    async fn agreed(&self, ctx: &Ctx, q: &dyn Query, subject: &'static str, id: i64) -> Result<bool>;
    /// Does any flow want to see the record as it stands?
    async fn wanted(&self, ctx: &Ctx, q: &dyn Query, subject: &'static str, id: i64) -> Result<bool>;
}
