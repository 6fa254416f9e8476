//! Tables of messages in and out.

use zhike_store::Migration;

/// The steps, in order.
pub(crate) const MIGRATIONS: &[Migration] = &[Migration {
    name: "connect_0001",
    up: &[
        "CREATE TABLE connect_inbound (id {pk}, user_id BIGINT NOT NULL, sender TEXT NOT NULL, kind TEXT NOT NULL, message TEXT NOT NULL, \
         sent_at BIGINT NOT NULL, body TEXT NOT NULL, received_at BIGINT NOT NULL, done_at BIGINT, applied BIGINT NOT NULL, \
         unchanged BIGINT NOT NULL, refused BIGINT NOT NULL, replays BIGINT NOT NULL)",
        "CREATE UNIQUE INDEX connect_inbound_message ON connect_inbound (user_id, sender, kind, message)",
        "CREATE INDEX connect_inbound_refused ON connect_inbound (id) WHERE refused > 0",
        "CREATE TABLE connect_item (id {pk}, inbound_id BIGINT NOT NULL REFERENCES connect_inbound (id), position BIGINT NOT NULL, \
         item_key TEXT NOT NULL, outcome TEXT NOT NULL, code TEXT, field TEXT, args TEXT, record_type TEXT, record_id BIGINT, at BIGINT NOT NULL)",
        "CREATE UNIQUE INDEX connect_item_place ON connect_item (inbound_id, position)",
        // How new the last word about each thing was: an older one that comes later changes nothing.
        "CREATE TABLE connect_mark (kind TEXT NOT NULL, item_key TEXT NOT NULL, as_of BIGINT NOT NULL, PRIMARY KEY (kind, item_key))",
        // Which invoices a payment is for, as the sender said; an invoice may come after its payment.
        "CREATE TABLE connect_want (payment_key TEXT NOT NULL, invoice_key TEXT NOT NULL, amount BIGINT, done BOOLEAN NOT NULL, \
         PRIMARY KEY (payment_key, invoice_key))",
        "CREATE INDEX connect_want_invoice ON connect_want (invoice_key)",
        "CREATE TABLE connect_subscription (id {pk}, version BIGINT NOT NULL, name TEXT NOT NULL, url TEXT NOT NULL, kinds TEXT NOT NULL, \
         secret TEXT NOT NULL, active BOOLEAN NOT NULL, cursor BIGINT NOT NULL, made_by BIGINT, created_at BIGINT NOT NULL, removed_at BIGINT)",
        "CREATE TABLE connect_message (id {pk}, subscription_id BIGINT NOT NULL REFERENCES connect_subscription (id), event_id BIGINT NOT NULL, \
         kind TEXT NOT NULL, body TEXT NOT NULL, state TEXT NOT NULL, tries BIGINT NOT NULL, due_at BIGINT NOT NULL, status BIGINT, error TEXT, \
         created_at BIGINT NOT NULL, done_at BIGINT)",
        "CREATE UNIQUE INDEX connect_message_event ON connect_message (subscription_id, event_id)",
        "CREATE INDEX connect_message_due ON connect_message (subscription_id, state, due_at)",
        "CREATE INDEX connect_message_done ON connect_message (state, done_at)",
    ],
}];
