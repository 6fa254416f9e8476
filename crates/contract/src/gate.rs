//! The one gate: may we reach this party now, on this channel, for this purpose? Answered by the area `consent`.
//!
//! Whatever reaches out must hold a [`Permit`]. `xtask check` fails when [`Permit::grant`] stands outside `area/consent`.

use async_trait::async_trait;
use serde_json::Value as Json;
use zhike_kernel::{Result, Stamp};
use zhike_store::{Ctx, Query, Tx};

/// By which way a party is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Channel {
    /// E-mail.
    Email,
    /// A telephone call.
    Phone,
    /// A text message.
    Sms,
    /// A messenger of any kind (WeCom, DingTalk, Feishu …).
    Chat,
    /// Fax.
    Fax,
    /// A letter or parcel by post.
    Letter,
    /// Somebody goes there.
    Visit,
    /// A notice in the customer's portal.
    Portal,
}

impl Channel {
    /// All of them, in the order in which pages show them.
    pub const ALL: [Channel; 8] = [
        Channel::Email,
        Channel::Phone,
        Channel::Sms,
        Channel::Chat,
        Channel::Fax,
        Channel::Letter,
        Channel::Visit,
        Channel::Portal,
    ];
    /// The word in the database, the API and translation keys (`channel-email`).
    pub const fn word(self) -> &'static str {
        match self {
            Channel::Email => "email",
            Channel::Phone => "phone",
            Channel::Sms => "sms",
            Channel::Chat => "chat",
            Channel::Fax => "fax",
            Channel::Letter => "letter",
            Channel::Visit => "visit",
            Channel::Portal => "portal",
        }
    }
    /// The channel of a word.
    pub fn of(word: &str) -> Option<Channel> {
        Channel::ALL.into_iter().find(|c| c.word() == word)
    }
}

/// Why the law lets us speak: the first three may not be refused by the customer, but keep decent hours where they can wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// The law orders it (recall, breach of data).
    Law,
    /// Safety of life and goods.
    Safety,
    /// What a contract in force asks: an order's confirmation, an invoice, a dunning notice.
    Contract,
    /// Service that the customer asked for or expects: an answer to a complaint, an appointment, a survey after it.
    Service,
    /// Everything that wants to sell.
    Promotion,
}

impl Class {
    /// All of them, the strongest right first.
    pub const ALL: [Class; 5] = [
        Class::Law,
        Class::Safety,
        Class::Contract,
        Class::Service,
        Class::Promotion,
    ];
    /// The word in the database, the API and translation keys (`class-law`).
    pub const fn word(self) -> &'static str {
        match self {
            Class::Law => "law",
            Class::Safety => "safety",
            Class::Contract => "contract",
            Class::Service => "service",
            Class::Promotion => "promotion",
        }
    }
    /// The class of a word.
    pub fn of(word: &str) -> Option<Class> {
        Class::ALL.into_iter().find(|c| c.word() == word)
    }
}

/// The question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Who is to be reached.
    pub party: i64,
    /// By what right.
    pub class: Class,
    /// Kind of information, a key of the house's list (`news`, `price`, `complaint` …); empty for none.
    pub topic: String,
    /// The channel wanted.
    pub channel: Channel,
    /// The address wanted; none for the party's own of that channel.
    pub address: Option<String>,
    /// When it would happen.
    pub at: Stamp,
    /// May it go on another channel that the customer named, when this one is closed?
    pub may_change: bool,
    /// May it wait for the first allowed moment?
    pub may_wait: bool,
    /// The customer's own answer is awaited (a reply to a message, an appointment that was agreed): until when. What was
    /// agreed beats hours and frequency, never a withdrawn consent of promotion.
    pub agreed: bool,
}

/// What the gate says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Now, on the channel asked for.
    Allowed,
    /// On this channel, not before that moment.
    Later(Stamp),
    /// On another channel that the customer named, not before that moment.
    Elsewhere(Channel, Stamp),
    /// Not at all.
    Withheld,
}

impl Verdict {
    /// `allowed`, `later`, `elsewhere` or `withheld`.
    pub const fn word(self) -> &'static str {
        match self {
            Verdict::Allowed => "allowed",
            Verdict::Later(_) => "later",
            Verdict::Elsewhere(..) => "elsewhere",
            Verdict::Withheld => "withheld",
        }
    }
}

/// One rule that had its say: a translation key (`gate-…`) with what its sentence names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The rule.
    pub rule: String,
    /// Arguments of its sentence, an object.
    pub args: Json,
}

/// The answer: never without a reason, unless it is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What it says.
    pub verdict: Verdict,
    /// Why, the deciding rule first.
    pub reasons: Vec<Reason>,
    /// The address that would be used, where the channel has one.
    pub address: Option<String>,
}

/// The right to reach one party once, on one channel, at one address. Cannot be copied; a carrier uses it up.
#[derive(Debug)]
pub struct Permit {
    party: i64,
    channel: Channel,
    address: String,
    decision: i64,
}

impl Permit {
    /// Made by the gate, from a stored decision that allowed it. Nobody else calls this (`xtask check`).
    pub fn grant(party: i64, channel: Channel, address: String, decision: i64) -> Permit {
        Permit {
            party,
            channel,
            address,
            decision,
        }
    }
    /// Who may be reached.
    pub const fn party(&self) -> i64 {
        self.party
    }
    /// By which channel.
    pub const fn channel(&self) -> Channel {
        self.channel
    }
    /// Where: an address of mail, a number; empty where the channel needs none.
    pub fn address(&self) -> &str {
        &self.address
    }
    /// The decision that gave it.
    pub const fn decision(&self) -> i64 {
        self.decision
    }
}

/// The question without a deed: pages, simulators, programs.
#[async_trait]
pub trait Gate: Send + Sync {
    /// What would be said. Nothing is stored, no frequency is used up.
    async fn ask(&self, ctx: &Ctx, ask: &Ask) -> Result<Answer>;
    /// The language that the customer wants to be written to in (`zh-CN`, `en`), if that was stated.
    async fn language(&self, _ctx: &Ctx, _q: &dyn Query, _party: i64) -> Result<Option<String>> {
        Ok(None)
    }
    /// The channels that the customer named for messages of this class, the dearest first; empty when nothing was said.
    async fn ranked(&self, ctx: &Ctx, q: &dyn Query, party: i64, class: Class) -> Result<Vec<Channel>>;
    /// A person is about to call, write by hand or go there: asked, stored, counted. `why` is the person's reason for going
    /// against a `later` (never for promotion); a withdrawn consent cannot be overruled.
    async fn pass(&self, ctx: &Ctx, tx: &Tx, ask: &Ask, why: Option<&str>) -> Result<(Answer, Option<Permit>)>;
}
