//! Letters to machines and to our own people: a gateway that makes a fax of a mail, a result that somebody planned. No customer
//! reads them, so no gate and no conversation; what is behind the gateway holds its own permit. Answered by the area `inbox`.

use async_trait::async_trait;
use zhike_kernel::Result;
use zhike_store::{Ctx, Tx};

/// A letter to a gateway, or to one of our own people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ToGateway {
    /// The address of one of our mailboxes: it goes by its server, and reports come to it.
    pub mailbox: String,
    /// Where it goes.
    pub to: String,
    /// One line.
    pub subject: String,
    /// A few words; most gateways want none.
    pub text: String,
    /// The message that it brings, if it brings one: its name on the wire follows from it.
    pub message: Option<i64>,
    /// What goes along: name, type, bytes.
    pub parts: Vec<(String, String, Vec<u8>)>,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mailed {
    /// The server has it; it is called so.
    Gone(String),
    /// Not now.
    Later(String),
    /// Never.
    Never(String),
    /// The line broke after the letter was handed over: nobody knows whether the server has it.
    Unsure(String),
    /// The mailbox cannot send, or is not ours: what is wrong.
    Sick(String),
}

/// The port.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Hands a letter over. Never within a transaction.
    async fn hand(&self, ctx: &Ctx, letter: &ToGateway) -> Result<Mailed>;
    /// The address of the mailbox by which the house writes to its own people: the first that sends.
    async fn usual(&self, ctx: &Ctx) -> Result<Option<String>>;
    /// A letter that came in was a machine's report and has been dealt with: nobody's answer is awaited.
    async fn settled(&self, ctx: &Ctx, tx: &Tx, interaction: i64) -> Result<()>;
}
