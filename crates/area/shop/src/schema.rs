//! Shops: the record type, how each stands, and what is kept beside.

use crate::{kinds::KINDS, setup::ShopHooks};
use std::sync::Arc;
use zhike_store::{Extension, Field, FieldKind, Migration, RecordType, Search};

/// The steps, in order.
pub(crate) const MIGRATIONS: &[Migration] = &[Migration {
    name: "shop_0001",
    up: &[
        "CREATE TABLE shop_shop (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, name TEXT NOT NULL, kind TEXT NOT NULL, url TEXT, currency TEXT, owner_id BIGINT, active BOOLEAN NOT NULL, \
         bills BOOLEAN NOT NULL, note TEXT)",
        "CREATE INDEX shop_shop_name ON shop_shop (name, id)",
        "CREATE INDEX shop_shop_updated ON shop_shop (updated_at, id)",
        "CREATE INDEX shop_shop_created ON shop_shop (created_at, id)",
        // Apart from the record: no list, no export and no event ever reads it. `hook` is the part of the address that the
        // shop calls.
        "CREATE TABLE shop_secret (shop_id BIGINT PRIMARY KEY, hook TEXT NOT NULL, secret TEXT NOT NULL)",
        "CREATE UNIQUE INDEX shop_secret_hook ON shop_secret (hook)",
        "CREATE TABLE shop_state (shop_id BIGINT PRIMARY KEY, good_at BIGINT, heard_at BIGINT, trouble TEXT, trouble_at BIGINT)",
        "CREATE TABLE shop_message (id {pk}, shop_id BIGINT NOT NULL, delivery TEXT NOT NULL, topic TEXT NOT NULL, remote TEXT NOT NULL, \
         body TEXT NOT NULL, received_at BIGINT NOT NULL, done_at BIGINT, outcome TEXT NOT NULL, code TEXT, field TEXT, args TEXT, \
         record_type TEXT, record_id BIGINT, replays BIGINT NOT NULL)",
        "CREATE UNIQUE INDEX shop_message_delivery ON shop_message (shop_id, delivery)",
        "CREATE INDEX shop_message_place ON shop_message (shop_id, id)",
        "CREATE INDEX shop_message_refused ON shop_message (shop_id, id) WHERE outcome = 'refused'",
        "CREATE INDEX shop_message_received ON shop_message (received_at)",
        // Which record each thing of a shop is, and what the shop said of it last: what people changed since stays.
        "CREATE TABLE shop_link (shop_id BIGINT NOT NULL, kind TEXT NOT NULL, remote TEXT NOT NULL, record_id BIGINT NOT NULL, \
         said TEXT NOT NULL, PRIMARY KEY (shop_id, kind, remote))",
        "CREATE INDEX shop_link_record ON shop_link (kind, record_id)",
        // How new the last word about each thing was: an older one that comes later changes nothing.
        "CREATE TABLE shop_mark (shop_id BIGINT NOT NULL, kind TEXT NOT NULL, remote TEXT NOT NULL, as_of BIGINT NOT NULL, \
         PRIMARY KEY (shop_id, kind, remote))",
    ],
}];

/// A shop.
pub(crate) fn shop() -> RecordType {
    let fields = vec![
        Field::new("name", FieldKind::Text)
            .required()
            .column()
            .search(Search::Name),
        Field::new("kind", FieldKind::Choice(KINDS))
            .required()
            .default("woocommerce")
            .column()
            .unsorted(),
        Field::new("url", FieldKind::Url).column().unsorted(),
        Field::new("currency", FieldKind::Currency).unsorted(),
        Field::new("owner_id", FieldKind::User).column().unsorted(),
        Field::new("active", FieldKind::Bool).default("yes").column().unsorted(),
        Field::new("bills", FieldKind::Bool).default("yes").unsorted(),
        Field::new("cart_hours", FieldKind::Int).default("4").unsorted(),
        Field::new("cart_tasks", FieldKind::Bool).default("yes").unsorted(),
        Field::new("note", FieldKind::Long),
    ];
    RecordType {
        icon: "shopping-cart",
        order: ("name", false),
        hooks: Arc::new(ShopHooks),
        ..RecordType::new("shop", "shop_shop", "/shops", 114, fields)
    }
}

/// How a shop stands, for lists and its page.
pub(crate) fn state() -> Extension {
    let stamp = |name| Field::new(name, FieldKind::Stamp).computed().unsorted();
    Extension {
        of: "shop",
        table: "shop_state",
        key: "shop_id",
        fields: vec![stamp("good_at").column(), stamp("heard_at")],
    }
}
