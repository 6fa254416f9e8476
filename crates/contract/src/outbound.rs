//! Sending through the gate: an area hands over what it has to say, `consent` decides and keeps it until it may go, and a
//! carrier (area `inbox`) takes it there.

use crate::gate::{Ask, Channel, Class, Permit, Verdict};
use async_trait::async_trait;
use std::sync::Arc;
use zhike_kernel::{Result, Stamp};
use zhike_store::{Ctx, Tx};

/// What is to be said, in the customer's language, ready to go. The gate may exchange the channel, so the text stands for all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Who, why, on which channel and when.
    pub ask: Ask,
    /// One line; the subject of a mail.
    pub subject: String,
    /// Plain text; links stand in it as addresses.
    pub body: String,
    /// The record it belongs to: its type and id. Replies come back to it.
    pub record: Option<(&'static str, i64)>,
    /// What makes it the same message: handed over again with the same key, nothing happens.
    pub key: Option<String>,
}

/// What became of a message at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handed {
    /// Its row.
    pub message: i64,
    /// What the gate said.
    pub verdict: Verdict,
}

/// The port, answered by `consent`.
#[async_trait]
pub trait Outbound: Send + Sync {
    /// Hands over in the transaction of what causes it: it goes at the first moment that is allowed, or is withheld with its
    /// reason. Either way the row tells.
    async fn send(&self, ctx: &Ctx, tx: &Tx, message: &Message) -> Result<Handed>;
    /// Takes back what has not gone yet; how many there were.
    async fn recall(&self, ctx: &Ctx, tx: &Tx, record: (&'static str, i64), why: &str) -> Result<u64>;
    /// The other side reports what became of a message that left: it arrived, or it will not (`why`). The first such word
    /// stands. False when the message did not leave, or its end was told before.
    async fn reported(&self, ctx: &Ctx, tx: &Tx, message: i64, arrived: bool, why: &str) -> Result<bool>;
    /// Lets go of what is due on the channel of this carrier, at most so many: for what people carry when they have the
    /// time for it (letters that are printed and posted). How many were looked at.
    async fn draw(&self, ctx: &Ctx, carrier: Arc<dyn Carrier>, most: i64) -> Result<i64>;
    /// How the carrying by people stands or ended: underway with them, gone, given back, refused. False when the message is
    /// not on its way.
    async fn ended(&self, ctx: &Ctx, tx: &Tx, message: i64, carried: Carried) -> Result<bool>;
}

/// How a carrier ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Carried {
    /// It was handed to the other side, which calls it so.
    Gone(String),
    /// Not now (the server is away): to be tried again after this moment.
    Again(Stamp, String),
    /// Never: the address or the message is refused for good.
    Refused(String),
    /// People carry it: they have it, it is called so, and [`Outbound::ended`] was told so and is told how it ends.
    Underway(String),
    /// The line broke after it was handed over: nobody knows whether it went. A person decides; it is not sent again.
    Unsure(String),
}

/// What the other side says about a message of which we do not know whether it left (the process ended in between).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It has it, and calls it so.
    Yes(String),
    /// It never saw it: it may be sent.
    No,
    /// It cannot tell: a person decides, nothing is sent twice.
    Unknown,
}

/// What a carrier takes along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parcel {
    /// Row of the message. The same number comes again when a carrier is asked a second time: it is the key under which the
    /// other side can know the message (a Message-ID, an idempotency key).
    pub message: i64,
    /// By what right it goes.
    pub class: Class,
    /// Where the receiver ends messages of this kind with one click (RFC 8058: GET shows a page, POST does it), a whole
    /// address; for promotion only, and only when the house has an address of its own.
    pub leave: Option<String>,
    /// One line.
    pub subject: String,
    /// Plain text.
    pub body: String,
    /// The record it belongs to.
    pub record: Option<(String, i64)>,
}

/// Takes messages of one channel away. Answered by `inbox`, one for each channel that is set up.
#[async_trait]
pub trait Carrier: Send + Sync {
    /// The channel.
    fn channel(&self) -> Channel;
    /// Is it set up? A channel without a carrier keeps its messages waiting, and says so in the page.
    async fn ready(&self, ctx: &Ctx) -> Result<bool>;
    /// Takes it there. Only with a permit, which is used up.
    /// An error counts as “not now”.
    async fn carry(&self, ctx: &Ctx, permit: Permit, parcel: &Parcel) -> Result<Carried>;
    /// Did an earlier try of this message arrive? Asked only when our process ended between sending and noting it.
    async fn taken(&self, _ctx: &Ctx, _message: i64) -> Result<Taken> {
        Ok(Taken::Unknown)
    }
}
