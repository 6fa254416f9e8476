//! Enrolments with their days, and the columns that every party gets.

use async_trait::async_trait;
use std::sync::Arc;
use zhike_kernel::{Date, Error, Filter, Op, Result, Value, Values};
use zhike_store::registry::Saved;
use zhike_store::{
    BuiltIn, Ctx, Extension, Field, FieldKind, Hooks, Migration, Query, Record, RecordType, Scope, Tx, binds, read,
    write,
};

/// What is decided about a customer.
pub const DECISIONS: &[&str] = &["enrolled", "self_service"];

/// Enrolments are kept for good; `care_programme` has one row for each customer: what holds now, and what was proposed last.
/// Amounts are minor units a year.
pub const STEP: Migration = Migration {
    name: "care_0003",
    up: &[
        "CREATE TABLE care_enrolment (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, party_id BIGINT NOT NULL, decision TEXT NOT NULL, reason TEXT, since_on TEXT NOT NULL, until_on TEXT, \
         user_id BIGINT, advised TEXT)",
        "CREATE INDEX care_enrolment_party ON care_enrolment (party_id, since_on, id)",
        "CREATE INDEX care_enrolment_since ON care_enrolment (since_on, id)",
        "CREATE INDEX care_enrolment_until ON care_enrolment (until_on, id)",
        "CREATE INDEX care_enrolment_updated ON care_enrolment (updated_at, id)",
        "CREATE INDEX care_enrolment_created ON care_enrolment (created_at, id)",
        "CREATE TABLE care_programme (party_id BIGINT PRIMARY KEY, cmr TEXT, cmr_on TEXT, cmr_advised TEXT, why TEXT, tier TEXT, \
         margin BIGINT NOT NULL, growth BIGINT NOT NULL, benefit BIGINT NOT NULL, net BIGINT NOT NULL)",
        "CREATE INDEX care_programme_net ON care_programme (net, party_id)",
        "CREATE INDEX care_programme_now ON care_programme (cmr, net, party_id)",
        "CREATE INDEX care_programme_advised ON care_programme (cmr_advised, net, party_id)",
        "CREATE TABLE care_report (kind TEXT PRIMARY KEY, made_at BIGINT NOT NULL, facts TEXT NOT NULL, body TEXT NOT NULL)",
    ],
};

/// A customer in the programme, or left to serve itself, from a day on.
pub fn enrolment() -> RecordType {
    let fields = vec![
        Field::new("party_id", FieldKind::Ref("party"))
            .required()
            .column()
            .unsorted(),
        Field::new("decision", FieldKind::Choice(DECISIONS))
            .required()
            .column()
            .unsorted(),
        Field::new("since_on", FieldKind::Date).column(),
        Field::new("until_on", FieldKind::Date).column(),
        Field::new("reason", FieldKind::Text).column().unsorted(),
        Field::new("advised", FieldKind::Choice(DECISIONS))
            .computed()
            .column()
            .unsorted(),
        Field::new("user_id", FieldKind::User).computed().column().unsorted(),
    ];
    let open = Filter::is("decision", "enrolled").and(Filter::Field {
        field: "until_on".into(),
        op: Op::Empty,
        values: vec![],
    });
    RecordType {
        icon: "user-check",
        title: "decision",
        subtitle: Some("since_on"),
        scope: Scope::Party("party_id"),
        party: Some("party_id"),
        order: ("since_on", true),
        views: vec![BuiltIn::new("open", open)],
        hooks: Arc::new(EnrolmentHooks),
        ..RecordType::new("enrolment", "care_enrolment", "/enrolments", 168, fields)
    }
}

/// The columns on every party.
pub fn extension() -> Extension {
    let word = |name| Field::new(name, FieldKind::Choice(DECISIONS)).computed().unsorted();
    Extension {
        of: "party",
        table: "care_programme",
        key: "party_id",
        fields: vec![word("cmr"), word("cmr_advised")],
    }
}

struct EnrolmentHooks;

#[async_trait]
impl Hooks for EnrolmentHooks {
    async fn check(&self, tx: &Tx, ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        if old.is_none() {
            if new.get("since_on").is_none_or(Value::is_empty) {
                new.insert("since_on".into(), ctx.today().into());
            }
            new.insert("user_id".into(), ctx.actor.user.into());
            let party = new.get("party_id").and_then(Value::int).unwrap_or(0);
            let sql = "SELECT cmr_advised FROM care_programme WHERE party_id = $1";
            let row = tx.one(sql, binds![party]).await?;
            let advised = row.map(|r| r.opt_text(0)).transpose()?.flatten();
            new.insert("advised".into(), advised.into());
        }
        let text = |name: &str| new.get(name).and_then(Value::text).unwrap_or("");
        if text("since_on") > ctx.today().to_string().as_str() {
            return Err(Error::field("since_on", "error-care-future"));
        }
        if !text("until_on").is_empty() && text("until_on") < text("since_on") {
            return Err(Error::field("until_on", "error-programme-until"));
        }
        if text("reason").trim().is_empty() && text("decision") != text("advised") {
            return Err(Error::field("reason", "error-programme-reason"));
        }
        Ok(())
    }

    async fn saved(&self, tx: &Tx, ctx: &Ctx, rows: &[Saved]) -> Result<()> {
        let ty = ctx.registry().get("enrolment")?.clone();
        for row in rows {
            let now = row.new.get("party_id").and_then(Value::int);
            let before = row.old.as_ref().and_then(|old| old.int("party_id"));
            // What is decided anew ends what held before.
            if let (None, Some(party)) = (&row.old, now) {
                end_earlier(ctx, tx, &ty, party, row.id).await?;
            }
            for party in [now, before].into_iter().flatten() {
                renew(tx, party, ctx.today()).await?;
            }
        }
        Ok(())
    }

    async fn archived(&self, tx: &Tx, ctx: &Ctx, record: &Record, _: bool) -> Result<()> {
        match record.int("party_id") {
            Some(party) => renew(tx, party, ctx.today()).await,
            None => Ok(()),
        }
    }
}

async fn end_earlier(ctx: &Ctx, tx: &Tx, ty: &RecordType, party: i64, new: i64) -> Result<()> {
    let sql = "SELECT e.id, CASE WHEN n.since_on > e.since_on THEN n.since_on ELSE e.since_on END FROM care_enrolment e \
               JOIN care_enrolment n ON n.id = $2 WHERE e.party_id = $1 AND e.id <> n.id AND e.until_on IS NULL AND e.archived_at IS NULL";
    let system = Ctx::system(&ctx.house, ctx.door);
    for row in tx.all(sql, binds![party, new]).await? {
        let Some(record) = read::find(&system, tx, ty, row.int(0)?).await? else {
            continue;
        };
        let changes = Values::from([("until_on".to_owned(), row.text(1)?.into())]);
        let version = record.version;
        write::update_from(&system, tx, ty, record, version, changes).await?;
    }
    Ok(())
}

/// What holds for a party on a day: the latest decision that has not ended.
pub const HOLDS: &str = "archived_at IS NULL AND (until_on IS NULL OR until_on > $1)";

/// Puts what holds now into the row of a party.
async fn renew(tx: &Tx, party: i64, today: Date) -> Result<()> {
    let sql = format!(
        "SELECT decision, since_on FROM care_enrolment WHERE {HOLDS} AND party_id = $2 ORDER BY since_on DESC, id DESC LIMIT 1"
    );
    let (decision, on) = match tx.one(&sql, binds![today.to_string(), party]).await? {
        Some(row) => (Some(row.text(0)?), Some(row.text(1)?)),
        None => (None, None),
    };
    tx.exec(
        "INSERT INTO care_programme (party_id, cmr, cmr_on, margin, growth, benefit, net) VALUES ($1, $2, $3, 0, 0, 0, 0) \
         ON CONFLICT (party_id) DO UPDATE SET cmr = excluded.cmr, cmr_on = excluded.cmr_on",
        binds![party, decision, on],
    )
    .await
    .map(|_| ())
}
