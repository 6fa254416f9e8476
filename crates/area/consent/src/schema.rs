//! Tables of wishes, consents, closed addresses, topics, decisions, what was sent, messages and links.

use zhike_store::Migration;

/// The steps, in order.
pub(crate) const MIGRATIONS: &[Migration] = &[FIRST, TRIES];

const FIRST: Migration = Migration {
    name: "consent_0001",
    up: &[
        // What a party wishes, as one text: read whole, by the gate for every message. A merged party keeps its row; the
        // gate joins the rows of both, so that undoing a merge needs nothing.
        "CREATE TABLE consent_wish (party_id BIGINT PRIMARY KEY, version BIGINT NOT NULL, updated_at BIGINT NOT NULL, body TEXT NOT NULL)",
        "CREATE TABLE consent_consent (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, number TEXT NOT NULL, party_id BIGINT NOT NULL, purpose TEXT NOT NULL, channel TEXT, topic TEXT, \
         given_on TEXT NOT NULL, until_on TEXT, source TEXT NOT NULL, proof TEXT, withdrawn_on TEXT, withdrawn_how TEXT, note TEXT)",
        "CREATE INDEX consent_consent_party ON consent_consent (party_id, given_on)",
        "CREATE INDEX consent_consent_updated ON consent_consent (updated_at, id)",
        "CREATE INDEX consent_consent_created ON consent_consent (created_at, id)",
        "CREATE INDEX consent_consent_number ON consent_consent (number, id)",
        "CREATE INDEX consent_consent_given ON consent_consent (given_on, id)",
        "CREATE INDEX consent_consent_until ON consent_consent (until_on, id)",
        "CREATE INDEX consent_consent_withdrawn ON consent_consent (withdrawn_on, id)",
        "CREATE TABLE consent_opt_out (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, number TEXT NOT NULL, channel TEXT NOT NULL, address TEXT NOT NULL, address_key TEXT, scope TEXT NOT NULL, \
         since_on TEXT NOT NULL, source TEXT NOT NULL, proof TEXT, party_id BIGINT, lifted_on TEXT, lifted_how TEXT)",
        "CREATE INDEX consent_opt_out_key ON consent_opt_out (address_key)",
        "CREATE INDEX consent_opt_out_updated ON consent_opt_out (updated_at, id)",
        "CREATE INDEX consent_opt_out_created ON consent_opt_out (created_at, id)",
        "CREATE INDEX consent_opt_out_number ON consent_opt_out (number, id)",
        "CREATE INDEX consent_opt_out_since ON consent_opt_out (since_on, id)",
        "CREATE INDEX consent_opt_out_lifted ON consent_opt_out (lifted_on, id)",
        "CREATE INDEX consent_opt_out_party ON consent_opt_out (party_id) WHERE party_id IS NOT NULL",
        "CREATE TABLE consent_topic (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, code TEXT NOT NULL, name TEXT NOT NULL, name_latin TEXT, offered BOOLEAN NOT NULL, position BIGINT)",
        "CREATE INDEX consent_topic_code ON consent_topic (code, id)",
        "CREATE INDEX consent_topic_name ON consent_topic (name, id)",
        "CREATE INDEX consent_topic_position ON consent_topic (position, id)",
        "CREATE INDEX consent_topic_updated ON consent_topic (updated_at, id)",
        "CREATE INDEX consent_topic_created ON consent_topic (created_at, id)",
        "CREATE TABLE consent_message (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, number TEXT NOT NULL, party_id BIGINT NOT NULL, class TEXT NOT NULL, topic TEXT, channel TEXT NOT NULL, \
         via TEXT, status TEXT NOT NULL, subject TEXT, body TEXT, address TEXT, asked_address TEXT, reason TEXT, reasons TEXT, \
         asked_at BIGINT, not_before BIGINT, gone_at BIGINT, tries BIGINT, error TEXT, remote TEXT, record_type TEXT, record_id BIGINT, \
         may_change BOOLEAN, may_wait BOOLEAN, agreed BOOLEAN, sent_key TEXT, leased_until BIGINT, decision_id BIGINT, warned_at BIGINT)",
        "CREATE UNIQUE INDEX consent_message_key ON consent_message (sent_key) WHERE sent_key IS NOT NULL",
        // What waits is found by its moment, however much has gone.
        "CREATE INDEX consent_message_due ON consent_message (status, not_before, id)",
        "CREATE INDEX consent_message_record ON consent_message (record_type, record_id)",
        "CREATE INDEX consent_message_party ON consent_message (party_id, id)",
        "CREATE INDEX consent_message_number ON consent_message (number, id)",
        "CREATE INDEX consent_message_updated ON consent_message (updated_at, id)",
        "CREATE INDEX consent_message_created ON consent_message (created_at, id)",
        "CREATE INDEX consent_message_before ON consent_message (not_before, id)",
        "CREATE INDEX consent_message_gone ON consent_message (gone_at, id)",
        "CREATE TABLE consent_decision (id {pk}, at BIGINT NOT NULL, party_id BIGINT NOT NULL, class TEXT NOT NULL, topic TEXT NOT NULL, \
         channel TEXT NOT NULL, address TEXT, verdict TEXT NOT NULL, via TEXT, moment BIGINT, rule TEXT NOT NULL, reasons TEXT NOT NULL, \
         message_id BIGINT, user_id BIGINT, why TEXT)",
        "CREATE INDEX consent_decision_party ON consent_decision (party_id, id)",
        "CREATE INDEX consent_decision_message ON consent_decision (message_id) WHERE message_id IS NOT NULL",
        "CREATE TABLE consent_sent (id {pk}, party_id BIGINT NOT NULL, at BIGINT NOT NULL, class TEXT NOT NULL, topic TEXT NOT NULL, \
         channel TEXT NOT NULL, decision_id BIGINT NOT NULL, message_id BIGINT)",
        "CREATE INDEX consent_sent_party ON consent_sent (party_id, at)",
        "CREATE INDEX consent_sent_message ON consent_sent (message_id) WHERE message_id IS NOT NULL",
        "CREATE TABLE consent_link (id {pk}, party_id BIGINT NOT NULL, nonce TEXT NOT NULL, \
         made_at BIGINT NOT NULL, made_by BIGINT, ends_at BIGINT NOT NULL, revoked_at BIGINT, opened_at BIGINT, opens BIGINT NOT NULL)",
        "CREATE INDEX consent_link_party ON consent_link (party_id, id)",
        "CREATE TABLE consent_link_visit (id {pk}, peer TEXT NOT NULL, kind TEXT NOT NULL, at BIGINT NOT NULL)",
        "CREATE INDEX consent_link_visit_peer ON consent_link_visit (peer, kind, at)",
    ],
};

/// Tries are counted by the store.
const TRIES: Migration = Migration {
    name: "consent_tries",
    up: &["DROP TABLE consent_link_visit"],
};
