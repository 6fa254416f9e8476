//! The record type of segments, the members of frozen ones, and their tables.

use crate::owned;
use async_trait::async_trait;
use zhike_kernel::{Error, Result, Value, Values};
use zhike_store::{BuiltIn, Ctx, Field, FieldKind, Hooks, Migration, Record, RecordType, Relation, Scope, Tx};
use zhike_web::records::condition::Condition;

/// The steps of the tables.
pub(crate) const STEP: Migration = Migration {
    name: "analysis_0001",
    up: &[
        "CREATE TABLE analysis_segment (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, name TEXT NOT NULL, name_latin TEXT, owner_id BIGINT NOT NULL, sharing TEXT NOT NULL, kind TEXT NOT NULL, condition TEXT, \
         frozen_on TEXT, members BIGINT, price_book_id BIGINT, note TEXT)",
        "CREATE INDEX analysis_segment_updated ON analysis_segment (updated_at, id)",
        "CREATE INDEX analysis_segment_created ON analysis_segment (created_at, id)",
        "CREATE INDEX analysis_segment_name ON analysis_segment (name, id)",
        "CREATE INDEX analysis_segment_owner ON analysis_segment (owner_id, id)",
        "CREATE INDEX analysis_segment_frozen ON analysis_segment (frozen_on, id)",
        "CREATE TABLE analysis_member (party_id BIGINT NOT NULL, segment_id BIGINT NOT NULL, added_on TEXT NOT NULL, \
         PRIMARY KEY (party_id, segment_id))",
        "CREATE INDEX analysis_member_segment ON analysis_member (segment_id, party_id)",
    ],
};

/// Live ones hold whoever fits now; frozen ones keep who fitted on a day.
const KINDS: &[&str] = &["live", "frozen"];

/// The record type.
pub(crate) fn segment() -> RecordType {
    let [name, latin] = owned::names();
    let [owner, sharing] = owned::fields();
    let fields = vec![
        name,
        latin,
        Field::new("kind", FieldKind::Choice(KINDS))
            .computed()
            .default("live")
            .column()
            .unsorted(),
        Field::new("frozen_on", FieldKind::Date).computed().column(),
        Field::new("members", FieldKind::Int).computed().column().unsorted(),
        owner,
        sharing.unsorted(),
        Field::new("price_book_id", FieldKind::Ref("price_book")).unsorted(),
        Field::new("note", FieldKind::Long),
        Field::new("condition", FieldKind::Long)
            .computed()
            .unsorted()
            .internal(),
    ];
    RecordType {
        icon: "users-group",
        scope: Scope::Shared("owner_id", "sharing"),
        hooks: std::sync::Arc::new(Rules),
        views: vec![
            BuiltIn::new("mine", zhike_kernel::Filter::is("owner_id", "me")),
            BuiltIn::new("frozen", zhike_kernel::Filter::is("kind", "frozen")).sort("frozen_on", true),
        ],
        ..RecordType::new("segment", "analysis_segment", "/segments", 133, fields)
    }
}

/// Frozen members, as a filter of customers asks for them.
pub(crate) fn membership() -> Relation {
    Relation {
        name: "segment",
        table: "analysis_member",
        key: "party_id",
        fields: vec![Field::new("segment_id", FieldKind::Int)],
    }
}

struct Rules;

#[async_trait]
impl Hooks for Rules {
    async fn check(&self, _: &Tx, ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        owned::check(ctx, old, new)?;
        if new.get("condition").is_none_or(Value::is_empty) {
            new.insert("condition".into(), Condition::default().write().into());
        }
        let frozen = old.is_some_and(|o| o.text("kind") == "frozen");
        let same = old.is_some_and(|o| Some(o.get("condition")) == new.get("condition"));
        let stays = new.get("kind").and_then(Value::text) == Some("frozen");
        if frozen && stays && !same {
            return Err(Error::refused("error-segment-frozen"));
        }
        Ok(())
    }
    async fn archiving(&self, _: &Tx, ctx: &Ctx, record: &Record) -> Result<()> {
        owned::need(ctx, record)
    }
}
