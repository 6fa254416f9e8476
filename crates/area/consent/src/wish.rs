//! Stating wishes: what is changed is stated anew, with who said it and on what evidence; the rest stays as it was.

use crate::{
    address,
    rules::{By, Cap, Pause, Stated, Way, Window, Wish, may_set},
};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use zhike_kernel::{Error, FieldError, Result, Value};
use zhike_store::{Change, Ctx, Event, Query, Tx, binds};

/// Levels of service.
pub(crate) const LEVELS: [&str; 3] = ["self", "standard", "manager"];
/// Languages that can be wished for.
pub(crate) const LANGUAGES: [&str; 2] = ["zh-CN", "en"];

/// Values of a wish without who stated them: what forms and programs send. A part that is left out stays as it is; `null`
/// takes the statement back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Values {
    #[serde(with = "given", skip_serializing_if = "Option::is_none")]
    pub channels: Option<Option<Vec<Way>>>,
    #[serde(with = "given", skip_serializing_if = "Option::is_none")]
    pub hours: Option<Option<Vec<Window>>>,
    #[serde(with = "given", skip_serializing_if = "Option::is_none")]
    pub caps: Option<Option<Vec<Cap>>>,
    #[serde(with = "given", skip_serializing_if = "Option::is_none")]
    pub wanted: Option<Option<Vec<String>>>,
    #[serde(with = "given", skip_serializing_if = "Option::is_none")]
    pub unwanted: Option<Option<Vec<String>>>,
    #[serde(with = "given", skip_serializing_if = "Option::is_none")]
    pub pauses: Option<Option<Vec<Pause>>>,
    #[serde(with = "given", skip_serializing_if = "Option::is_none")]
    pub language: Option<Option<String>>,
    #[serde(with = "given", skip_serializing_if = "Option::is_none")]
    pub zone: Option<Option<String>>,
    #[serde(with = "given", skip_serializing_if = "Option::is_none")]
    pub level: Option<Option<String>>,
    #[serde(with = "given", skip_serializing_if = "Option::is_none")]
    pub places: Option<Option<String>>,
    #[serde(with = "given", skip_serializing_if = "Option::is_none")]
    pub interests: Option<Option<String>>,
}

/// `null` is a value here, not an absence.
mod given {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    #[allow(clippy::ref_option, reason = "the shape that serde asks for")]
    pub(super) fn serialize<T: Serialize, S: Serializer>(value: &Option<Option<T>>, s: S) -> Result<S::Ok, S::Error> {
        value.as_ref().and_then(Option::as_ref).serialize(s)
    }
    pub(super) fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        d: D,
    ) -> Result<Option<Option<T>>, D::Error> {
        Option::<T>::deserialize(d).map(Some)
    }
}

/// Who says it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Word<'a> {
    pub by: By,
    pub proof: &'a str,
}

/// The row of a party: version (0: none yet) and wish.
pub(crate) async fn own(q: &dyn Query, party: i64) -> Result<(i64, Wish)> {
    let sql = "SELECT version, body FROM consent_wish WHERE party_id = $1";
    match q.one(sql, binds![party]).await? {
        None => Ok((0, Wish::default())),
        Some(r) => Ok((r.int(0)?, serde_json::from_str(&r.text(1)?).map_err(Error::broken)?)),
    }
}

fn wrong(field: &str, code: &'static str) -> FieldError {
    FieldError {
        field: field.to_owned(),
        code,
        args: vec![],
    }
}

/// What is wrong with the values, by field.
pub(crate) fn check(v: &Values, topics: &BTreeSet<String>) -> Vec<FieldError> {
    let mut out = vec![];
    if let Some(Some(ways)) = &v.channels {
        let mut seen = BTreeSet::new();
        for way in ways {
            if !seen.insert(way.channel.0.word()) {
                out.push(wrong("channels", "error-wish-twice"));
            }
            let bad = way.address.as_deref().filter(|a| !a.trim().is_empty());
            if bad.is_some_and(|a| !address::looks_right(way.channel.0, a)) {
                out.push(wrong(
                    &format!("address_{}", way.channel.0.word()),
                    "error-gate-address",
                ));
            }
        }
    }
    if let Some(Some(windows)) = &v.hours
        && windows
            .iter()
            .any(|w| w.days & 127 == 0 || w.days > 127 || w.from >= w.to || w.to > 1_440)
    {
        out.push(wrong("hours", "error-wish-hours"));
    }
    let unknown = |t: &String| !topics.contains(t);
    if let Some(Some(caps)) = &v.caps {
        if caps.iter().any(|c| c.most > 1_000) {
            out.push(wrong("caps", "error-wish-caps"));
        }
        if caps.iter().filter_map(|c| c.topic.as_ref()).any(unknown) {
            out.push(wrong("caps", "error-wish-topic"));
        }
    }
    for (field, list) in [("wanted", &v.wanted), ("unwanted", &v.unwanted)] {
        if let Some(Some(list)) = list
            && list.iter().any(unknown)
        {
            out.push(wrong(field, "error-wish-topic"));
        }
    }
    if let Some(Some(pauses)) = &v.pauses
        && pauses.iter().any(|p| p.until.is_some_and(|u| u < p.from))
    {
        out.push(wrong("pauses", "error-wish-pause"));
    }
    for (field, list) in [
        ("hours", v.hours.as_ref().map(|o| o.as_ref().map_or(0, Vec::len))),
        ("caps", v.caps.as_ref().map(|o| o.as_ref().map_or(0, Vec::len))),
        ("pauses", v.pauses.as_ref().map(|o| o.as_ref().map_or(0, Vec::len))),
    ] {
        if list.is_some_and(|n| n > 20) {
            out.push(wrong(field, "error-wish-many"));
        }
    }
    if let Some(Some(zone)) = &v.zone
        && TimeZone::get(zone).is_err()
    {
        out.push(wrong("zone", "error-wish-zone"));
    }
    if let Some(Some(language)) = &v.language
        && !LANGUAGES.contains(&language.as_str())
    {
        out.push(wrong("language", "error-not-a-choice"));
    }
    if let Some(Some(level)) = &v.level
        && !LEVELS.contains(&level.as_str())
    {
        out.push(wrong("level", "error-not-a-choice"));
    }
    for (field, text) in [("places", &v.places), ("interests", &v.interests)] {
        if let Some(Some(text)) = text
            && text.chars().count() > 500
        {
            out.push(FieldError {
                args: vec![("most", 500_i64.into())],
                ..wrong(field, "error-too-long")
            });
        }
    }
    out
}

struct Merge<'a, 'b> {
    by: By,
    proof: &'a str,
    at: zhike_kernel::Stamp,
    user: Option<i64>,
    changes: &'b mut BTreeMap<String, Change>,
    refused: &'b mut Vec<FieldError>,
}

impl Merge<'_, '_> {
    fn part<T: Clone + PartialEq + Serialize>(
        &mut self,
        name: &str,
        old: &mut Option<Stated<T>>,
        new: Option<Option<T>>,
    ) {
        let Some(new) = new else { return };
        if old.as_ref().map(|o| &o.value) == new.as_ref() {
            return;
        }
        if !may_set(old.as_ref(), self.by) {
            self.refused.push(wrong(name, "error-wish-overruled"));
            return;
        }
        let json = |v: Option<&T>| match v.map(serde_json::to_value) {
            Some(Ok(Json::String(s))) => Value::Text(s),
            Some(Ok(json)) => Value::Text(json.to_string()),
            _ => Value::Null,
        };
        let change = Change {
            from: json(old.as_ref().map(|o| &o.value)),
            to: json(new.as_ref()),
        };
        self.changes.insert(name.to_owned(), change);
        *old = new.map(|value| Stated {
            value,
            by: self.by,
            at: self.at,
            user: self.user,
            proof: self.proof.to_owned(),
        });
    }
}

/// States what is new. The version, or nothing when nothing was new.
pub(crate) async fn state(
    ctx: &Ctx,
    tx: &Tx,
    party: i64,
    version: i64,
    new: Values,
    word: Word<'_>,
) -> Result<Option<i64>> {
    crate::gate::queue_up(tx, party).await?;
    let (now, mut wish) = own(tx, party).await?;
    if now != version {
        return Err(Error::stale());
    }
    let topics = topics(tx).await?;
    let mut wrongs = check(&new, &topics.iter().map(|t| t.code.clone()).collect());
    let mut changes = BTreeMap::new();
    let proof: String = word.proof.trim().chars().take(1_000).collect();
    let mut merge = Merge {
        by: word.by,
        proof: &proof,
        at: tx.at,
        user: tx.user,
        changes: &mut changes,
        refused: &mut wrongs,
    };
    merge.part("channels", &mut wish.channels, new.channels);
    merge.part("hours", &mut wish.hours, new.hours);
    merge.part("caps", &mut wish.caps, new.caps);
    merge.part("wanted", &mut wish.wanted, new.wanted);
    merge.part("unwanted", &mut wish.unwanted, new.unwanted);
    merge.part("pauses", &mut wish.pauses, new.pauses);
    merge.part("language", &mut wish.language, new.language);
    merge.part("zone", &mut wish.zone, new.zone);
    merge.part("level", &mut wish.level, new.level);
    merge.part("places", &mut wish.places, new.places);
    merge.part("interests", &mut wish.interests, new.interests);
    // On the customer's word means: with evidence of it.
    if !changes.is_empty() && word.by == By::Employee && proof.is_empty() {
        wrongs.push(wrong("proof", "error-wish-proof"));
    }
    if !wrongs.is_empty() {
        return Err(Error::fields(wrongs));
    }
    if changes.is_empty() {
        return Ok(None);
    }
    keep(ctx, tx, party, now, &wish, changes, word.by, &proof)
        .await
        .map(Some)
}

#[allow(clippy::too_many_arguments, reason = "one row and its event")]
async fn keep(
    ctx: &Ctx,
    tx: &Tx,
    party: i64,
    now: i64,
    wish: &Wish,
    changes: BTreeMap<String, Change>,
    by: By,
    proof: &str,
) -> Result<i64> {
    let body = serde_json::to_string(wish).map_err(Error::broken)?;
    let done = if now == 0 {
        let sql = "INSERT INTO consent_wish (party_id, version, updated_at, body) VALUES ($1, 1, $2, $3) ON CONFLICT (party_id) DO NOTHING";
        tx.exec(sql, binds![party, tx.at.0, body]).await?
    } else {
        let sql = "UPDATE consent_wish SET version = version + 1, updated_at = $1, body = $2 WHERE party_id = $3 AND version = $4";
        tx.exec(sql, binds![tx.at.0, body, party, now]).await?
    };
    if done != 1 {
        return Err(Error::stale());
    }
    let listeners = ctx.registry().listeners();
    let note = if proof.is_empty() {
        by.word().to_owned()
    } else {
        format!("{}: {proof}", by.word())
    };
    let event = |kind: &str, record_type, changes, note: Option<String>| Event {
        kind: kind.to_owned(),
        record_type,
        record: party,
        party: Some(party),
        changes,
        note,
        ..Event::default()
    };
    // One for the history of the wishes, with what changed; one for the party's timeline.
    tx.emit(
        listeners,
        event("preference.changed.v1", "preference", changes, Some(note)),
    )
    .await?;
    tx.emit(
        listeners,
        event("party.wishes_stated.v1", "party", BTreeMap::new(), None),
    )
    .await?;
    Ok(now + 1)
}

/// A topic of the house.
#[derive(Clone, Debug)]
pub(crate) struct Topic {
    pub code: String,
    pub name: String,
    pub latin: String,
    pub offered: bool,
}

impl Topic {
    /// Its name for a reader.
    pub(crate) fn title(&self, latin: bool) -> &str {
        if latin && !self.latin.is_empty() {
            &self.latin
        } else {
            &self.name
        }
    }
}

/// The house's topics, in order.
pub(crate) async fn topics(q: &dyn Query) -> Result<Vec<Topic>> {
    let sql = "SELECT code, name, name_latin, offered FROM consent_topic WHERE archived_at IS NULL \
               ORDER BY CASE WHEN position IS NULL THEN 1 ELSE 0 END, position, id";
    let rows = q.all(sql, vec![]).await?;
    rows.iter()
        .map(|r| {
            Ok(Topic {
                code: r.text(0)?,
                name: r.text(1)?,
                latin: r.opt_text(2)?.unwrap_or_default(),
                offered: r.bool(3)?,
            })
        })
        .collect()
}
