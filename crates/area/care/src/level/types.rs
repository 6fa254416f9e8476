//! What is set by people, and the columns that every party gets.

use async_trait::async_trait;
use std::sync::Arc;
use zhike_kernel::{Error, Result, Value, Values};
use zhike_store::registry::Saved;
use zhike_store::{
    BuiltIn, Ctx, Extension, Field, FieldKind, Hooks, Migration, Query, Record, RecordType, Scope, Tx, binds,
};

/// The levels, the least effort first.
pub const LEVELS: &[&str] = &["basic", "reactive", "accountable", "proactive", "partnership"];

/// What people set is kept for good; `care_customer` has one row for each customer: what is set now, and what was recommended last.
/// Margins are minor units a year.
pub const STEP: Migration = Migration {
    name: "care_0001",
    up: &[
        "CREATE TABLE care_level (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, party_id BIGINT NOT NULL, level TEXT NOT NULL, reason TEXT, set_on TEXT NOT NULL, user_id BIGINT, advised TEXT)",
        "CREATE INDEX care_level_party ON care_level (party_id, set_on, id)",
        "CREATE INDEX care_level_day ON care_level (set_on, id)",
        "CREATE INDEX care_level_updated ON care_level (updated_at, id)",
        "CREATE INDEX care_level_created ON care_level (created_at, id)",
        "CREATE TABLE care_customer (party_id BIGINT PRIMARY KEY, care_level TEXT, level_on TEXT, care_advised TEXT, \
         margin BIGINT NOT NULL, margin_size TEXT, peers BIGINT NOT NULL, number_size TEXT)",
        "CREATE INDEX care_customer_margin ON care_customer (margin, party_id)",
        "CREATE INDEX care_customer_level ON care_customer (care_level, margin, party_id)",
        "CREATE INDEX care_customer_advised ON care_customer (care_advised, margin, party_id)",
    ],
};

/// The level that somebody set for a customer on a day; the latest counts.
pub fn level() -> RecordType {
    let fields = vec![
        Field::new("party_id", FieldKind::Ref("party"))
            .required()
            .column()
            .unsorted(),
        Field::new("level", FieldKind::Choice(LEVELS))
            .required()
            .column()
            .unsorted(),
        Field::new("reason", FieldKind::Text).column().unsorted(),
        Field::new("advised", FieldKind::Choice(LEVELS))
            .computed()
            .column()
            .unsorted(),
        Field::new("set_on", FieldKind::Date).column(),
        Field::new("user_id", FieldKind::User).computed().column().unsorted(),
    ];
    RecordType {
        icon: "heart-handshake",
        title: "level",
        subtitle: Some("set_on"),
        scope: Scope::Party("party_id"),
        party: Some("party_id"),
        order: ("set_on", true),
        views: vec![BuiltIn::new("mine", zhike_kernel::Filter::is("user_id", "me"))],
        hooks: Arc::new(LevelHooks),
        ..RecordType::new("care_level", "care_level", "/care-levels", 166, fields)
    }
}

/// The columns on every party.
pub fn extension() -> Extension {
    Extension {
        of: "party",
        table: "care_customer",
        key: "party_id",
        fields: vec![
            Field::new("care_level", FieldKind::Choice(LEVELS))
                .computed()
                .unsorted(),
            Field::new("care_advised", FieldKind::Choice(LEVELS))
                .computed()
                .unsorted(),
        ],
    }
}

struct LevelHooks;

#[async_trait]
impl Hooks for LevelHooks {
    async fn check(&self, tx: &Tx, ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        let missing = |values: &Values, name: &str| values.get(name).is_none_or(Value::is_empty);
        if old.is_none() {
            if missing(new, "set_on") {
                new.insert("set_on".into(), ctx.today().into());
            }
            new.insert("user_id".into(), ctx.actor.user.into());
            let party = new.get("party_id").and_then(Value::int).unwrap_or(0);
            new.insert("advised".into(), advised(tx, party).await?.into());
        }
        if new.get("set_on").and_then(Value::text) > Some(ctx.today().to_string().as_str()) {
            return Err(Error::field("set_on", "error-care-future"));
        }
        let text = |name: &str| new.get(name).and_then(Value::text).unwrap_or("");
        // Who follows the recommendation need not say why.
        if text("reason").trim().is_empty() && text("level") != text("advised") {
            return Err(Error::field("reason", "error-care-reason"));
        }
        Ok(())
    }

    async fn saved(&self, tx: &Tx, _: &Ctx, rows: &[Saved]) -> Result<()> {
        let before = |row: &Saved| row.old.as_ref().and_then(|old| old.int("party_id"));
        let now = |row: &Saved| row.new.get("party_id").and_then(Value::int);
        let mut parties: Vec<i64> = rows.iter().flat_map(|r| [now(r), before(r)]).flatten().collect();
        parties.sort_unstable();
        parties.dedup();
        for party in parties {
            renew(tx, party).await?;
        }
        Ok(())
    }

    async fn archived(&self, tx: &Tx, _: &Ctx, record: &Record, _: bool) -> Result<()> {
        match record.int("party_id") {
            Some(party) => renew(tx, party).await,
            None => Ok(()),
        }
    }
}

/// What is recommended for a customer now.
async fn advised(tx: &Tx, party: i64) -> Result<Option<String>> {
    let sql = "SELECT care_advised FROM care_customer WHERE party_id = $1";
    let row = tx.one(sql, binds![party]).await?;
    Ok(row.map(|r| r.opt_text(0)).transpose()?.flatten())
}

/// Puts the latest level that was set for a party into its row.
async fn renew(tx: &Tx, party: i64) -> Result<()> {
    let sql = "SELECT level, set_on FROM care_level WHERE party_id = $1 AND archived_at IS NULL ORDER BY set_on DESC, id DESC LIMIT 1";
    let (level, on) = match tx.one(sql, binds![party]).await? {
        Some(row) => (Some(row.text(0)?), Some(row.text(1)?)),
        None => (None, None),
    };
    tx.exec(
        "INSERT INTO care_customer (party_id, care_level, level_on, margin, peers) VALUES ($1, $2, $3, 0, 0) \
         ON CONFLICT (party_id) DO UPDATE SET care_level = excluded.care_level, level_on = excluded.level_on",
        binds![party, level, on],
    )
    .await
    .map(|_| ())
}
