//! Letters and the batches in which they are printed: record types and tables.

use zhike_kernel::Filter;
use zhike_store::{BuiltIn, Field, FieldKind, Migration, RecordType, Scope, Search};

/// A batch lies on the desk, was posted, or was given back.
pub(crate) const BATCHES: &[&str] = &["open", "posted", "emptied"];
/// A letter is being printed, was posted, was given back before, or came back by post.
pub(crate) const STATES: &[&str] = &["printing", "posted", "back", "returned"];

/// The steps, in order.
pub(crate) const MIGRATIONS: &[Migration] = &[Migration {
    name: "letter_0001",
    up: &[
        "CREATE TABLE letter_batch (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, number TEXT NOT NULL, state TEXT NOT NULL, letters BIGINT NOT NULL, made_on TEXT NOT NULL, posted_on TEXT)",
        "CREATE INDEX letter_batch_number ON letter_batch (number, id)",
        "CREATE INDEX letter_batch_updated ON letter_batch (updated_at, id)",
        "CREATE INDEX letter_batch_created ON letter_batch (created_at, id)",
        "CREATE INDEX letter_batch_made ON letter_batch (made_on, id)",
        "CREATE INDEX letter_batch_posted ON letter_batch (posted_on, id)",
        // As it was printed: whatever becomes of the customer's address afterwards.
        "CREATE TABLE letter_letter (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, code TEXT NOT NULL, batch_id BIGINT NOT NULL, party_id BIGINT NOT NULL, subject TEXT, state TEXT NOT NULL, \
         recipient TEXT, address TEXT, body TEXT, posted_on TEXT, answers BIGINT NOT NULL, answered_on TEXT, trouble TEXT, \
         message_id BIGINT, record_type TEXT, record_id BIGINT)",
        "CREATE UNIQUE INDEX letter_letter_code ON letter_letter (code)",
        "CREATE INDEX letter_letter_batch ON letter_letter (batch_id, id)",
        "CREATE INDEX letter_letter_party ON letter_letter (party_id, id)",
        "CREATE INDEX letter_letter_message ON letter_letter (message_id)",
        "CREATE INDEX letter_letter_updated ON letter_letter (updated_at, id)",
        "CREATE INDEX letter_letter_created ON letter_letter (created_at, id)",
        "CREATE INDEX letter_letter_posted ON letter_letter (posted_on, id)",
        "CREATE INDEX letter_letter_answered ON letter_letter (answered_on, id)",
    ],
}];

/// Letters that are printed together.
pub(crate) fn batch() -> RecordType {
    let fields = vec![
        Field::new("number", FieldKind::Number).column().search(Search::Code),
        Field::new("state", FieldKind::Choice(BATCHES))
            .computed()
            .column()
            .unsorted(),
        Field::new("letters", FieldKind::Int).computed().column().unsorted(),
        Field::new("made_on", FieldKind::Date).computed().column(),
        Field::new("posted_on", FieldKind::Date).computed().column(),
    ];
    RecordType {
        icon: "printer",
        title: "number",
        subtitle: Some("made_on"),
        number: Some(("letter_batch", "LB-")),
        order: ("updated_at", true),
        views: vec![
            BuiltIn::new("open", Filter::is("state", "open")),
            BuiltIn::new("posted", Filter::is("state", "posted")).sort("posted_on", true),
        ],
        ..RecordType::new("letter_batch", "letter_batch", "/letter-batches", 102, fields)
    }
}

/// A letter on paper.
pub(crate) fn letter() -> RecordType {
    let computed = |name, kind| Field::new(name, kind).computed().unsorted();
    let internal = |name, kind| Field::new(name, kind).computed().unsorted().internal();
    let fields = vec![
        computed("code", FieldKind::Text).column().search(Search::Code),
        computed("party_id", FieldKind::Ref("party")).column(),
        computed("subject", FieldKind::Text).column().search(Search::Name),
        computed("state", FieldKind::Choice(STATES)).column(),
        computed("batch_id", FieldKind::Ref("letter_batch")).column(),
        computed("recipient", FieldKind::Text),
        computed("address", FieldKind::Long).personal(),
        Field::new("posted_on", FieldKind::Date).computed().column(),
        computed("answers", FieldKind::Int),
        Field::new("answered_on", FieldKind::Date).computed().column(),
        computed("trouble", FieldKind::Text),
        computed("body", FieldKind::Long),
        internal("message_id", FieldKind::Int),
        internal("record_type", FieldKind::Text),
        internal("record_id", FieldKind::Int),
    ];
    RecordType {
        icon: "mail",
        title: "code",
        subtitle: Some("subject"),
        scope: Scope::Party("party_id"),
        party: Some("party_id"),
        order: ("updated_at", true),
        views: vec![
            BuiltIn::new("printing", Filter::is("state", "printing")),
            BuiltIn::new("posted", Filter::is("state", "posted")).sort("posted_on", true),
            BuiltIn::new("returned", Filter::is("state", "returned")),
        ],
        ..RecordType::new("letter", "letter_letter", "/letters", 103, fields)
    }
}
