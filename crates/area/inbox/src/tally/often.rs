//! Who was contacted more often than they asked for: the limit that a customer stated, held against every contact from us, whatever
//! it was about. The gate counts offers only; the customer may count differently.

use super::Period;
use serde::Deserialize;
use std::collections::HashMap;
use zhike_kernel::{Date, Result};
use zhike_store::{Ctx, Query, field::parse_date, filter_sql::Sql};

/// A limit: at most so many in a day, week or month.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub(crate) struct Limit {
    #[serde(default)]
    pub topic: Option<String>,
    #[serde(default)]
    pub channel: Option<String>,
    pub most: i64,
    pub per: String,
}

#[derive(Deserialize)]
struct Stated {
    value: Vec<Limit>,
}

#[derive(Deserialize)]
struct Wish {
    #[serde(default)]
    caps: Option<Stated>,
}

/// A customer who asked for less.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Often {
    pub party: i64,
    pub name: String,
    pub limit: Limit,
    /// The worst stretch: how many, and its first day.
    pub had: i64,
    pub since: Date,
}

/// The first day of the stretch that a day lies in.
fn stretch(day: Date, per: &str) -> Date {
    match per {
        "week" => {
            let back = i64::from(day.weekday().to_monday_zero_offset());
            day.saturating_sub(jiff::Span::new().days(back))
        }
        "month" => day.first_of_month(),
        _ => day,
    }
}

/// The worst stretch of some contacts, if it is worse than the limit; the earliest of equal ones.
pub(crate) fn worst(contacts: &[(String, Date, i64)], limit: &Limit) -> Option<(i64, Date)> {
    let mut all = std::collections::BTreeMap::<Date, i64>::new();
    for (channel, day, n) in contacts {
        if limit.channel.as_ref().is_none_or(|c| c == channel) {
            *all.entry(stretch(*day, &limit.per)).or_default() += n;
        }
    }
    let most = all.values().copied().max().filter(|n| *n > limit.most)?;
    all.into_iter().find(|s| s.1 == most).map(|(day, n)| (n, day))
}

async fn limits(ctx: &Ctx) -> Result<HashMap<i64, Vec<Limit>>> {
    let sql = "SELECT party_id, body FROM consent_wish WHERE body LIKE '%\"caps\"%'";
    let mut out = HashMap::new();
    for row in ctx.db().all(sql, vec![]).await? {
        let wish: Option<Wish> = serde_json::from_str(&row.text(1)?).ok();
        // A limit for one topic says nothing about contacts, which have none.
        let mut all = wish.and_then(|w| w.caps).map(|c| c.value).unwrap_or_default();
        all.retain(|l| l.topic.is_none());
        if !all.is_empty() {
            out.insert(row.int(0)?, all);
        }
    }
    Ok(out)
}

/// Them, the most bothered first.
pub(crate) async fn all(ctx: &Ctx, period: Period, most: usize) -> Result<Vec<Often>> {
    let limits = limits(ctx).await?;
    let mut ids: Vec<i64> = limits.keys().copied().collect();
    ids.sort_unstable();
    if ids.is_empty() {
        return Ok(vec![]);
    }
    let ty = ctx.registry().get("interaction")?.clone();
    let mut sql = Sql::new(ctx.db().dialect());
    let (a, b) = (sql.bind(period.from.to_string()), sql.bind(period.to.to_string()));
    let list = sql.bind(zhike_store::ids(&ids));
    let among = ctx.db().dialect().among("t.party_id", &list);
    sql.text = format!(
        "SELECT t.party_id, t.channel, t.happened_on, count(*) FROM inbox_interaction t WHERE t.archived_at IS NULL \
         AND t.direction = 'out' AND t.happened_on >= {a} AND t.happened_on <= {b} AND {among} AND "
    );
    sql.scope(ctx.registry(), &ty, "t", &ctx.actor)?;
    sql.text.push_str(" GROUP BY t.party_id, t.channel, t.happened_on");
    let mut contacts = HashMap::<i64, Vec<(String, Date, i64)>>::new();
    for row in ctx.db().all(&sql.text, sql.binds).await? {
        let Some(day) = parse_date(&row.text(2)?) else { continue };
        contacts
            .entry(row.int(0)?)
            .or_default()
            .push((row.text(1)?, day, row.int(3)?));
    }
    let mut out = vec![];
    for (party, contacts) in &contacts {
        let told = limits.get(party).into_iter().flatten();
        let worse = told.filter_map(|l| Some((l, worst(contacts, l)?)));
        if let Some((limit, (had, since))) = worse.max_by_key(|w| (w.1.0 - w.0.most, w.1.0)) {
            out.push(Often {
                party: *party,
                name: String::new(),
                limit: limit.clone(),
                had,
                since,
            });
        }
    }
    out.sort_by_key(|o| (o.limit.most - o.had, o.party));
    out.truncate(most);
    let ids: Vec<i64> = out.iter().map(|o| o.party).collect();
    let names = zhike_store::read::titles(ctx.db(), ctx.registry(), "party", &ids, ctx.latin).await?;
    for o in &mut out {
        o.name = names.get(&o.party).cloned().unwrap_or_default();
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_stretch_is_found() {
        let day = |t: &str| parse_date(t).unwrap();
        let limit = |most, per: &str, channel: Option<&str>| Limit {
            topic: None,
            channel: channel.map(str::to_owned),
            most,
            per: per.into(),
        };
        let contacts = [
            ("phone".to_owned(), day("2026-06-01"), 1),
            ("sms".to_owned(), day("2026-06-05"), 2),
            ("phone".to_owned(), day("2026-07-31"), 2),
        ];
        assert_eq!(worst(&contacts, &limit(2, "month", None)), Some((3, day("2026-06-01"))));
        assert_eq!(worst(&contacts, &limit(2, "week", None)), Some((3, day("2026-06-01"))));
        assert_eq!(worst(&contacts, &limit(3, "month", None)), None);
        assert_eq!(
            worst(&contacts, &limit(1, "day", Some("phone"))),
            Some((2, day("2026-07-31")))
        );
        assert_eq!(worst(&contacts, &limit(0, "week", Some("fax"))), None);
    }
}
