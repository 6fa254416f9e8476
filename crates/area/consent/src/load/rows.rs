//! The rows behind: parties, their organisations, what was merged into them, wishes, consents, what was sent, closed addresses.

use crate::{
    address,
    rules::{Closed, Consent, Reachable, Sent, Shut, Wish},
};
use std::collections::{BTreeSet, HashMap};
use zhike_contract::{Channel, gate::Class};
use zhike_kernel::{Date, Error, Result, Stamp};
use zhike_store::{Bind, Query, binds, ids};

/// A party's row, as far as it matters here.
pub(super) struct Line {
    pub id: i64,
    pub person: bool,
    pub parent: Option<i64>,
    pub reach: Vec<Reachable>,
}

/// Between cells and between rows: characters that no value holds.
const CELL: char = '\u{1f}';
const ROW: char = '\u{1e}';

/// Many rows as one text, put together by the database: handing over a row costs the drivers more than finding it.
async fn packed(q: &dyn Query, columns: &[&str], rest: &str, binds: Vec<Bind>) -> Result<String> {
    let cells: Vec<String> = columns
        .iter()
        .map(|c| format!("COALESCE(CAST({c} AS TEXT), '')"))
        .collect();
    let sql = format!(
        "SELECT string_agg(concat_ws('{CELL}', {}), '{ROW}') FROM {rest}",
        cells.join(", ")
    );
    let row = q.one(&sql, binds).await?;
    Ok(row.map(|r| r.opt_text(0)).transpose()?.flatten().unwrap_or_default())
}

/// A column in which people write.
fn written(column: &str) -> String {
    format!("REPLACE(REPLACE({column}, '{CELL}', ' '), '{ROW}', ' ')")
}

/// The rows of such a text.
fn unpacked(text: &str) -> impl Iterator<Item = Cells<'_>> {
    text.split(ROW).filter(|r| !r.is_empty()).map(|r| Cells(r.split(CELL)))
}

/// One row; its cells are taken in order.
struct Cells<'a>(std::str::Split<'a, char>);

impl<'a> Cells<'a> {
    fn text(&mut self) -> Result<&'a str> {
        self.0.next().ok_or_else(|| Error::broken("a packed row is too short"))
    }
    fn opt_text(&mut self) -> Result<Option<&'a str>> {
        Ok(Some(self.text()?).filter(|t| !t.is_empty()))
    }
    fn opt_int(&mut self) -> Result<Option<i64>> {
        self.opt_text()?.map(|t| t.parse().map_err(Error::broken)).transpose()
    }
    fn int(&mut self) -> Result<i64> {
        self.text()?.parse().map_err(Error::broken)
    }
}

fn reach(r: &mut Cells<'_>) -> Result<Vec<Reachable>> {
    let mut out = vec![];
    let mut put = |channel, address: &str| {
        out.push(Reachable {
            channel,
            address: address.to_owned(),
        });
    };
    let known = |channel, text: Option<&str>| text.is_some_and(|t| address::key(channel, t).is_some());
    let email = r.opt_text()?;
    if let Some(email) = email.filter(|e| known(Channel::Email, Some(e))) {
        put(Channel::Email, email);
    }
    let phones = [r.opt_text()?, r.opt_text()?];
    let phones: Vec<&str> = phones
        .into_iter()
        .flatten()
        .filter(|p| known(Channel::Phone, Some(p)))
        .collect();
    for phone in &phones {
        put(Channel::Phone, phone);
    }
    // A text message goes to a mobile, if one can tell.
    if let Some(phone) = phones.iter().find(|p| mobile(p)).or(phones.first()) {
        put(Channel::Sms, phone);
    }
    let (street, city) = (r.opt_text()?, r.opt_text()?);
    if let Some(street) = street {
        let place = match city {
            Some(city) => format!("{street}, {city}"),
            None => street.to_owned(),
        };
        put(Channel::Letter, &place);
        put(Channel::Visit, &place);
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
    let which = format!("party_party WHERE {}", q.dialect().among("id", "$1"));
    let [email, phone, phone2, street, city] = ["email", "phone", "phone2", "address", "city"].map(written);
    let columns = ["id", "kind", "parent_id", &email, &phone, &phone2, &street, &city];
    let text = packed(q, &columns, &which, vec![ids(parties)]).await?;
    unpacked(&text)
        .map(|mut r| {
            Ok(Line {
                id: r.int()?,
                person: r.text()? == "person",
                parent: r.opt_int()?,
                reach: reach(&mut r)?,
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
    // The body is JSON: control characters are written as escapes there.
    let which = format!("consent_wish WHERE {}", q.dialect().among("party_id", "$1"));
    let text = packed(q, &["party_id", "body"], &which, vec![ids(parties)]).await?;
    unpacked(&text)
        .map(|mut r| Ok((r.int()?, serde_json::from_str(r.text()?).map_err(Error::broken)?)))
        .collect()
}

fn day(text: Option<&str>) -> Option<Date> {
    text.and_then(|t| t.parse().ok())
}

pub(super) async fn consents(q: &dyn Query, parties: &[i64]) -> Result<HashMap<i64, Vec<Consent>>> {
    let which = format!(
        "consent_consent WHERE {} AND purpose = 'promotion' AND archived_at IS NULL",
        q.dialect().among("party_id", "$1")
    );
    let topic = written("topic");
    let columns = [
        "party_id",
        "id",
        "channel",
        &topic,
        "given_on",
        "until_on",
        "withdrawn_on",
    ];
    let text = packed(q, &columns, &which, vec![ids(parties)]).await?;
    let mut out: HashMap<i64, Vec<Consent>> = HashMap::new();
    for mut r in unpacked(&text) {
        let (party, id) = (r.int()?, r.int()?);
        let (channel, topic) = (r.opt_text()?.and_then(Channel::of), r.opt_text()?.map(str::to_owned));
        let Some(given) = day(r.opt_text()?) else { continue };
        out.entry(party).or_default().push(Consent {
            id,
            channel,
            topic,
            given,
            until: day(r.opt_text()?),
            withdrawn: day(r.opt_text()?),
        });
    }
    for all in out.values_mut() {
        all.sort_by_key(|c| c.id);
    }
    Ok(out)
}

pub(super) async fn sent(q: &dyn Query, parties: &[i64], since: Stamp) -> Result<HashMap<i64, Vec<Sent>>> {
    let which = format!(
        "consent_sent WHERE {} AND at > $2 AND class = 'promotion'",
        q.dialect().among("party_id", "$1")
    );
    let topic = written("topic");
    let columns = ["party_id", "at", &topic, "channel"];
    let text = packed(q, &columns, &which, binds![ids(parties), since.0]).await?;
    let mut out: HashMap<i64, Vec<Sent>> = HashMap::new();
    for mut r in unpacked(&text) {
        let (party, at, topic) = (r.int()?, Stamp(r.int()?), r.text()?.to_owned());
        let Some(channel) = Channel::of(r.text()?) else {
            continue;
        };
        out.entry(party).or_default().push(Sent {
            at,
            class: Class::Promotion,
            topic,
            channel,
        });
    }
    Ok(out)
}

/// All closed addresses of the house, when there are not more of them than this.
pub(super) async fn every_closed(q: &dyn Query, most: i64) -> Result<Option<HashMap<String, Vec<Closed>>>> {
    let standing = "consent_opt_out WHERE lifted_on IS NULL AND archived_at IS NULL";
    if q.number(&format!("SELECT count(*) FROM {standing}"), vec![]).await? > most {
        return Ok(None);
    }
    let key = written("address_key");
    let text = packed(q, &[&key, "channel", "scope", "since_on"], standing, vec![]).await?;
    let mut out: HashMap<String, Vec<Closed>> = HashMap::new();
    for mut r in unpacked(&text) {
        let (key, channel) = (r.text()?.to_owned(), Channel::of(r.text()?));
        let (all, since) = (r.text()? == "all", day(r.opt_text()?).unwrap_or(Date::MIN));
        let Some(channel) = channel else { continue };
        out.entry(key.clone()).or_default().push(Closed {
            channel,
            key,
            shut: if all { Shut::All } else { Shut::Promotion },
            since,
        });
    }
    Ok(Some(out))
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
                since: day(r.opt_text(3)?.as_deref()).unwrap_or(Date::MIN),
            });
        }
    }
    Ok(out)
}
