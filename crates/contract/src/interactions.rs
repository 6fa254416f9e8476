//! Every contact is one interaction: channel, direction, moment, people, content, cost. Answered by the area `inbox`.

use crate::gate::Channel;
use async_trait::async_trait;
use zhike_kernel::{Result, Stamp};
use zhike_store::{Ctx, Tx};

/// A contact that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewInteraction {
    /// By which way.
    pub channel: Channel,
    /// From us to them, or to us.
    pub outgoing: bool,
    /// When.
    pub at: Stamp,
    /// With whom; none while the sender is unknown.
    pub party: Option<i64>,
    /// Their address or number.
    pub address: String,
    /// One line.
    pub subject: String,
    /// What was said, as plain text.
    pub body: String,
    /// The record it is about: its type and id.
    pub record: Option<(String, i64)>,
    /// The message of `consent` that it came from.
    pub message: Option<i64>,
    /// Our people's share in it.
    pub user: Option<i64>,
    /// How long it took.
    pub seconds: Option<i64>,
    /// What makes it the same contact: told again with the same key, nothing happens.
    pub key: Option<String>,
}

/// A conversation as the other side sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thread {
    /// Its id.
    pub id: i64,
    /// What it is about.
    pub subject: String,
    /// When the last contact was.
    pub last_at: Stamp,
    /// When we wrote last, if we did.
    pub answered_at: Option<Stamp>,
}

/// What was said in one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// By us, or by them.
    pub outgoing: bool,
    /// When.
    pub at: Stamp,
    /// The words.
    pub body: String,
}

/// What is known of a contact beside itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Beside {
    /// The name that the writer gives.
    pub sender: String,
    /// A machine wrote it, or a word for machines (`STOP`): it awaits no answer.
    pub machine: bool,
}

/// The port. Whoever wants to know of new ones listens to `interaction.created.v1`; the row (type `interaction`) tells the
/// direction (`in`, `out`).
#[async_trait]
pub trait Interactions: Send + Sync {
    /// Writes it down in the transaction of what causes it; its id, or that of the one with the same key.
    async fn note(&self, ctx: &Ctx, tx: &Tx, new: &NewInteraction) -> Result<i64>;
    /// Conversations that a party began or was written to on a channel, the newest first, at most so many.
    async fn threads(&self, ctx: &Ctx, party: i64, channel: Channel, most: i64) -> Result<Vec<Thread>>;
    /// What was written in one of them, in order; none when it is not that party's.
    async fn said(&self, ctx: &Ctx, party: i64, thread: i64) -> Result<Option<(Thread, Vec<Said>)>>;
    /// The same for a short message of a channel, which has no subject of its own: it joins the thread that this customer
    /// (or this unknown address) has on the channel. Its id, and whether it is new.
    async fn join(&self, ctx: &Ctx, tx: &Tx, new: &NewInteraction, beside: &Beside) -> Result<(i64, bool)>;
}
