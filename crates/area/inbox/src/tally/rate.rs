//! What a contact costs: a rate for each channel from a day on, for each contact and for each minute.

use async_trait::async_trait;
use std::sync::Arc;
use zhike_kernel::{Date, Error, Result, Value, Values};
use zhike_store::{Ctx, Field, FieldKind, Hooks, Query, Record, RecordType, Tx, binds, field::parse_date};

/// A rate as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rate {
    pub channel: String,
    pub from: Date,
    pub contact: i64,
    pub minute: i64,
}

impl Rate {
    /// What so many contacts of a day cost; none where no rate held on that day.
    pub(crate) fn cost(all: &[Rate], channel: &str, day: Date, contacts: i64, minutes: i64) -> Option<i64> {
        let rate = all
            .iter()
            .filter(|r| r.channel == channel && r.from <= day)
            .max_by_key(|r| r.from)?;
        let contacts = rate.contact.checked_mul(contacts)?;
        contacts.checked_add(rate.minute.checked_mul(minutes)?)
    }
}

/// All of them.
pub(crate) async fn all(q: &dyn Query) -> Result<Vec<Rate>> {
    let sql =
        "SELECT channel, from_on, COALESCE(contact, 0), COALESCE(minute, 0) FROM inbox_rate WHERE archived_at IS NULL";
    let mut out = vec![];
    for row in q.all(sql, vec![]).await? {
        let Some(from) = parse_date(&row.text(1)?) else {
            continue;
        };
        out.push(Rate {
            channel: row.text(0)?,
            from,
            contact: row.int(2)?,
            minute: row.int(3)?,
        });
    }
    Ok(out)
}

struct RateHooks;

#[async_trait]
impl Hooks for RateHooks {
    async fn check(&self, tx: &Tx, _ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        for name in ["contact", "minute"] {
            if new.get(name).and_then(Value::int).is_some_and(|v| v < 0) {
                return Err(Error::field(name, "error-rate-negative"));
            }
        }
        let text = |name: &str| new.get(name).and_then(Value::text).unwrap_or("").to_owned();
        let (channel, from) = (text("channel"), text("from_on"));
        let sql =
            "SELECT count(*) FROM inbox_rate WHERE channel = $1 AND from_on = $2 AND archived_at IS NULL AND id <> $3";
        if tx.number(sql, binds![channel, from, old.map_or(0, |o| o.id)]).await? > 0 {
            return Err(Error::field("from_on", "error-rate-twice"));
        }
        Ok(())
    }
}

/// A rate of a channel.
pub(crate) fn record() -> RecordType {
    let money = || FieldKind::Money { currency: None };
    let fields = vec![
        Field::new("channel", FieldKind::Choice(crate::schema::CHANNELS))
            .required()
            .default("phone")
            .column(),
        Field::new("from_on", FieldKind::Date).required().column(),
        Field::new("contact", money()).column().unsorted(),
        Field::new("minute", money()).column().unsorted(),
        Field::new("note", FieldKind::Text),
    ];
    RecordType {
        icon: "coin",
        // The channel is a word to be translated, which a title is not.
        title: "from_on",
        order: ("from_on", true),
        hooks: Arc::new(RateHooks),
        exact: true,
        ..RecordType::new("contact_rate", "inbox_rate", "/contact-rates", 104, fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_costs_what_held_on_its_day() {
        let day = |t: &str| parse_date(t).unwrap();
        let rate = |from: &str, contact, minute| Rate {
            channel: "phone".into(),
            from: day(from),
            contact,
            minute,
        };
        let all = [rate("2026-01-01", 100, 50), rate("2026-06-01", 200, 0)];
        let cost = |on: &str| Rate::cost(&all, "phone", day(on), 2, 10);
        assert_eq!(cost("2025-12-31"), None);
        assert_eq!(cost("2026-05-31"), Some(700));
        assert_eq!(cost("2026-06-01"), Some(400));
        assert_eq!(Rate::cost(&all, "sms", day("2026-06-01"), 1, 0), None);
        assert_eq!(Rate::cost(&all, "phone", day("2026-06-01"), i64::MAX, 0), None);
    }
}
