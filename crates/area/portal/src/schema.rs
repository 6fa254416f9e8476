//! Accounts of the portal: tables and record type.

use crate::hooks::AccountHooks;
use std::sync::Arc;
use zhike_contract::Outbound;
use zhike_store::{EventKind, Field, FieldKind, Migration, RecordType, Scope, Search};

/// Was invited, has been here.
const STATES: &[&str] = &["invited", "active"];
const LANGUAGES: &[&str] = &["en", "zh-cn"];

pub(crate) const MIGRATIONS: &[Migration] = &[Migration {
    name: "portal_0001",
    up: &[
        "CREATE TABLE portal_account (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, name TEXT NOT NULL, email TEXT NOT NULL UNIQUE, party_id BIGINT NOT NULL, language TEXT, \
         state TEXT NOT NULL, seen_at BIGINT)",
        "CREATE INDEX portal_account_party ON portal_account (party_id, id)",
        "CREATE INDEX portal_account_updated ON portal_account (updated_at, id)",
        "CREATE INDEX portal_account_created ON portal_account (created_at, id)",
        "CREATE INDEX portal_account_name ON portal_account (name, id)",
        "CREATE INDEX portal_account_seen ON portal_account (seen_at, id)",
        "CREATE TABLE portal_secret (account_id BIGINT PRIMARY KEY, hash TEXT NOT NULL, set_at BIGINT NOT NULL)",
        "CREATE TABLE portal_session (id {pk}, hash TEXT NOT NULL UNIQUE, account_id BIGINT NOT NULL, made_at BIGINT NOT NULL, \
         seen_at BIGINT NOT NULL, ends_at BIGINT NOT NULL, peer TEXT NOT NULL, agent TEXT NOT NULL)",
        "CREATE INDEX portal_session_account ON portal_session (account_id)",
        // Links to sign in with: once, for a while; one that was asked for opens only in the browser that asked.
        "CREATE TABLE portal_ticket (id {pk}, account_id BIGINT NOT NULL, nonce TEXT NOT NULL, asked TEXT, made_at BIGINT NOT NULL, \
         ends_at BIGINT NOT NULL, used_at BIGINT)",
        "CREATE INDEX portal_ticket_account ON portal_ticket (account_id, id)",
        // Up to when somebody has read a conversation.
        "CREATE TABLE portal_read (account_id BIGINT NOT NULL, thread_id BIGINT NOT NULL, at BIGINT NOT NULL, \
         PRIMARY KEY (account_id, thread_id))",
    ],
}];

pub(crate) fn account(outbound: Arc<dyn Outbound>) -> RecordType {
    RecordType {
        title: "name",
        subtitle: Some("email"),
        icon: "user-circle",
        scope: Scope::Party("party_id"),
        party: Some("party_id"),
        hooks: Arc::new(AccountHooks { outbound }),
        ..RecordType::new(
            "portal_account",
            "portal_account",
            "/portal-accounts",
            113,
            vec![
                Field::new("name", FieldKind::Text)
                    .required()
                    .column()
                    .search(Search::Name)
                    .personal(),
                Field::new("email", FieldKind::Email)
                    .required()
                    .unique()
                    .column()
                    .search(Search::Email)
                    .personal(),
                Field::new("party_id", FieldKind::Ref("party"))
                    .required()
                    .column()
                    .unsorted(),
                Field::new("language", FieldKind::Choice(LANGUAGES)).unsorted(),
                Field::new("state", FieldKind::Choice(STATES))
                    .column()
                    .computed()
                    .unsorted(),
                Field::new("seen_at", FieldKind::Stamp).column().computed(),
            ],
        )
    }
}

pub(crate) fn events() -> Vec<EventKind> {
    let read = "read on the account, the customer's timeline and in the audit";
    ["invited", "link_asked", "signed_in", "sign_in_failed", "password_set"]
        .iter()
        .map(|what| EventKind {
            name: format!("portal_account.{what}.v1"),
            reason: read,
        })
        .collect()
}
