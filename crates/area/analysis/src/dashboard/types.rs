//! The record type of dashboards and their table.

use crate::owned;
use async_trait::async_trait;
use zhike_kernel::{Filter, Result, Value, Values};
use zhike_store::{BuiltIn, Ctx, Field, FieldKind, Hooks, Migration, Record, RecordType, Scope, Tx};

/// The steps of the tables.
pub(crate) const STEP: Migration = Migration {
    name: "analysis_0003",
    up: &[
        "CREATE TABLE analysis_dashboard (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, name TEXT NOT NULL, name_latin TEXT, owner_id BIGINT NOT NULL, sharing TEXT NOT NULL, tiles TEXT, note TEXT)",
        "CREATE INDEX analysis_dashboard_updated ON analysis_dashboard (updated_at, id)",
        "CREATE INDEX analysis_dashboard_created ON analysis_dashboard (created_at, id)",
        "CREATE INDEX analysis_dashboard_name ON analysis_dashboard (name, id)",
        "CREATE INDEX analysis_dashboard_owner ON analysis_dashboard (owner_id, id)",
    ],
};

/// The record type.
pub(crate) fn dashboard() -> RecordType {
    let [name, latin] = owned::names();
    let [owner, sharing] = owned::fields();
    let fields = vec![
        name,
        latin,
        owner,
        sharing.unsorted(),
        Field::new("note", FieldKind::Long),
        Field::new("tiles", FieldKind::Long).computed().unsorted().internal(),
    ];
    RecordType {
        icon: "gauge",
        scope: Scope::Shared("owner_id", "sharing"),
        hooks: std::sync::Arc::new(Rules),
        views: vec![BuiltIn::new("mine", Filter::is("owner_id", "me"))],
        ..RecordType::new("dashboard", "analysis_dashboard", "/dashboards", 132, fields)
    }
}

struct Rules;

#[async_trait]
impl Hooks for Rules {
    async fn check(&self, _: &Tx, ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        owned::check(ctx, old, new)?;
        if new.get("tiles").is_none_or(Value::is_empty) {
            new.insert("tiles".into(), "[]".into());
        }
        Ok(())
    }
    async fn archiving(&self, _: &Tx, ctx: &Ctx, record: &Record) -> Result<()> {
        owned::need(ctx, record)
    }
}
