//! One item of a message: its fields as texts, and the records that it names.

use serde_json::Value as Any;
use std::collections::BTreeMap;
use zhike_kernel::{Error, Result, Stamp};
use zhike_store::{Ctx, Query, Tx, read};

/// The fields of an item, as texts; an absent one is not there.
pub(super) struct Item {
    fields: BTreeMap<String, String>,
    /// Lists within it.
    pub lists: BTreeMap<String, Vec<Any>>,
}

impl Item {
    /// Reads an item that may have these fields and lists.
    pub(super) fn read(item: &Any, known: &[&str], lists: &[&str]) -> Result<Item> {
        let map = item.as_object().ok_or_else(|| Error::invalid("error-inbound-item"))?;
        let mut out = Item {
            fields: BTreeMap::new(),
            lists: BTreeMap::new(),
        };
        for (name, value) in map {
            if let (true, Any::Array(all)) = (lists.contains(&name.as_str()), value) {
                out.lists.insert(name.clone(), all.clone());
                continue;
            }
            if !known.contains(&name.as_str()) {
                return Err(Error::field(name, "error-inbound-field"));
            }
            let text = match value {
                Any::Null => continue,
                Any::String(s) => s.trim().to_owned(),
                Any::Number(n) => n.to_string(),
                Any::Bool(b) => b.to_string(),
                _ => return Err(Error::field(name, "error-inbound-shape")),
            };
            if text.chars().count() > 4_000 {
                return Err(Error::field(name, "error-inbound-long"));
            }
            out.fields.insert(name.clone(), text);
        }
        Ok(out)
    }
    /// A field, if it is there.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str)
    }
    /// A field that must be filled.
    pub(super) fn need(&self, name: &str) -> Result<&str> {
        self.get(name)
            .filter(|v| !v.is_empty())
            .ok_or_else(|| Error::field(name, "error-required"))
    }
    /// The key by which the sender knows the thing.
    pub(super) fn key(&self, name: &str) -> Result<String> {
        let key = self.need(name)?;
        if key.chars().count() > 200 || key.chars().any(char::is_control) {
            return Err(Error::field(name, "error-inbound-key"));
        }
        Ok(key.to_owned())
    }
    /// As of when it is true: its own word, or the message's.
    pub(super) fn as_of(&self, sent_at: Stamp) -> Result<Stamp> {
        match self.get("as_of") {
            None => Ok(sent_at),
            Some(text) => moment(text).ok_or_else(|| Error::field("as_of", "error-not-a-moment")),
        }
    }
    /// Those of the fields that are there, for the record engine.
    pub(super) fn pairs(&self, names: &[&str]) -> Vec<(String, String)> {
        names
            .iter()
            .filter_map(|n| Some(((*n).to_owned(), self.get(n)?.to_owned())))
            .collect()
    }
}

/// An instant as programs write it, with its zone.
pub(super) fn moment(text: &str) -> Option<Stamp> {
    let at: jiff::Timestamp = text.trim().parse().ok()?;
    Some(Stamp(at.as_microsecond()))
}

/// A record by one of several fields, in that order; the item's `field` names it.
pub(super) async fn by(ctx: &Ctx, q: &dyn Query, ty: &str, keys: &[&str], field: &str, value: &str) -> Result<i64> {
    let ty = ctx.registry().get(ty)?;
    for key in keys {
        let found = read::ids_by(q, ty, key, &[value.to_owned()]).await?;
        match found.get(value).map(Vec::as_slice) {
            Some([id]) => {
                // What the sender may not see is not there.
                return match read::find(ctx, q, ty, *id).await? {
                    Some(record) => Ok(record.id),
                    None => Err(Error::field(field, "error-inbound-unknown")),
                };
            }
            Some([_, _, ..]) => return Err(Error::field(field, "error-inbound-twice")),
            _ => {}
        }
    }
    Err(Error::field(field, "error-inbound-unknown"))
}

/// Is this word newer than (or as new as) the last one about the same thing? The thing is kept from others until the end
/// of the transaction, and the mark moves with what is written.
pub(super) async fn newer(tx: &Tx, kind: &str, key: &str, as_of: Stamp) -> Result<bool> {
    let sql = "INSERT INTO connect_mark (kind, item_key, as_of) VALUES ($1,$2,$3) ON CONFLICT (kind, item_key) DO UPDATE \
               SET as_of = CASE WHEN excluded.as_of > connect_mark.as_of THEN excluded.as_of ELSE connect_mark.as_of END RETURNING as_of";
    let row = tx.one(sql, zhike_store::binds![kind, key, as_of.0]).await?;
    Ok(row.map(|r| r.int(0)).transpose()?.is_none_or(|last| last <= as_of.0))
}
