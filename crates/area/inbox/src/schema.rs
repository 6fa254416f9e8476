//! Mailboxes, conversations, interactions, ready-made answers: record types and tables.

use crate::hooks::{InteractionHooks, MailboxHooks};
use std::sync::Arc;
use zhike_kernel::{Filter, Op, Value};
use zhike_store::{BuiltIn, Field, FieldKind, Migration, RecordType, Scope, Search};

/// Ways by which people are reached: the words of `contract::Channel`.
pub(crate) const CHANNELS: &[&str] = &["email", "phone", "sms", "chat", "fax", "letter", "visit", "portal"];
/// From them to us, from us to them.
pub(crate) const DIRECTIONS: &[&str] = &["in", "out"];
/// What became of a contact: written down, come in, gone out, come back undelivered.
pub(crate) const STATES: &[&str] = &["noted", "received", "sent", "bounced"];
/// It is our turn, it is theirs, it is over.
pub(crate) const STANDS: &[&str] = &["open", "waiting", "closed"];
/// How a connection is made safe.
pub(crate) const TLS: &[&str] = &["tls", "starttls", "none"];
/// What comes to a mailbox.
pub(crate) const PURPOSES: &[&str] = &["general", "complaint", "enquiry"];
/// Whoever one of these columns names sees the conversation, besides those who see the customer.
const NAMED: &[&str] = &["assignee_id"];

/// The steps, in order.
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration {
        name: "inbox_0001",
        up: &[
            "CREATE TABLE inbox_mailbox (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, name TEXT NOT NULL, address TEXT NOT NULL, sender TEXT, purpose TEXT NOT NULL, active BOOLEAN NOT NULL, \
         imap_host TEXT, imap_port BIGINT, imap_tls TEXT, imap_login TEXT, folders TEXT, since_on TEXT, silent_hours BIGINT, \
         smtp_host TEXT, smtp_port BIGINT, smtp_tls TEXT, smtp_login TEXT)",
            "CREATE UNIQUE INDEX inbox_mailbox_address ON inbox_mailbox (address)",
            "CREATE INDEX inbox_mailbox_updated ON inbox_mailbox (updated_at, id)",
            "CREATE INDEX inbox_mailbox_name ON inbox_mailbox (name, id)",
            // Apart from the record: no list, no export and no event ever reads it.
            "CREATE TABLE inbox_secret (mailbox_id BIGINT PRIMARY KEY, imap TEXT NOT NULL, smtp TEXT NOT NULL)",
            // How far each folder was read, and when it last went well.
            "CREATE TABLE inbox_folder (id {pk}, mailbox_id BIGINT NOT NULL, name TEXT NOT NULL, validity BIGINT NOT NULL, \
         last_uid BIGINT NOT NULL, letters BIGINT NOT NULL, looked_at BIGINT, good_at BIGINT, came_at BIGINT, trouble TEXT, words TEXT)",
            "CREATE UNIQUE INDEX inbox_folder_name ON inbox_folder (mailbox_id, name)",
            "CREATE TABLE inbox_conversation (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, number TEXT NOT NULL, subject TEXT NOT NULL, channel TEXT NOT NULL, state TEXT NOT NULL, party_id BIGINT, \
         address TEXT, mailbox_id BIGINT, assignee_id BIGINT, unanswered_since BIGINT, snoozed_until BIGINT, last_at BIGINT NOT NULL, \
         contacts BIGINT NOT NULL, record_type TEXT, record_id BIGINT)",
            "CREATE INDEX inbox_conversation_last ON inbox_conversation (last_at, id)",
            "CREATE INDEX inbox_conversation_updated ON inbox_conversation (updated_at, id)",
            "CREATE INDEX inbox_conversation_created ON inbox_conversation (created_at, id)",
            "CREATE INDEX inbox_conversation_number ON inbox_conversation (number, id)",
            "CREATE INDEX inbox_conversation_unanswered ON inbox_conversation (unanswered_since, id)",
            "CREATE INDEX inbox_conversation_assignee ON inbox_conversation (assignee_id, last_at, id)",
            "CREATE INDEX inbox_conversation_party ON inbox_conversation (party_id, last_at, id)",
            "CREATE INDEX inbox_conversation_record ON inbox_conversation (record_type, record_id)",
            "CREATE TABLE inbox_interaction (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, subject TEXT NOT NULL, channel TEXT NOT NULL, direction TEXT NOT NULL, at BIGINT NOT NULL, happened_on TEXT, \
         party_id BIGINT, conversation_id BIGINT, user_id BIGINT, address TEXT, body TEXT, minutes BIGINT, result TEXT, state TEXT NOT NULL, \
         trouble TEXT, machine BOOLEAN NOT NULL, record_type TEXT, record_id BIGINT, message_id BIGINT, mail_id TEXT)",
            "CREATE INDEX inbox_interaction_at ON inbox_interaction (at, id)",
            "CREATE INDEX inbox_interaction_updated ON inbox_interaction (updated_at, id)",
            "CREATE INDEX inbox_interaction_created ON inbox_interaction (created_at, id)",
            "CREATE INDEX inbox_interaction_party ON inbox_interaction (party_id, at, id)",
            "CREATE INDEX inbox_interaction_conversation ON inbox_interaction (conversation_id, at, id)",
            "CREATE INDEX inbox_interaction_mail ON inbox_interaction (mail_id) WHERE mail_id IS NOT NULL",
            "CREATE INDEX inbox_interaction_message ON inbox_interaction (message_id) WHERE message_id IS NOT NULL",
            "CREATE INDEX inbox_interaction_record ON inbox_interaction (record_type, record_id)",
            // What makes a contact the same: told twice, written once.
            "CREATE TABLE inbox_key (key TEXT PRIMARY KEY, interaction_id BIGINT)",
            // A letter with its marks, and what was left out of it.
            "CREATE TABLE inbox_letter (interaction_id BIGINT PRIMARY KEY, html TEXT, dropped TEXT, copies TEXT, checked TEXT)",
            "CREATE TABLE inbox_canned (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, name TEXT NOT NULL, text_zh TEXT, text_en TEXT)",
            "CREATE INDEX inbox_canned_name ON inbox_canned (name, id)",
            "CREATE INDEX inbox_canned_updated ON inbox_canned (updated_at, id)",
            // Who has a conversation open just now, so that two do not answer it.
            "CREATE TABLE inbox_looking (conversation_id BIGINT NOT NULL, user_id BIGINT NOT NULL, writes BOOLEAN NOT NULL, at BIGINT NOT NULL, \
         PRIMARY KEY (conversation_id, user_id))",
        ],
    },
    Migration {
        name: "inbox_0002",
        // Whose words a message carries: the carrier takes it away later, as the system.
        up: &["CREATE TABLE inbox_author (message_id BIGINT PRIMARY KEY, user_id BIGINT NOT NULL)"],
    },
    Migration {
        name: "inbox_0003",
        // The name that the writer of a letter gives.
        up: &["ALTER TABLE inbox_interaction ADD COLUMN sender TEXT"],
    },
    Migration {
        name: "inbox_0004",
        // Short messages find their thread by the address.
        up: &[
            "CREATE INDEX inbox_conversation_address ON inbox_conversation (address, channel) WHERE address IS NOT NULL",
        ],
    },
    Migration {
        name: "inbox_rate",
        // What a contact costs, and counting by day.
        up: &[
            "CREATE TABLE inbox_rate (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
             archived_at BIGINT, channel TEXT NOT NULL, from_on TEXT NOT NULL, contact BIGINT, minute BIGINT, note TEXT)",
            "CREATE INDEX inbox_rate_from ON inbox_rate (from_on, id)",
            "CREATE INDEX inbox_rate_channel ON inbox_rate (channel, id)",
            "CREATE INDEX inbox_rate_updated ON inbox_rate (updated_at, id)",
            "CREATE INDEX inbox_rate_created ON inbox_rate (created_at, id)",
            "CREATE INDEX inbox_interaction_day ON inbox_interaction (happened_on, channel, direction)",
        ],
    },
    Migration {
        name: "inbox_dkim",
        // Under which name the key for signatures lies in the name service.
        up: &["ALTER TABLE inbox_mailbox ADD COLUMN dkim_selector TEXT"],
    },
];

/// A mailbox of the company.
pub(crate) fn mailbox() -> RecordType {
    let fields = vec![
        Field::new("name", FieldKind::Text)
            .required()
            .column()
            .search(Search::Name),
        Field::new("address", FieldKind::Email).required().unique().column(),
        Field::new("sender", FieldKind::Text),
        Field::new("purpose", FieldKind::Choice(PURPOSES))
            .required()
            .default("general")
            .column()
            .unsorted(),
        Field::new("active", FieldKind::Bool).default("yes").column().unsorted(),
        Field::new("imap_host", FieldKind::Text)
            .column()
            .unsorted()
            .group("imap"),
        Field::new("imap_port", FieldKind::Int).unsorted().group("imap"),
        Field::new("imap_tls", FieldKind::Choice(TLS))
            .default("tls")
            .unsorted()
            .group("imap"),
        Field::new("imap_login", FieldKind::Text).unsorted().group("imap"),
        Field::new("folders", FieldKind::Long).group("imap"),
        Field::new("since_on", FieldKind::Date).unsorted().group("imap"),
        Field::new("silent_hours", FieldKind::Int).unsorted().group("imap"),
        Field::new("smtp_host", FieldKind::Text)
            .column()
            .unsorted()
            .group("smtp"),
        Field::new("smtp_port", FieldKind::Int).unsorted().group("smtp"),
        Field::new("smtp_tls", FieldKind::Choice(TLS))
            .default("starttls")
            .unsorted()
            .group("smtp"),
        Field::new("smtp_login", FieldKind::Text).unsorted().group("smtp"),
        Field::new("dkim_selector", FieldKind::Text).unsorted().group("smtp"),
    ];
    RecordType {
        icon: "mailbox",
        subtitle: Some("address"),
        order: ("name", false),
        hooks: Arc::new(MailboxHooks),
        ..RecordType::new("mailbox", "inbox_mailbox", "/mailboxes", 97, fields)
    }
}

/// Letters, calls and messages that belong together.
pub(crate) fn conversation() -> RecordType {
    let fields = vec![
        Field::new("number", FieldKind::Number).column().search(Search::Code),
        Field::new("subject", FieldKind::Text)
            .computed()
            .column()
            .unsorted()
            .search(Search::Name),
        Field::new("party_id", FieldKind::Ref("party"))
            .computed()
            .column()
            .unsorted(),
        Field::new("channel", FieldKind::Choice(CHANNELS))
            .computed()
            .column()
            .unsorted(),
        Field::new("state", FieldKind::Choice(STANDS))
            .computed()
            .column()
            .unsorted(),
        Field::new("assignee_id", FieldKind::User)
            .computed()
            .column()
            .unsorted(),
        Field::new("unanswered_since", FieldKind::Stamp).computed().column(),
        Field::new("last_at", FieldKind::Stamp).computed().column(),
        Field::new("contacts", FieldKind::Int).computed().unsorted(),
        Field::new("snoozed_until", FieldKind::Stamp).computed().unsorted(),
        Field::new("address", FieldKind::Text)
            .computed()
            .personal()
            .unsorted()
            .search(Search::Email),
        Field::new("mailbox_id", FieldKind::Ref("mailbox"))
            .computed()
            .unsorted(),
        Field::new("record_type", FieldKind::Text)
            .computed()
            .unsorted()
            .internal(),
        Field::new("record_id", FieldKind::Int).computed().unsorted().internal(),
    ];
    let none = |name: &str| Filter::Field {
        field: name.into(),
        op: Op::Empty,
        values: vec![],
    };
    let some = |name: &str| Filter::Field {
        field: name.into(),
        op: Op::Filled,
        values: vec![],
    };
    let open = || Filter::field("state", Op::Not, "closed");
    RecordType {
        icon: "messages",
        title: "subject",
        number: Some(("conversation", "M-")),
        scope: Scope::Concerned(NAMED, "party_id"),
        party: Some("party_id"),
        order: ("last_at", true),
        views: vec![
            BuiltIn::new("unanswered", open().and(some("unanswered_since"))).sort("unanswered_since", false),
            BuiltIn::new("mine", open().and(Filter::is("assignee_id", "me"))),
            BuiltIn::new("unassigned", open().and(none("assignee_id"))),
            BuiltIn::new("unknown", open().and(none("party_id"))),
        ],
        ..RecordType::new("conversation", "inbox_conversation", "/conversations", 98, fields)
    }
}

/// One contact.
pub(crate) fn interaction() -> RecordType {
    let fields = vec![
        Field::new("subject", FieldKind::Text)
            .required()
            .column()
            .unsorted()
            .search(Search::Name)
            .aliases(&["topic", "主题"]),
        Field::new("channel", FieldKind::Choice(CHANNELS))
            .required()
            .default("phone")
            .column()
            .unsorted(),
        Field::new("direction", FieldKind::Choice(DIRECTIONS))
            .required()
            .default("out")
            .column()
            .unsorted(),
        Field::new("at", FieldKind::Stamp).computed().column(),
        Field::new("happened_on", FieldKind::Date).unsorted(),
        Field::new("party_id", FieldKind::Ref("party"))
            .column()
            .unsorted()
            .aliases(&["customer", "customer number", "客户", "客户编号"]),
        Field::new("user_id", FieldKind::User).computed().column().unsorted(),
        Field::new("address", FieldKind::Text).personal().unsorted(),
        Field::new("sender", FieldKind::Text).computed().personal().unsorted(),
        Field::new("body", FieldKind::Long),
        Field::new("minutes", FieldKind::Int).unsorted(),
        Field::new("result", FieldKind::Text).unsorted(),
        Field::new("state", FieldKind::Choice(STATES))
            .computed()
            .column()
            .unsorted(),
        Field::new("trouble", FieldKind::Text).computed().unsorted(),
        Field::new("machine", FieldKind::Bool).computed().unsorted(),
        Field::new("conversation_id", FieldKind::Ref("conversation"))
            .computed()
            .unsorted(),
        Field::new("record_type", FieldKind::Text)
            .computed()
            .unsorted()
            .internal(),
        Field::new("record_id", FieldKind::Int).computed().unsorted().internal(),
        Field::new("message_id", FieldKind::Int)
            .computed()
            .unsorted()
            .internal(),
        Field::new("mail_id", FieldKind::Text).computed().unsorted().internal(),
    ];
    RecordType {
        icon: "message",
        title: "subject",
        subtitle: Some("at"),
        scope: Scope::Concerned(&["user_id"], "party_id"),
        party: Some("party_id"),
        order: ("at", true),
        views: vec![
            BuiltIn::new("in", Filter::is("direction", "in")),
            BuiltIn::new("out", Filter::is("direction", "out")),
            BuiltIn::new("bounced", Filter::is("state", "bounced")),
            BuiltIn::new("mine", Filter::is("user_id", "me")),
        ],
        hooks: Arc::new(InteractionHooks),
        ..RecordType::new("interaction", "inbox_interaction", "/interactions", 99, fields)
    }
}

/// A ready-made answer.
pub(crate) fn canned() -> RecordType {
    let fields = vec![
        Field::new("name", FieldKind::Text)
            .required()
            .column()
            .search(Search::Name),
        Field::new("text_zh", FieldKind::Long).column(),
        Field::new("text_en", FieldKind::Long).column(),
    ];
    RecordType {
        icon: "message",
        order: ("name", false),
        ..RecordType::new("canned_answer", "inbox_canned", "/canned-answers", 100, fields)
    }
}

/// A text as a value that is empty for none.
pub(crate) fn text(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { text.into() }
}
