//! Tables of calls.

use zhike_store::Migration;

/// The steps, in order.
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration {
        name: "voice_0001",
        up: &[
            "CREATE TABLE voice_call (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, number TEXT NOT NULL, direction TEXT NOT NULL, party_id BIGINT, address TEXT, user_id BIGINT, status TEXT NOT NULL, \
         result TEXT, outcome TEXT, started_at BIGINT NOT NULL, answered_at BIGINT, ended_at BIGINT, seconds BIGINT, extension TEXT, \
         line TEXT, cost BIGINT, recorded BOOLEAN, note TEXT, interaction_id BIGINT, ringing TEXT, switch TEXT, call_key TEXT)",
            "CREATE INDEX voice_call_started ON voice_call (started_at, id)",
            "CREATE INDEX voice_call_updated ON voice_call (updated_at, id)",
            "CREATE INDEX voice_call_created ON voice_call (created_at, id)",
            "CREATE INDEX voice_call_number ON voice_call (number, id)",
            "CREATE INDEX voice_call_party ON voice_call (party_id, started_at, id)",
            "CREATE INDEX voice_call_user ON voice_call (user_id, started_at, id)",
            "CREATE INDEX voice_call_status ON voice_call (status, started_at)",
            "CREATE INDEX voice_call_interaction ON voice_call (interaction_id) WHERE interaction_id IS NOT NULL",
            // What a switchboard calls a call. Who tells of it second waits here until the first has ended.
            "CREATE TABLE voice_key (switch TEXT NOT NULL, call_key TEXT NOT NULL, call_id BIGINT, PRIMARY KEY (switch, call_key))",
            // Everything that was told of a call, once; the call is what follows from all of it.
            "CREATE TABLE voice_told (id {pk}, switch TEXT NOT NULL, call_key TEXT NOT NULL, kind TEXT NOT NULL, part TEXT NOT NULL, \
         body TEXT NOT NULL, received_at BIGINT NOT NULL)",
            "CREATE UNIQUE INDEX voice_told_once ON voice_told (switch, call_key, kind, part)",
            // Whose telephone an extension is.
            "CREATE TABLE voice_extension (user_id BIGINT PRIMARY KEY, extension TEXT NOT NULL)",
            "CREATE UNIQUE INDEX voice_extension_once ON voice_extension (extension)",
            // Recordings; their bytes lie in the file store. One may come before its call is told of.
            "CREATE TABLE voice_recording (id {pk}, switch TEXT NOT NULL, call_key TEXT NOT NULL, call_id BIGINT, hash TEXT NOT NULL, \
         size BIGINT NOT NULL, seconds BIGINT NOT NULL, peaks TEXT NOT NULL, at BIGINT NOT NULL, removed_at BIGINT, why TEXT, gone BOOLEAN NOT NULL)",
            "CREATE UNIQUE INDEX voice_recording_once ON voice_recording (switch, call_key, hash)",
            "CREATE INDEX voice_recording_call ON voice_recording (call_id) WHERE call_id IS NOT NULL",
            "CREATE INDEX voice_recording_at ON voice_recording (at, id) WHERE removed_at IS NULL",
            "CREATE INDEX voice_recording_hash ON voice_recording (hash)",
            // Who listened when last: the pieces of one listening are one.
            "CREATE TABLE voice_listen (recording_id BIGINT NOT NULL, user_id BIGINT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (recording_id, user_id))",
            "CREATE TABLE voice_switchboard (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, name TEXT NOT NULL, kind TEXT NOT NULL, active BOOLEAN NOT NULL, host TEXT, port BIGINT, login TEXT, \
         channel TEXT, context TEXT, trunk TEXT, caller TEXT)",
            "CREATE INDEX voice_switchboard_name ON voice_switchboard (name, id)",
            "CREATE INDEX voice_switchboard_updated ON voice_switchboard (updated_at, id)",
            // Apart from the record: no list, no export and no event ever reads it.
            "CREATE TABLE voice_secret (switchboard_id BIGINT PRIMARY KEY, hook TEXT, password TEXT)",
            // How it stands: when it last went well, what went wrong since.
            "CREATE TABLE voice_state (switchboard_id BIGINT PRIMARY KEY, state TEXT NOT NULL, good_at BIGINT, told_at BIGINT, \
         trouble TEXT, words TEXT, events BIGINT NOT NULL)",
            // Signed messages that were taken, so that none is taken twice.
            "CREATE TABLE voice_seen (switchboard_id BIGINT NOT NULL, message TEXT NOT NULL, at BIGINT NOT NULL, \
         PRIMARY KEY (switchboard_id, message))",
        ],
    },
    Migration {
        name: "voice_0002",
        up: &[
            "CREATE TABLE voice_list (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, number TEXT NOT NULL, name TEXT NOT NULL, class TEXT NOT NULL, topic TEXT, owner_id BIGINT, script TEXT, \
         total BIGINT, left_count BIGINT)",
            "CREATE INDEX voice_list_updated ON voice_list (updated_at, id)",
            "CREATE INDEX voice_list_created ON voice_list (created_at, id)",
            "CREATE INDEX voice_list_number ON voice_list (number, id)",
            "CREATE INDEX voice_list_name ON voice_list (name, id)",
            "CREATE INDEX voice_list_owner ON voice_list (owner_id, updated_at, id)",
            // Who has an entry open, and what was last written about it, stand beside the record: they are no part of it.
            "CREATE TABLE voice_item (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, list_id BIGINT NOT NULL, party_id BIGINT NOT NULL, position BIGINT NOT NULL, state TEXT NOT NULL, \
         not_before BIGINT, reason TEXT, outcome TEXT, note TEXT, tries BIGINT NOT NULL, called_at BIGINT, user_id BIGINT, \
         claimed_by BIGINT, claimed_at BIGINT, last_batch BIGINT, last_user BIGINT, last_opt_out BIGINT)",
            "CREATE INDEX voice_item_next ON voice_item (list_id, state, position, id)",
            "CREATE INDEX voice_item_position ON voice_item (position, id)",
            "CREATE INDEX voice_item_updated ON voice_item (updated_at, id)",
            "CREATE INDEX voice_item_created ON voice_item (created_at, id)",
            "CREATE INDEX voice_item_party ON voice_item (party_id)",
            // Calls that were asked for, until a switchboard dials them.
            "CREATE TABLE voice_dial (id {pk}, switchboard_id BIGINT NOT NULL, user_id BIGINT NOT NULL, extension TEXT NOT NULL, number TEXT NOT NULL, \
         at BIGINT NOT NULL, state TEXT NOT NULL, words TEXT)",
            "CREATE INDEX voice_dial_state ON voice_dial (switchboard_id, state)",
            // The complaint that a message on the hotline became.
            "ALTER TABLE voice_call ADD COLUMN case_id BIGINT",
            "CREATE INDEX voice_call_case ON voice_call (case_id) WHERE case_id IS NOT NULL",
            "CREATE INDEX voice_item_last ON voice_item (list_id, last_user, last_batch) WHERE last_batch IS NOT NULL",
        ],
    },
];
