//! What the rules know: wishes with who stated each, consents, closed addresses, what was sent, and the house's defaults.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use zhike_contract::gate::{Channel, Class};
use zhike_kernel::{Date, Stamp};

/// Who stated a wish; the later ones weigh more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum By {
    /// Guessed from behaviour.
    Inferred,
    /// Taken over from another system.
    Import,
    /// An employee, on the customer's word, with evidence.
    Employee,
    /// The customer.
    Customer,
}

impl By {
    pub(crate) const ALL: [By; 4] = [By::Customer, By::Employee, By::Import, By::Inferred];
    pub(crate) const fn word(self) -> &'static str {
        match self {
            By::Customer => "customer",
            By::Employee => "employee",
            By::Import => "import",
            By::Inferred => "inferred",
        }
    }
    pub(crate) fn of(word: &str) -> Option<By> {
        By::ALL.into_iter().find(|b| b.word() == word)
    }
}

/// A wish with who stated it, when, and on what evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stated<T> {
    pub value: T,
    pub by: By,
    pub at: Stamp,
    /// The employee or program that wrote it down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<i64>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub proof: String,
}

/// May a channel be used?
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Allow {
    /// For everything.
    All,
    /// For these classes only.
    Only(Vec<Word<Class>>),
    /// Not at all.
    No,
}

impl Allow {
    pub(crate) fn covers(&self, class: Class) -> bool {
        match self {
            Allow::All => true,
            Allow::Only(classes) => classes.iter().any(|c| c.0 == class),
            Allow::No => false,
        }
    }
}

/// A word of the contract, kept as its word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Word<T>(pub T);

macro_rules! worded {
    ($t:ty) => {
        impl Serialize for Word<$t> {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(self.0.word())
            }
        }
        impl<'de> Deserialize<'de> for Word<$t> {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let word = String::deserialize(d)?;
                let found = <$t>::of(&word).map(Word);
                found.ok_or_else(|| serde::de::Error::custom(format!("unknown field `{word}`")))
            }
        }
    };
}
worded!(Channel);
worded!(Class);

/// A channel as the customer ranks it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Way {
    pub channel: Word<Channel>,
    pub allow: Allow,
    /// The address or number wanted for it; none: the party's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

/// Times of the week in which one may come: days (bit 0 is Monday) and minutes of the day, the last one excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Window {
    pub days: u8,
    pub from: u16,
    pub to: u16,
    /// For one channel only; windows of a channel take the place of those for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Word<Channel>>,
}

/// Of what a frequency is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Per {
    Day,
    /// Monday to Sunday.
    Week,
    Month,
}

impl Per {
    pub(crate) const ALL: [Per; 3] = [Per::Day, Per::Week, Per::Month];
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Per::Day => "day",
            Per::Week => "week",
            Per::Month => "month",
        }
    }
    pub(crate) fn of(word: &str) -> Option<Per> {
        Per::ALL.into_iter().find(|p| p.word() == word)
    }
}

/// At most so many messages that want to sell in a day, week or month, of a topic, on a channel, or of all.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cap {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Word<Channel>>,
    pub most: u32,
    pub per: Per,
}

impl Cap {
    /// Is it about a message of this topic on this channel?
    pub(crate) fn about(&self, topic: &str, channel: Channel) -> bool {
        self.topic.as_deref().is_none_or(|t| t == topic) && self.channel.is_none_or(|c| c.0 == channel)
    }
}

/// Days on which nothing may come, both included; without an end until further notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pause {
    pub from: Date,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

/// What a party wishes; what it said nothing about is left open.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Wish {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<Stated<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<Stated<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<Stated<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channels: Option<Stated<Vec<Way>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<Stated<Vec<Window>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caps: Option<Stated<Vec<Cap>>>,
    /// Topics wanted; once named, the others are not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wanted: Option<Stated<Vec<String>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unwanted: Option<Stated<Vec<String>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pauses: Option<Stated<Vec<Pause>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub places: Option<Stated<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interests: Option<Stated<String>>,
}

/// A consent to one purpose: here only those for promotion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Consent {
    pub id: i64,
    /// None: every channel.
    pub channel: Option<Channel>,
    /// None: every topic.
    pub topic: Option<String>,
    pub given: Date,
    pub until: Option<Date>,
    pub withdrawn: Option<Date>,
}

/// How much an address is closed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shut {
    /// Whatever wants to sell.
    Promotion,
    /// Everything that may be refused.
    All,
}

/// An address that its holder closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Closed {
    pub channel: Channel,
    pub key: String,
    pub shut: Shut,
    pub since: Date,
}

/// A message that went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    pub at: Stamp,
    pub class: Class,
    pub topic: String,
    pub channel: Channel,
}

/// What the house holds decent where the customer said nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Manners {
    /// Counts the changes.
    pub version: i64,
    pub hours: Vec<Window>,
    /// Days without work.
    pub holidays: Vec<Date>,
    /// How much promotion, where the customer named no frequency.
    pub caps: Vec<Cap>,
    /// Days after which a message that still waits is reported to a person.
    pub alarm_days: i64,
    /// How customers reach this house (`https://crm.example.com`), for links in messages.
    pub address: String,
}

impl Default for Manners {
    fn default() -> Manners {
        Manners {
            version: 0,
            hours: vec![Window {
                days: 0b001_1111,
                from: 9 * 60,
                to: 18 * 60,
                channel: None,
            }],
            holidays: vec![],
            caps: vec![Cap {
                topic: None,
                channel: None,
                most: 4,
                per: Per::Month,
            }],
            alarm_days: 3,
            address: String::new(),
        }
    }
}

/// An address of the party's own on a channel, with the form in which it is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reachable {
    pub channel: Channel,
    pub address: String,
}

/// The question.
#[derive(Clone, Debug)]
pub(crate) struct Question<'a> {
    pub class: Class,
    pub topic: &'a str,
    pub channel: Channel,
    /// The address named by who asks.
    pub address: Option<&'a str>,
    pub at: Stamp,
    pub may_change: bool,
    pub may_wait: bool,
    pub agreed: bool,
}

/// Everything about one party.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case<'a> {
    pub wish: &'a Wish,
    pub consents: &'a [Consent],
    /// Withdrawals that count for it besides its own (its organisation's).
    pub closed: &'a [Closed],
    pub sent: &'a [Sent],
    pub reach: &'a [Reachable],
    pub manners: &'a Manners,
    pub calendar: &'a Calendar,
}

use super::Calendar;

/// One rule that had its say, with what its sentence names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Why {
    pub rule: &'static str,
    pub args: Vec<(&'static str, Json)>,
}

impl Why {
    pub(crate) fn new(rule: &'static str) -> Why {
        Why { rule, args: vec![] }
    }
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<Json>) -> Why {
        self.args.push((name, value.into()));
        self
    }
}

/// Does nobody hear it come? Hours do not matter there, unless the customer set them for the channel.
pub(crate) fn silent(channel: Channel) -> bool {
    matches!(channel, Channel::Letter | Channel::Portal)
}

/// Needs it an address to get there?
pub(crate) fn needs_address(channel: Channel) -> bool {
    !matches!(channel, Channel::Portal)
}
