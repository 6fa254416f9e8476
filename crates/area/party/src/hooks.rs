//! What holds for every party and relation, whichever way it is written.

use crate::name::{closes_circle, name_key, phone_key, tidy_name, tidy_tax};
use async_trait::async_trait;
use std::collections::HashMap;
use zhike_kernel::{Error, Result, Value, Values};
use zhike_store::{Ctx, Hooks, Query, Record, Tx, binds, registry::Saved, write};

/// Rules of a party.
pub(crate) struct PartyHooks;

fn text<'a>(values: &'a Values, field: &str) -> &'a str {
    values.get(field).and_then(Value::text).unwrap_or("")
}

fn int(values: &Values, field: &str) -> Option<i64> {
    values.get(field).and_then(Value::int)
}

/// Puts the text fields into the one form in which they are kept.
pub(crate) fn normalise(new: &mut Values) {
    let person = text(new, "kind") == "person";
    let mut set = |field: &str, tidy: &dyn Fn(&str) -> String| {
        if let Some(Value::Text(t)) = new.get(field) {
            let tidied = tidy(t);
            new.insert(
                field.to_owned(),
                if tidied.is_empty() { Value::Null } else { tidied.into() },
            );
        }
    };
    set("name", &|t| tidy_name(t, person));
    set("name_latin", &|t| tidy_name(t, false));
    set("tax_number", &tidy_tax);
    set("external_key", &|t| t.trim().to_owned());
    for field in ["phone", "phone2"] {
        set(field, &|t| tidy_name(&zhike_kernel::text::fold_width(t), false));
    }
    set("email", &|t| zhike_kernel::text::fold_width(t).trim().to_lowercase());
    for field in ["industry", "region", "city", "country", "source", "job_title"] {
        set(field, &|t| tidy_name(t, false));
    }
}

/// What two parties are compared by: keys of name and telephone.
fn keys(row: &Saved) -> Option<(i64, Option<String>, Option<String>)> {
    let compared = ["name", "phone", "phone2"];
    if !compared.iter().any(|f| row.new.contains_key(*f)) {
        return None;
    }
    let now = |field: &str| {
        let old = || row.old.as_ref().and_then(|o| o.values.get(field));
        row.new
            .get(field)
            .or_else(old)
            .and_then(Value::text)
            .unwrap_or("")
            .to_owned()
    };
    let phone = phone_key(&now("phone")).or_else(|| phone_key(&now("phone2")));
    Some((row.id, name_key(&now("name")), phone))
}

async fn keep_keys(tx: &Tx, rows: &[Saved]) -> Result<()> {
    let keyed: Vec<_> = rows.iter().filter_map(keys).collect();
    for chunk in keyed.chunks(500) {
        let mut marks = vec![];
        let mut values = Vec::with_capacity(chunk.len() * 3);
        for (i, (id, name, phone)) in chunk.iter().enumerate() {
            let at = i * 3;
            marks.push(format!(
                "(CAST(${} AS BIGINT), CAST(${} AS TEXT), CAST(${} AS TEXT))",
                at + 1,
                at + 2,
                at + 3
            ));
            values.extend(binds![*id, name.clone(), phone.clone()]);
        }
        let sql = format!(
            "UPDATE party_party SET name_key = v.column2, phone_key = v.column3 FROM (VALUES {}) AS v WHERE party_party.id = v.column1",
            marks.join(",")
        );
        tx.exec(&sql, values).await?;
    }
    Ok(())
}

#[async_trait]
impl Hooks for PartyHooks {
    async fn check(&self, tx: &Tx, ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        if old.is_none() && ctx.door.by_hand() && int(new, "owner_id").is_none() {
            new.insert("owner_id".into(), ctx.actor.user.into());
        }
        if new.get("currency").is_none_or(Value::is_empty) {
            new.insert("currency".into(), ctx.house.currency.code().into());
        }
        normalise(new);
        for (field, most) in [
            ("payment_days", 3_650),
            ("employees", 100_000_000),
            ("credit_limit", i64::MAX),
        ] {
            if int(new, field).is_some_and(|n| n < 0 || n > most) {
                return Err(Error::field(field, "error-party-range"));
            }
        }
        // How much a customer may owe is not for whoever sells to them to say.
        let limit = |v: Option<i64>| v.filter(|_| ctx.door.by_hand());
        if limit(int(new, "credit_limit")) != limit(old.and_then(|o| o.int("credit_limit")))
            && !ctx.actor.may("credit.edit")
        {
            return Err(Error::field("credit_limit", "error-party-credit"));
        }
        let parent = int(new, "parent_id");
        let before = old.and_then(|o| o.int("parent_id"));
        if let Some(parent) = parent.filter(|p| Some(*p) != before) {
            parent_fits(tx, old.map(|o| o.id), parent).await?;
        }
        let turned = old.is_some_and(|o| o.text("kind") != "person") && text(new, "kind") == "person";
        if let Some(o) = old.filter(|_| turned)
            && tx
                .one(
                    "SELECT 1 FROM party_party WHERE parent_id = $1 AND archived_at IS NULL LIMIT 1",
                    binds![o.id],
                )
                .await?
                .is_some()
        {
            return Err(Error::field("kind", "error-party-has-subsidiaries"));
        }
        Ok(())
    }

    async fn saved(&self, tx: &Tx, ctx: &Ctx, rows: &[Saved]) -> Result<()> {
        keep_keys(tx, rows).await?;
        let today = ctx.today().to_string();
        let mut begun: Vec<(i64, &str)> = vec![];
        for row in rows {
            let Some(now) = row.new.get("roles") else { continue };
            let now: Vec<&str> = now.text().unwrap_or("").split_whitespace().collect();
            let before: Vec<&str> = row
                .old
                .as_ref()
                .map_or("", |o| o.text("roles"))
                .split_whitespace()
                .collect();
            begun.extend(now.iter().filter(|r| !before.contains(r)).map(|r| (row.id, *r)));
            for ended in before.iter().filter(|r| !now.contains(r)) {
                tx.exec(
                    "UPDATE party_role SET until_on = $1 WHERE party_id = $2 AND role = $3 AND until_on IS NULL",
                    binds![today.as_str(), row.id, *ended],
                )
                .await?;
            }
        }
        for chunk in begun.chunks(500) {
            let mut sql = String::from("INSERT INTO party_role (party_id, role, since_on) VALUES ");
            let mut values = Vec::with_capacity(chunk.len() * 3);
            for (i, (party, role)) in chunk.iter().enumerate() {
                write::group(&mut sql, i, 3);
                values.extend(binds![*party, *role, today.as_str()]);
            }
            tx.exec(&sql, values).await?;
        }
        Ok(())
    }

    async fn archived(&self, tx: &Tx, _ctx: &Ctx, record: &Record, away: bool) -> Result<()> {
        // What was merged comes back with all that was moved, or not at all.
        let sql = "SELECT 1 FROM party_party WHERE id = $1 AND merged_into IS NOT NULL";
        if !away && tx.one(sql, binds![record.id]).await?.is_some() {
            return Err(Error::refused("error-party-merged"));
        }
        Ok(())
    }
}

/// The parent must be an organisation that is there, and must not stand below the child.
async fn parent_fits(tx: &Tx, child: Option<i64>, parent: i64) -> Result<()> {
    let row = tx
        .one(
            "SELECT kind FROM party_party WHERE id = $1 AND archived_at IS NULL",
            binds![parent],
        )
        .await?
        .ok_or_else(|| Error::field("parent_id", "error-not-a-record"))?;
    if row.opt_text(0)?.as_deref() == Some("person") {
        return Err(Error::field("parent_id", "error-party-parent-person"));
    }
    let Some(child) = child else { return Ok(()) };
    let above = ancestors(tx, parent).await?;
    if closes_circle(child, parent, |id| above.get(&id).copied()) {
        return Err(Error::field("parent_id", "error-party-cycle"));
    }
    Ok(())
}

/// Child → parent for everything above a party.
pub(crate) async fn ancestors(q: &dyn Query, from: i64) -> Result<HashMap<i64, i64>> {
    let mut above = HashMap::new();
    let mut at = from;
    while above.len() < 64 && !above.contains_key(&at) {
        let row = q
            .one("SELECT parent_id FROM party_party WHERE id = $1", binds![at])
            .await?;
        let Some(parent) = row.map(|r| r.opt_int(0)).transpose()?.flatten() else {
            break;
        };
        above.insert(at, parent);
        at = parent;
    }
    Ok(above)
}

/// Rules of a relation.
pub(crate) struct RelationHooks;

#[async_trait]
impl Hooks for RelationHooks {
    async fn check(&self, tx: &Tx, _ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        let (from, to) = (int(new, "from_id"), int(new, "to_id"));
        if from.is_some() && from == to {
            return Err(Error::field("to_id", "error-relation-self"));
        }
        let (since, until) = (text(new, "since_on"), text(new, "until_on"));
        if !since.is_empty() && !until.is_empty() && until < since {
            return Err(Error::field("until_on", "error-relation-until"));
        }
        for field in ["from_id", "to_id"] {
            let id = int(new, field);
            if let Some(id) = id.filter(|_| old.is_none_or(|o| o.int(field) != id))
                && tx
                    .one("SELECT 1 FROM party_party WHERE id = $1", binds![id])
                    .await?
                    .is_none()
            {
                return Err(Error::field(field, "error-not-a-record"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_kept_in_one_form() {
        let mut v: Values = [
            ("name", "　张 三"),
            ("kind", "person"),
            ("phone", "１５８ ００００  ６６３１"),
            ("email", "Ｌi@Qinghe.Example"),
            ("tax_number", "91 320500 ab"),
            ("city", "  "),
        ]
        .into_iter()
        .map(|(k, t)| (k.to_owned(), Value::from(t)))
        .collect();
        normalise(&mut v);
        assert_eq!(text(&v, "name"), "张三");
        assert_eq!(text(&v, "phone"), "158 0000 6631");
        assert_eq!(text(&v, "email"), "li@qinghe.example");
        assert_eq!(text(&v, "tax_number"), "91320500AB");
        assert_eq!(v.get("city"), Some(&Value::Null));
        let row = Saved {
            id: 1,
            old: None,
            new: v,
        };
        assert_eq!(keys(&row), Some((1, Some("张三".into()), Some("00006631".into()))));
    }
}
