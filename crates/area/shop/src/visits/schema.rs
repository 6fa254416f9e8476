//! Visitors who agreed, and what they looked at.

use zhike_store::{Field, FieldKind, Migration, RecordType, Scope};

/// The tables. A visitor is known by the digest of a number that only their browser has; no address of theirs is kept.
pub(crate) const TABLE: Migration = Migration {
    name: "shop_0004",
    up: &[
        "ALTER TABLE shop_box ADD COLUMN visits BOOLEAN",
        "ALTER TABLE shop_box ADD COLUMN visit_words TEXT",
        "ALTER TABLE shop_box ADD COLUMN visit_words_latin TEXT",
        "CREATE TABLE shop_visitor (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, archived_at BIGINT, \
         name TEXT NOT NULL, box_id BIGINT NOT NULL, mark TEXT NOT NULL, party_id BIGINT, agreed_at BIGINT NOT NULL, words TEXT)",
        "CREATE UNIQUE INDEX shop_visitor_mark ON shop_visitor (box_id, mark)",
        "CREATE INDEX shop_visitor_party ON shop_visitor (party_id) WHERE party_id IS NOT NULL",
        "CREATE INDEX shop_visitor_agreed ON shop_visitor (agreed_at, id)",
        "CREATE INDEX shop_visitor_updated ON shop_visitor (updated_at, id)",
        "CREATE INDEX shop_visitor_created ON shop_visitor (created_at, id)",
        "CREATE TABLE shop_visit (id {pk}, visitor_id BIGINT NOT NULL, at BIGINT NOT NULL, path TEXT NOT NULL, title TEXT NOT NULL, \
         referrer TEXT NOT NULL)",
        "CREATE INDEX shop_visit_visitor ON shop_visit (visitor_id, at)",
        "CREATE INDEX shop_visit_at ON shop_visit (at)",
    ],
};

/// A visitor who agreed.
pub(crate) fn web_visitor() -> RecordType {
    let own = |name, kind| Field::new(name, kind).computed().unsorted();
    let fields = vec![
        own("name", FieldKind::Text).column(),
        own("party_id", FieldKind::Ref("party")).column(),
        own("box_id", FieldKind::Ref("message_box")).column(),
        Field::new("agreed_at", FieldKind::Stamp).computed().column(),
        own("words", FieldKind::Long),
        own("mark", FieldKind::Text).internal(),
    ];
    RecordType {
        icon: "eye",
        scope: Scope::Party("party_id"),
        party: Some("party_id"),
        order: ("agreed_at", true),
        pages: false,
        ..RecordType::new("web_visitor", "shop_visitor", "/web-visitors", 176, fields)
    }
}
