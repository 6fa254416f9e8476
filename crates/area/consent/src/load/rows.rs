//! The rows behind: parties, their organisations, what was merged into them, wishes, consents, what was sent, closed addresses.

use crate::{
    address,
    rules::{Closed, Consent, Reachable, Sent, Shut, Wish},
};
use std::collections::{BTreeSet, HashMap};
use zhike_contract::{Channel, gate::Class};
use zhike_kernel::{Date, Error, Result, Stamp};
use zhike_store::{Bind, Query, Row, binds, ids};

/// A party's row, as far as it matters here.
pub(super) struct Line {
    pub id: i64,
    pub person: bool,
    pub parent: Option<i64>,
    pub reach: Vec<Reachable>,
}

fn reach(r: &Row) -> Result<Vec<Reachable>> {
    let mut out = vec![];
    let mut put = |channel, text: Option<String>| {
        if let Some(address) = text.filter(|t| address::key(channel, t).is_some()) {
            out.push(Reachable { channel, address });
        }
    };
    put(Channel::Email, r.opt_text(3)?);
    let phones = [r.opt_text(4)?, r.opt_text(5)?];
    for phone in phones.iter().flatten() {
        put(Channel::Phone, Some(phone.clone()));
    }
    // A text message goes to a mobile, if one can tell.
    let mobile = phones
        .iter()
        .flatten()
        .find(|p| mobile(p))
        .or(phones.iter().flatten().next());
    put(Channel::Sms, mobile.cloned());
    let place: Vec<String> = [r.opt_text(6)?, r.opt_text(7)?]
        .into_iter()
        .flatten()
        .filter(|t| !t.is_empty())
        .collect();
    if place
        .first()
        .is_some_and(|p| r.opt_text(6).is_ok_and(|a| a.as_deref() == Some(p)))
    {
        let place = place.join(", ");
        put(Channel::Letter, Some(place.clone()));
        put(Channel::Visit, Some(place));
    }
    Ok(out)
}

/// Looks like a mobile number of mainland China: eleven digits, the first a one.
fn mobile(phone: &str) -> bool {
    let all = zhike_kernel::text::digits(phone);
    let all = all.strip_prefix("86").unwrap_or(&all);
    all.len() == 11 && all.starts_with('1')
}

pub(super) async fn lines(q: &dyn Query, parties: &[i64]) -> Result<Vec<Line>> {
    let sql = format!(
        "SELECT id, kind, parent_id, email, phone, phone2, address, city FROM party_party WHERE {}",
        q.dialect().among("id", "$1")
    );
    let rows = q.all(&sql, vec![ids(parties)]).await?;
    rows.iter()
        .map(|r| {
            Ok(Line {
                id: r.int(0)?,
                person: r.opt_text(1)?.as_deref() == Some("person"),
                parent: r.opt_int(2)?,
                reach: reach(r)?,
            })
        })
        .collect()
}

/// The organisation of each person: the one that employs it, else the one it stands below.
pub(super) async fn organisations(q: &dyn Query, lines: &[Line], today: Date) -> Result<HashMap<i64, i64>> {
    let people: Vec<i64> = lines.iter().filter(|l| l.person).map(|l| l.id).collect();
    let mut found: HashMap<i64, i64> = HashMap::new();
    if people.is_empty() {
        return Ok(found);
    }
    for line in lines.iter().filter(|l| l.person) {
        if let Some(parent) = line.parent {
            found.insert(line.id, parent);
        }
    }
    let sql = format!(
        "SELECT to_id, from_id FROM party_relation WHERE {} AND kind = 'employs' AND archived_at IS NULL \
         AND (until_on IS NULL OR until_on >= $2) ORDER BY id",
        q.dialect().among("to_id", "$1")
    );
    for r in q.all(&sql, binds![ids(&people), today.to_string()]).await? {
        found.insert(r.int(0)?, r.int(1)?);
    }
    Ok(found)
}

/// Parties that were merged into one of these: (merged, survivor, when).
pub(super) async fn merged(q: &dyn Query, parties: &[i64]) -> Result<Vec<(i64, i64, Stamp)>> {
    let sql = format!(
        "SELECT id, merged_into, archived_at FROM party_party WHERE {} AND archived_at IS NOT NULL ORDER BY id",
        q.dialect().among("merged_into", "$1")
    );
    let mut all: Vec<(i64, i64, Stamp)> = vec![];
    let mut fresh = parties.to_vec();
    while !fresh.is_empty() && all.len() < 100_000 {
        let rows = q.all(&sql, vec![ids(&fresh)]).await?;
        fresh = vec![];
        for r in &rows {
            let (id, into) = (r.int(0)?, r.int(1)?);
            if parties.contains(&id) || all.iter().any(|m| m.0 == id) {
                continue;
            }
            // Through however many merges: the one that is left.
            let (survivor, at) = all
                .iter()
                .find(|m| m.0 == into)
                .map_or((into, Stamp(r.int(2)?)), |m| (m.1, m.2));
            all.push((id, survivor, at));
            fresh.push(id);
        }
    }
    Ok(all)
}

pub(super) async fn wishes(q: &dyn Query, parties: &[i64]) -> Result<HashMap<i64, Wish>> {
    let sql = format!(
        "SELECT party_id, body FROM consent_wish WHERE {}",
        q.dialect().among("party_id", "$1")
    );
    let rows = q.all(&sql, vec![ids(parties)]).await?;
    rows.iter()
        .map(|r| Ok((r.int(0)?, serde_json::from_str(&r.text(1)?).map_err(Error::broken)?)))
        .collect()
}

fn day(text: Option<String>) -> Option<Date> {
    text.and_then(|t| t.parse().ok())
}

pub(super) async fn consents(q: &dyn Query, parties: &[i64]) -> Result<HashMap<i64, Vec<Consent>>> {
    let sql = format!(
        "SELECT party_id, id, channel, topic, given_on, until_on, withdrawn_on FROM consent_consent WHERE {} \
         AND purpose = 'promotion' AND archived_at IS NULL ORDER BY id",
        q.dialect().among("party_id", "$1")
    );
    let mut out: HashMap<i64, Vec<Consent>> = HashMap::new();
    for r in q.all(&sql, vec![ids(parties)]).await? {
        let Some(given) = day(r.opt_text(4)?) else { continue };
        out.entry(r.int(0)?).or_default().push(Consent {
            id: r.int(1)?,
            channel: r.opt_text(2)?.as_deref().and_then(Channel::of),
            topic: r.opt_text(3)?.filter(|t| !t.is_empty()),
            given,
            until: day(r.opt_text(5)?),
            withdrawn: day(r.opt_text(6)?),
        });
    }
    Ok(out)
}

pub(super) async fn sent(q: &dyn Query, parties: &[i64], since: Stamp) -> Result<HashMap<i64, Vec<Sent>>> {
    let sql = format!(
        "SELECT party_id, at, class, topic, channel FROM consent_sent WHERE {} AND at > $2 AND class = 'promotion'",
        q.dialect().among("party_id", "$1")
    );
    let mut out: HashMap<i64, Vec<Sent>> = HashMap::new();
    for r in q.all(&sql, binds![ids(parties), since.0]).await? {
        let (Some(class), Some(channel)) = (Class::of(&r.text(2)?), Channel::of(&r.text(4)?)) else {
            continue;
        };
        out.entry(r.int(0)?).or_default().push(Sent {
            at: Stamp(r.int(1)?),
            class,
            topic: r.text(3)?,
            channel,
        });
    }
    Ok(out)
}

/// Closed addresses among these keys, of whoever.
pub(super) async fn closed(q: &dyn Query, keys: &BTreeSet<String>) -> Result<HashMap<String, Vec<Closed>>> {
    let mut out: HashMap<String, Vec<Closed>> = HashMap::new();
    let all: Vec<&String> = keys.iter().collect();
    for chunk in all.chunks(800) {
        let places: Vec<String> = (1..=chunk.len()).map(|i| format!("${i}")).collect();
        let sql = format!(
            "SELECT address_key, channel, scope, since_on FROM consent_opt_out WHERE address_key IN ({}) \
             AND lifted_on IS NULL AND archived_at IS NULL",
            places.join(",")
        );
        let binds: Vec<Bind> = chunk.iter().map(|k| Bind::from(k.as_str())).collect();
        for r in q.all(&sql, binds).await? {
            let key = r.text(0)?;
            let Some(channel) = Channel::of(&r.text(1)?) else {
                continue;
            };
            out.entry(key.clone()).or_default().push(Closed {
                channel,
                key,
                shut: if r.text(2)? == "all" {
                    Shut::All
                } else {
                    Shut::Promotion
                },
                since: day(r.opt_text(3)?).unwrap_or(Date::MIN),
            });
        }
    }
    Ok(out)
}
