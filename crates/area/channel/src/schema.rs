//! Accounts of channels: the record type, how each stands, and what is kept beside.

use crate::{hooks::AccountHooks, kinds::KINDS};
use std::sync::Arc;
use zhike_store::{Extension, Field, FieldKind, Migration, RecordType, Search};

/// How an account stands.
pub(crate) const STATES: &[&str] = &["good", "failed"];

/// The steps, in order.
pub(crate) const MIGRATIONS: &[Migration] = &[FIRST, LINES];

const FIRST: Migration = Migration {
    name: "channel_0001",
    up: &[
        "CREATE TABLE channel_account (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, name TEXT NOT NULL, kind TEXT NOT NULL, active BOOLEAN NOT NULL, sender TEXT, note TEXT)",
        "CREATE INDEX channel_account_name ON channel_account (name, id)",
        "CREATE INDEX channel_account_updated ON channel_account (updated_at, id)",
        "CREATE INDEX channel_account_created ON channel_account (created_at, id)",
        // Apart from the record: no list, no export and no event ever reads it. `hook` is the part of the address under
        // which the provider reports to us.
        "CREATE TABLE channel_setup (account_id BIGINT PRIMARY KEY, body TEXT NOT NULL, secrets TEXT NOT NULL, hook TEXT NOT NULL)",
        "CREATE UNIQUE INDEX channel_setup_hook ON channel_setup (hook)",
        "CREATE TABLE channel_state (account_id BIGINT PRIMARY KEY, state TEXT, trouble TEXT, words TEXT, tried_at BIGINT, \
         good_at BIGINT, heard_at BIGINT)",
        // What the provider calls a message of ours, for its reports; and reports that came before we knew.
        "CREATE TABLE channel_sent (account_id BIGINT NOT NULL, remote TEXT NOT NULL, message_id BIGINT NOT NULL, at BIGINT NOT NULL, \
         PRIMARY KEY (account_id, remote))",
        "CREATE INDEX channel_sent_message ON channel_sent (message_id)",
        "CREATE TABLE channel_early (account_id BIGINT NOT NULL, remote TEXT NOT NULL, arrived BOOLEAN NOT NULL, why TEXT NOT NULL, \
         at BIGINT NOT NULL, PRIMARY KEY (account_id, remote))",
        // With whom we spoke last at an address, and by which account.
        "CREATE TABLE channel_address (channel TEXT NOT NULL, address TEXT NOT NULL, account_id BIGINT NOT NULL, party_id BIGINT, \
         at BIGINT NOT NULL, PRIMARY KEY (channel, address))",
    ],
};

/// Lines that are kept open, and reports that come by mail.
const LINES: Migration = Migration {
    name: "channel_0002",
    up: &[
        // Any server lays down here what is to go; the one that holds the line takes it.
        "CREATE TABLE channel_outbox (id {pk}, account_id BIGINT NOT NULL, name TEXT NOT NULL, message_id BIGINT, address TEXT NOT NULL, \
         text TEXT NOT NULL, state TEXT NOT NULL, remote TEXT, words TEXT, at BIGINT NOT NULL)",
        "CREATE INDEX channel_outbox_state ON channel_outbox (account_id, state, id)",
        "CREATE INDEX channel_outbox_name ON channel_outbox (account_id, name)",
        // What the centre calls each part of a long message.
        "CREATE TABLE channel_outbox_part (account_id BIGINT NOT NULL, remote TEXT NOT NULL, outbox_id BIGINT NOT NULL, state TEXT NOT NULL, \
         at BIGINT NOT NULL, PRIMARY KEY (account_id, remote))",
        "CREATE INDEX channel_outbox_part_of ON channel_outbox_part (outbox_id)",
        // Parts of a long message of a customer that wait for the others.
        "CREATE TABLE channel_part (account_id BIGINT NOT NULL, sender TEXT NOT NULL, reference BIGINT NOT NULL, total BIGINT NOT NULL, \
         number BIGINT NOT NULL, text TEXT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (account_id, sender, reference, total, number))",
        // Which server holds a line.
        "CREATE TABLE channel_line (account_id BIGINT PRIMARY KEY, holder TEXT NOT NULL, until BIGINT NOT NULL)",
        // How far letters were looked through for reports.
        "CREATE TABLE channel_seen (name TEXT PRIMARY KEY, seen BIGINT NOT NULL)",
    ],
};

/// An account at a provider of text messages, or a robot in a messenger.
pub(crate) fn account() -> RecordType {
    let fields = vec![
        Field::new("name", FieldKind::Text)
            .required()
            .column()
            .search(Search::Name),
        Field::new("kind", FieldKind::Choice(KINDS))
            .required()
            .default("http")
            .column()
            .unsorted(),
        Field::new("active", FieldKind::Bool).default("no").column().unsorted(),
        Field::new("sender", FieldKind::Text).unsorted(),
        Field::new("note", FieldKind::Long),
    ];
    RecordType {
        icon: "message",
        order: ("name", false),
        hooks: Arc::new(AccountHooks),
        ..RecordType::new("channel_account", "channel_account", "/channels", 101, fields)
    }
}

/// How an account stands, for lists and its page.
pub(crate) fn state() -> Extension {
    let fields = vec![
        Field::new("state", FieldKind::Choice(STATES))
            .computed()
            .column()
            .unsorted(),
        Field::new("tried_at", FieldKind::Stamp).computed().unsorted(),
        Field::new("good_at", FieldKind::Stamp).computed().column().unsorted(),
        Field::new("heard_at", FieldKind::Stamp).computed().unsorted(),
    ];
    Extension {
        of: "channel_account",
        table: "channel_state",
        key: "account_id",
        fields,
    }
}
