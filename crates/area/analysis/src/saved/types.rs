//! The record type of saved analyses, its rules and its tables.

use crate::{owned, run, schedule};
use async_trait::async_trait;
use zhike_kernel::{Error, Filter, Result, Value, Values};
use zhike_store::{
    BuiltIn, Ctx, Field, FieldKind, Hooks, Migration, Query, Record, RecordType, Scope, Tx, read, registry::Saved,
};

/// The steps of the tables.
pub(crate) const STEP: Migration = Migration {
    name: "analysis_0002",
    up: &[
        "CREATE TABLE analysis_analysis (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, name TEXT NOT NULL, name_latin TEXT, question TEXT, owner_id BIGINT NOT NULL, sharing TEXT NOT NULL, steps TEXT, \
         repeat TEXT, repeat_day BIGINT, repeat_at TEXT)",
        "CREATE INDEX analysis_analysis_updated ON analysis_analysis (updated_at, id)",
        "CREATE INDEX analysis_analysis_created ON analysis_analysis (created_at, id)",
        "CREATE INDEX analysis_analysis_name ON analysis_analysis (name, id)",
        "CREATE INDEX analysis_analysis_owner ON analysis_analysis (owner_id, id)",
        // A run keeps the steps that it carried out, the facts that it saw, and whose sight it had.
        "CREATE TABLE analysis_run (id {pk}, analysis_id BIGINT NOT NULL, user_id BIGINT NOT NULL, planned BOOLEAN NOT NULL, \
         state TEXT NOT NULL, steps TEXT NOT NULL, sight TEXT, columns TEXT, counts TEXT, facts_version TEXT, row_count BIGINT, \
         cut BOOLEAN NOT NULL, wrong TEXT, wrong_at BIGINT, done BIGINT NOT NULL, asked_at BIGINT NOT NULL, started_at BIGINT, \
         finished_at BIGINT)",
        "CREATE INDEX analysis_run_of ON analysis_run (analysis_id, id)",
    ],
};

/// Results by mail.
pub(crate) const MAIL: Migration = Migration {
    name: "analysis_0004",
    up: &["ALTER TABLE analysis_analysis ADD COLUMN mail BOOLEAN"],
};

/// The record type.
pub(crate) fn analysis() -> RecordType {
    let [name, latin] = owned::names();
    let [owner, sharing] = owned::fields();
    let fields = vec![
        name,
        latin,
        Field::new("question", FieldKind::Text).column().unsorted(),
        owner,
        sharing.unsorted(),
        Field::new("repeat", FieldKind::Choice(schedule::REPEATS))
            .column()
            .unsorted()
            .group("schedule"),
        Field::new("repeat_day", FieldKind::Int).unsorted().group("schedule"),
        Field::new("repeat_at", FieldKind::Text).unsorted().group("schedule"),
        Field::new("mail", FieldKind::Bool)
            .default("no")
            .unsorted()
            .group("schedule"),
        Field::new("steps", FieldKind::Long).computed().unsorted().internal(),
    ];
    RecordType {
        icon: "chart-bar",
        subtitle: Some("question"),
        scope: Scope::Shared("owner_id", "sharing"),
        hooks: std::sync::Arc::new(Rules),
        views: vec![
            BuiltIn::new("mine", Filter::is("owner_id", "me")),
            BuiltIn::new(
                "planned",
                Filter::Field {
                    field: "repeat".into(),
                    op: zhike_kernel::Op::Filled,
                    values: vec![],
                },
            ),
        ],
        ..RecordType::new("analysis", "analysis_analysis", "/analyses", 131, fields)
    }
}

struct Rules;

#[async_trait]
impl Hooks for Rules {
    async fn check(&self, _: &Tx, ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        owned::check(ctx, old, new)?;
        if new.get("steps").is_none_or(Value::is_empty) {
            new.insert("steps".into(), "[]".into());
        }
        schedule::tidy(new)
    }
    async fn saved(&self, tx: &Tx, ctx: &Ctx, rows: &[Saved]) -> Result<()> {
        for row in rows {
            let changed = row.old.is_none() || schedule::FIELDS.iter().any(|f| row.new.contains_key(*f));
            if !changed {
                continue;
            }
            let ty = ctx.registry().get("analysis")?.clone();
            let system = Ctx::system(&ctx.house, ctx.door);
            if let Some(record) = read::find(&system, tx, &ty, row.id).await? {
                run::job::plan(ctx, tx, &record).await?;
            }
        }
        Ok(())
    }
    async fn archiving(&self, tx: &Tx, ctx: &Ctx, record: &Record) -> Result<()> {
        owned::need(ctx, record)?;
        let sql = "SELECT 1 FROM analysis_run WHERE analysis_id = $1 AND state IN ('waiting', 'running')";
        if tx.one(sql, zhike_store::binds![record.id]).await?.is_some() {
            return Err(Error::refused("error-analysis-running"));
        }
        Ok(())
    }
}
