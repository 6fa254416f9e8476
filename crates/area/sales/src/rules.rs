//! What must hold for a deal, without a database: its days, its amount, its reason, its place in the column.

use crate::stages::Kind;
use zhike_kernel::{Date, Error, FieldError, Result, Stamp, Value, Values};

/// The circumstances of a write.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// The day.
    pub today: Date,
    /// The stage it now stands in is another one than before.
    pub moved: bool,
    /// A person writes, who can be asked why a deal was lost.
    pub ask: bool,
}

fn day(values: &Values, name: &str) -> Option<Date> {
    values.get(name).and_then(Value::text)?.parse().ok()
}

fn same(old: Option<&Values>, new: &Values, name: &str) -> bool {
    old.is_some_and(|o| o.get(name).unwrap_or(&Value::Null) == new.get(name).unwrap_or(&Value::Null))
}

/// Fills the derived days of a deal that stands in a stage of `kind`, and refuses what cannot be.
pub fn settle(old: Option<&Values>, new: &mut Values, kind: Kind, now: Now) -> Result<()> {
    let entered = day(new, "entered_on").unwrap_or(now.today);
    new.insert("entered_on".into(), entered.into());
    if kind == Kind::Open {
        new.insert("closed_on".into(), Value::Null);
    } else if day(new, "closed_on").is_none() {
        new.insert("closed_on".into(), now.today.max(entered).into());
    }
    // A reason belongs to one ending: opened again or ended otherwise, the old one goes.
    if now.moved && old.is_some_and(|o| day(o, "closed_on").is_some()) && same(old, new, "reason_id") {
        new.insert("reason_id".into(), Value::Null);
    }
    let closed = day(new, "closed_on");
    let kept = same(old, new, "stage_since_on");
    let since = match (old, day(new, "stage_since_on")) {
        (None, Some(given)) if kind == Kind::Open => given,
        (None, _) => closed.unwrap_or(entered),
        (Some(_), Some(given)) if !kept => given,
        (Some(_), _) if now.moved => closed.unwrap_or(now.today),
        (Some(_), Some(given)) => {
            if same(old, new, "closed_on") {
                given
            } else {
                closed.unwrap_or(given)
            }
        }
        (Some(_), None) => entered,
    };
    new.insert("stage_since_on".into(), since.max(entered).into());
    let mut wrong = vec![];
    let mut complain = |field: &str, code: &'static str| {
        wrong.push(FieldError {
            field: field.to_owned(),
            code,
            args: vec![],
        });
    };
    if new.get("amount").and_then(Value::int).is_some_and(|a| a < 0) {
        complain("amount", "error-deal-amount");
    }
    if closed.is_some_and(|c| c < entered) {
        complain("closed_on", "error-deal-closed-early");
    }
    if kind == Kind::Lost && now.ask && now.moved && new.get("reason_id").is_none_or(Value::is_empty) {
        complain("reason_id", "error-deal-lost-reason");
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Error::fields(wrong))
    }
}

/// Where a deal that came to its stage on `since` stands in the column: the latest on top. Smaller is higher.
pub fn place(since: Date, today: Date, at: Stamp) -> i64 {
    if since >= today {
        return -at.0;
    }
    -Stamp::start_of(since, &jiff::tz::TimeZone::UTC).0
}

/// The gap between cards of a column that was numbered anew.
pub const GAP: i64 = 1 << 20;

/// A place between two neighbours, `None` when there is no room left between them.
pub fn between(above: Option<i64>, below: Option<i64>) -> Option<i64> {
    match (above, below) {
        (None, None) => Some(0),
        (None, Some(below)) => below.checked_sub(GAP),
        (Some(above), None) => above.checked_add(GAP),
        (Some(above), Some(below)) => {
            let room = below.checked_sub(above)?;
            (room > 1).then(|| above + room / 2)
        }
    }
}

/// `amount × probability`, in minor units.
pub fn weighted(amount: i64, probability: i64) -> i64 {
    zhike_kernel::money::mul_div(amount, probability, 1_000_000).unwrap_or(i64::MAX)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }
    fn values(pairs: &[(&str, &str)]) -> Values {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), Value::from(*v))).collect()
    }
    fn now(moved: bool) -> Now {
        Now {
            today: date("2026-11-24"),
            moved,
            ask: true,
        }
    }
    fn text<'a>(v: &'a Values, name: &str) -> &'a str {
        v[name].text().unwrap_or("")
    }

    #[test]
    fn a_new_deal_enters_today_and_stands_open() {
        let mut v = values(&[("closed_on", "2026-12-01")]);
        settle(None, &mut v, Kind::Open, now(true)).unwrap();
        assert_eq!(text(&v, "entered_on"), "2026-11-24");
        assert_eq!(text(&v, "stage_since_on"), "2026-11-24");
        assert_eq!(v["closed_on"], Value::Null, "an open deal is not closed");
    }

    #[test]
    fn winning_closes_and_opening_again_clears() {
        let old = values(&[("entered_on", "2026-11-01"), ("stage_since_on", "2026-11-10")]);
        let mut won = old.clone();
        settle(Some(&old), &mut won, Kind::Won, now(true)).unwrap();
        assert_eq!(text(&won, "closed_on"), "2026-11-24");
        assert_eq!(text(&won, "stage_since_on"), "2026-11-24");
        let mut open = won.clone();
        settle(Some(&won), &mut open, Kind::Open, now(true)).unwrap();
        assert_eq!(open["closed_on"], Value::Null);
        let mut given = old.clone();
        given.insert("closed_on".into(), "2026-11-20".into());
        settle(Some(&old), &mut given, Kind::Won, now(true)).unwrap();
        assert_eq!(text(&given, "stage_since_on"), "2026-11-20");
        let mut corrected = given.clone();
        corrected.insert("closed_on".into(), "2026-11-21".into());
        settle(Some(&given), &mut corrected, Kind::Won, now(false)).unwrap();
        assert_eq!(text(&corrected, "stage_since_on"), "2026-11-21");
    }

    #[test]
    fn a_change_elsewhere_leaves_the_days_alone() {
        let old = values(&[("entered_on", "2026-11-01"), ("stage_since_on", "2026-11-10")]);
        let mut new = old.clone();
        settle(Some(&old), &mut new, Kind::Open, now(false)).unwrap();
        assert_eq!(text(&new, "stage_since_on"), "2026-11-10");
    }

    #[test]
    fn refuses_losing_without_reason_only_where_somebody_can_be_asked() {
        let old = values(&[("entered_on", "2026-11-01")]);
        let refused = settle(Some(&old), &mut old.clone(), Kind::Lost, now(true)).unwrap_err();
        assert_eq!(refused.fields[0].code, "error-deal-lost-reason");
        let quiet = Now {
            ask: false,
            ..now(true)
        };
        assert!(settle(Some(&old), &mut old.clone(), Kind::Lost, quiet).is_ok());
        let mut told = old.clone();
        told.insert("reason_id".into(), 7.into());
        assert!(settle(Some(&old), &mut told, Kind::Lost, now(true)).is_ok());
        let lost = told.clone();
        settle(Some(&lost), &mut told, Kind::Won, now(true)).unwrap();
        assert_eq!(told["reason_id"], Value::Null);
    }

    #[test]
    fn refuses_negative_amounts_and_closing_before_the_beginning() {
        let mut v = values(&[("entered_on", "2026-11-10"), ("closed_on", "2026-11-09")]);
        v.insert("amount".into(), Value::Int(-1));
        let e = settle(None, &mut v, Kind::Won, now(true)).unwrap_err();
        let codes: Vec<_> = e.fields.iter().map(|f| f.code).collect();
        assert_eq!(codes, ["error-deal-amount", "error-deal-closed-early"]);
    }

    #[test]
    fn places_lie_between_their_neighbours_until_there_is_no_room() {
        assert_eq!(between(Some(10), Some(20)), Some(15));
        assert_eq!(between(Some(10), Some(11)), None);
        assert_eq!(between(Some(10), Some(10)), None);
        assert!(between(None, Some(5)).unwrap() < 5 && between(Some(5), None).unwrap() > 5);
        let today = date("2026-11-24");
        let at = Stamp(1_795_000_000_000_000);
        assert!(
            place(today, today, at) < place(date("2026-11-01"), today, at),
            "the latest on top"
        );
    }

    #[test]
    fn weighs_in_whole_cents() {
        assert_eq!(weighted(10_001, 250_000), 2_500);
        assert_eq!(weighted(0, 1_000_000), 0);
    }
}
