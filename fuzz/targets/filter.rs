//! The JSON of filters: refused or read; what was read is written the same, runs in memory and becomes SQL or a refusal,
//! with as many values as placeholders.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use zhike_kernel::{Filter, Value, Values};
use zhike_store::{Dialect, Field, FieldKind, RecordType, Relation, filter_sql::Sql};

static TYPE: LazyLock<RecordType> = LazyLock::new(|| RecordType {
    relations: vec![Relation {
        name: "role",
        table: "thing_role",
        key: "thing_id",
        fields: vec![Field::new("role", FieldKind::Text)],
    }],
    ..RecordType::new(
        "thing",
        "thing",
        "/things",
        1,
        vec![
            Field::new("name", FieldKind::Text),
            Field::new("count", FieldKind::Int),
            Field::new("active", FieldKind::Bool),
            Field::new("on", FieldKind::Date),
            Field::new("kind", FieldKind::Choice(&["a", "b"])),
        ],
    )
});

fuzz_target!(|data: &[u8]| {
    let Ok(json) = serde_json::from_slice::<serde_json::Value>(data) else {
        return;
    };
    let Some(filter) = Filter::from_json(&json) else { return };
    assert_eq!(Filter::from_json(&filter.json()).as_ref(), Some(&filter));
    let record: Values = [
        ("name".to_owned(), Value::from("青禾 a")),
        ("count".to_owned(), Value::from(3)),
        ("active".to_owned(), Value::from(true)),
        ("on".to_owned(), Value::from("2026-02-28")),
    ]
    .into();
    let _ = filter.holds(&record, &|_| vec![record.clone()]);
    for dialect in [Dialect::Sqlite, Dialect::Postgres] {
        let mut sql = Sql::new(dialect);
        if sql.filter(&TYPE, &filter).is_ok() {
            assert_eq!(sql.text.matches('$').count(), sql.binds.len(), "{}", sql.text);
        }
    }
});
