//! What a switchboard tells of a call, and the call that follows from it: a function of the set of what was told, so that
//! neither the order in which it comes nor how often changes anything.

use serde::{Deserialize, Serialize};
use zhike_kernel::{Error, Result, Stamp};

/// What may be told, in the order in which it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// A telephone rings.
    Ring,
    /// Somebody took it.
    Answer,
    /// It is over.
    End,
}

impl Kind {
    pub(crate) const ALL: [Kind; 3] = [Kind::Ring, Kind::Answer, Kind::End];
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Kind::Ring => "ring",
            Kind::Answer => "answer",
            Kind::End => "end",
        }
    }
    pub(crate) fn of(word: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|k| k.word() == word)
    }
}

/// One thing that was told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Told {
    pub kind: Kind,
    pub at: i64,
    /// Of our telephones, the one that rings or was taken.
    #[serde(default)]
    pub extension: String,
    /// `in` or `out`, where that is said.
    #[serde(default)]
    pub direction: String,
    /// Their number.
    #[serde(default)]
    pub number: String,
    /// Ours, the one that was dialled or is shown to them.
    #[serde(default)]
    pub line: String,
    /// How it ended, where that is said.
    #[serde(default)]
    pub result: String,
    /// What it cost, in minor units.
    #[serde(default)]
    pub cost: Option<i64>,
}

impl Told {
    /// What makes it the same: several telephones ring and several people may take it one after the other; it ends once.
    pub(crate) fn part(&self) -> &str {
        match self.kind {
            Kind::Ring | Kind::Answer => &self.extension,
            Kind::End => "",
        }
    }
}

/// The call as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    pub outgoing: bool,
    pub number: String,
    pub line: String,
    /// Our telephone that took it, or that was asked first.
    pub extension: String,
    /// All that ring or rang.
    pub ringing: Vec<String>,
    pub started: Stamp,
    pub answered: Option<Stamp>,
    pub ended: Option<Stamp>,
    /// Seconds of talk.
    pub seconds: Option<i64>,
    pub result: Option<&'static str>,
    pub cost: Option<i64>,
}

impl Facts {
    pub(crate) fn status(&self) -> &'static str {
        match (self.ended, self.answered) {
            (Some(_), _) => "ended",
            (None, Some(_)) => "talking",
            (None, None) => "ringing",
        }
    }
}

/// The call that follows from what was told; none when nothing was.
pub(crate) fn derive(told: &[Told]) -> Option<Facts> {
    let mut all: Vec<&Told> = told.iter().collect();
    all.sort();
    let of = |kind: Kind| all.iter().filter(move |t| t.kind == kind);
    let first = |get: fn(&Told) -> &str| {
        all.iter()
            .map(|t| get(t))
            .find(|s| !s.is_empty())
            .unwrap_or("")
            .to_owned()
    };
    let started = of(Kind::Ring).map(|t| t.at).min().or(all.iter().map(|t| t.at).min())?;
    let answered = of(Kind::Answer).map(|t| t.at).min();
    let ended = of(Kind::End).map(|t| t.at).max();
    // Whoever had it last answers for it.
    let last = of(Kind::Answer)
        .filter(|t| !t.extension.is_empty())
        .max_by_key(|t| t.at);
    let mut ringing: Vec<String> = of(Kind::Ring)
        .map(|t| t.extension.clone())
        .filter(|e| !e.is_empty())
        .collect();
    ringing.dedup();
    let outgoing = first(|t| &t.direction) == "out";
    let extension = last
        .map(|t| t.extension.clone())
        .unwrap_or_else(|| first(|t| &t.extension));
    let said = of(Kind::End).map(|t| t.result.as_str()).find(|r| !r.is_empty());
    let result = ended.map(|_| match (said, answered) {
        (Some(word), _) => crate::types::RESULTS
            .iter()
            .find(|r| **r == word)
            .copied()
            .unwrap_or("failed"),
        (None, Some(_)) => "answered",
        (None, None) => "missed",
    });
    Some(Facts {
        outgoing,
        number: first(|t| &t.number),
        line: first(|t| &t.line),
        extension,
        ringing,
        started: Stamp(started),
        answered: answered.map(Stamp),
        ended: ended.map(Stamp),
        // Clocks that disagree make no talk of less than nothing.
        seconds: answered.zip(ended).map(|(a, e)| ((e - a) / 1_000_000).max(0)),
        result,
        cost: of(Kind::End).find_map(|t| t.cost),
    })
}

/// Longest name of a call that a switchboard may give.
const LONGEST: usize = 120;
/// Clocks may differ by so much.
const AHEAD_SECONDS: i64 = 300;

/// An event as programs send it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sent {
    pub call: String,
    pub event: String,
    #[serde(default)]
    pub switch: Option<String>,
    #[serde(default)]
    pub at: Option<String>,
    #[serde(default)]
    pub direction: Option<String>,
    #[serde(default)]
    pub number: Option<String>,
    #[serde(default)]
    pub line: Option<String>,
    #[serde(default)]
    pub extension: Option<String>,
    #[serde(default)]
    pub result: Option<String>,
    #[serde(default)]
    pub cost: Option<String>,
    /// A recording, base64 (event `recording`).
    #[serde(default)]
    pub audio: Option<String>,
}

/// A name of a call or a switchboard: no signs that mean something elsewhere.
pub(crate) fn name(text: &str, field: &str) -> Result<String> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::field(field, "error-required"));
    }
    if text.chars().count() > LONGEST || text.chars().any(char::is_control) {
        return Err(Error::field(field, "error-call-id"));
    }
    Ok(text.to_owned())
}

/// A telephone number; one that is withheld is none.
pub(crate) fn number(text: &str, field: &'static str) -> Result<String> {
    let folded = zhike_kernel::text::fold_width(text.trim());
    let low = folded.to_lowercase();
    if [
        "",
        "anonymous",
        "unknown",
        "private",
        "withheld",
        "unavailable",
        "restricted",
        "<unknown>",
    ]
    .contains(&low.as_str())
    {
        return Ok(String::new());
    }
    let kind = zhike_store::Field::new(field, zhike_store::FieldKind::Phone);
    kind.parse(&folded, zhike_kernel::Currency::CNY)
        .map(|v| v.text().unwrap_or("").to_owned())
        .map_err(|e| Error::fields(vec![e]))
}

/// An extension: letters, digits and a few signs.
pub(crate) fn extension(text: &str, field: &str) -> Result<String> {
    let text = text.trim();
    let good = text.len() <= 40 && text.chars().all(|c| c.is_ascii_alphanumeric() || "_.-+*#@".contains(c));
    if good {
        Ok(text.to_owned())
    } else {
        Err(Error::field(field, "error-call-extension"))
    }
}

/// An instant as programs write it, not from the future.
pub(crate) fn moment(text: Option<&str>, now: Stamp) -> Result<Stamp> {
    let Some(text) = text.map(str::trim).filter(|t| !t.is_empty()) else {
        return Ok(now);
    };
    let at: jiff::Timestamp = text.parse().map_err(|_| Error::field("at", "error-not-a-moment"))?;
    let at = Stamp(at.as_microsecond());
    if at > now.plus_seconds(AHEAD_SECONDS) || at.0 <= 0 {
        return Err(Error::field("at", "error-call-moment"));
    }
    Ok(at)
}

impl Sent {
    /// What it tells; the event `recording` is none of these.
    pub(crate) fn read(&self, now: Stamp, currency: zhike_kernel::Currency) -> Result<Told> {
        let kind = Kind::of(&self.event).ok_or_else(|| Error::field("event", "error-not-a-choice"))?;
        let word = |value: &Option<String>, all: &[&str], field: &str| match value.as_deref().map(str::trim) {
            None | Some("") => Ok(String::new()),
            Some(w) if all.contains(&w) => Ok(w.to_owned()),
            Some(_) => Err(Error::field(field, "error-not-a-choice")),
        };
        let cost = match self.cost.as_deref().map(str::trim).filter(|c| !c.is_empty()) {
            Some(text) => Some(
                zhike_kernel::number::parse_scaled(text, currency.decimals(), false)
                    .ok()
                    .filter(|c| *c >= 0)
                    .ok_or_else(|| Error::field("cost", "error-not-a-number"))?,
            ),
            None => None,
        };
        Ok(Told {
            kind,
            at: moment(self.at.as_deref(), now)?.0,
            extension: extension(self.extension.as_deref().unwrap_or(""), "extension")?,
            direction: word(&self.direction, crate::types::DIRECTIONS, "direction")?,
            number: number(self.number.as_deref().unwrap_or(""), "number")?,
            line: number(self.line.as_deref().unwrap_or(""), "line")?,
            result: word(&self.result, crate::types::RESULTS, "result")?,
            cost,
        })
    }
}

#[cfg(test)]
#[path = "told_tests.rs"]
mod tests;
