//! What is set up beside the cases: processes, causes, remedies, limits of authority and holidays.

use crate::{
    process::Definition,
    types::{FACTORS, KINDS, RESPONSIBLE},
};
use async_trait::async_trait;
use std::sync::Arc;
use zhike_kernel::{Error, Hours, Result, Value, Values};
use zhike_store::{Ctx, Field, FieldKind, Hooks, Query, Record, RecordType, Tx, binds};

/// An amount in the house's currency.
const AMOUNT: FieldKind = FieldKind::Money { currency: None };
/// Who may be given a limit; an administrator has none.
const LIMITED: &[&str] = &["service", "salesperson", "analyst", "manager"];

fn named() -> Vec<Field> {
    vec![
        Field::new("name", FieldKind::Text).required().column(),
        Field::new("name_latin", FieldKind::Text).unsorted(),
    ]
}

fn text<'a>(values: &'a Values, name: &str) -> &'a str {
    values.get(name).and_then(Value::text).unwrap_or("")
}

/// The record types.
pub(crate) fn types() -> Vec<RecordType> {
    let with = |more: Vec<Field>| [named(), more].concat();
    let process = RecordType {
        icon: "hierarchy-3",
        order: ("position", false),
        hooks: Arc::new(ProcessHooks),
        ..RecordType::new(
            "process",
            "service_process",
            "/processes",
            86,
            with(vec![
                Field::new("kind", FieldKind::Choice(KINDS))
                    .required()
                    .default("complaint")
                    .column()
                    .unsorted(),
                Field::new("position", FieldKind::Int).column(),
                Field::new("active", FieldKind::Bool)
                    .required()
                    .default("yes")
                    .column()
                    .unsorted(),
                Field::new("published", FieldKind::Int).computed().column().unsorted(),
                Field::new("changed", FieldKind::Bool).computed().unsorted(),
                Field::new("condition", FieldKind::Long).computed().internal(),
                Field::new("draft", FieldKind::Long).computed().internal(),
            ]),
        )
    };
    let cause = RecordType {
        icon: "tag",
        order: ("name", false),
        ..RecordType::new(
            "case_cause",
            "service_cause",
            "/case-causes",
            87,
            with(vec![
                Field::new("factor", FieldKind::Choice(FACTORS)).column().unsorted(),
                Field::new("responsible", FieldKind::Choice(RESPONSIBLE))
                    .column()
                    .unsorted(),
            ]),
        )
    };
    let kinds: &[&str] = &["replacement", "service", "discount", "refund", "goodwill"];
    let remedy = RecordType {
        icon: "heart-handshake",
        order: ("name", false),
        hooks: Arc::new(AmountHooks(&["amount"])),
        ..RecordType::new(
            "remedy",
            "service_remedy",
            "/remedies",
            88,
            with(vec![
                Field::new("kind", FieldKind::Choice(kinds))
                    .required()
                    .default("goodwill")
                    .column()
                    .unsorted(),
                Field::new("amount", AMOUNT).required().column(),
                Field::new("active", FieldKind::Bool)
                    .required()
                    .default("yes")
                    .column()
                    .unsorted(),
                Field::new("note", FieldKind::Text).unsorted(),
            ]),
        )
    };
    let limit = RecordType {
        icon: "scale",
        title: "role",
        order: ("updated_at", true),
        hooks: Arc::new(AmountHooks(&["per_case", "per_month"])),
        ..RecordType::new(
            "remedy_limit",
            "service_limit",
            "/remedy-limits",
            89,
            vec![
                Field::new("role", FieldKind::Choice(LIMITED))
                    .required()
                    .unique()
                    .column()
                    .unsorted(),
                Field::new("per_case", AMOUNT).required().column().unsorted(),
                Field::new("per_month", AMOUNT).required().column().unsorted(),
            ],
        )
    };
    let holiday = RecordType {
        icon: "calendar",
        title: "name",
        subtitle: Some("day"),
        order: ("day", true),
        hooks: Arc::new(HolidayHooks),
        ..RecordType::new(
            "holiday",
            "service_holiday",
            "/holidays",
            90,
            [
                vec![Field::new("day", FieldKind::Date).required().unique().column()],
                named(),
                vec![
                    Field::new("hours", FieldKind::Text)
                        .column()
                        .unsorted()
                        .aliases(&["working hours", "工作时间"]),
                ],
            ]
            .concat(),
        )
    };
    vec![process, cause, remedy, limit, holiday]
}

/// Amounts that are not below nothing.
struct AmountHooks(&'static [&'static str]);

#[async_trait]
impl Hooks for AmountHooks {
    async fn check(&self, _: &Tx, _: &Ctx, _: Option<&Record>, new: &mut Values) -> Result<()> {
        for name in self.0 {
            if new.get(*name).and_then(Value::int).is_some_and(|n| n < 0) {
                return Err(Error::field(name, "error-below-zero"));
            }
        }
        Ok(())
    }
}

struct HolidayHooks;

#[async_trait]
impl Hooks for HolidayHooks {
    async fn check(&self, _: &Tx, _: &Ctx, _: Option<&Record>, new: &mut Values) -> Result<()> {
        let hours = text(new, "hours").to_owned();
        let read = Hours::parse_day(&hours).ok_or_else(|| Error::field("hours", "error-hours"))?;
        new.insert(
            "hours".into(),
            Some(Hours::write_day(&read)).filter(|h| !h.is_empty()).into(),
        );
        Ok(())
    }
}

struct ProcessHooks;

#[async_trait]
impl Hooks for ProcessHooks {
    async fn check(&self, _: &Tx, _: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        if text(new, "draft").is_empty() {
            // A new process begins as the shortest one of its kind that can be published.
            let draft = Definition::begin(text(new, "kind"));
            new.insert("draft".into(), draft.write().into());
            new.insert("changed".into(), true.into());
        }
        if new.get("changed").is_none_or(Value::is_empty) {
            new.insert("changed".into(), false.into());
        }
        if let Some(old) = old
            && old.int("published").is_some()
            && old.text("kind") != text(new, "kind")
        {
            return Err(Error::field("kind", "error-process-kind"));
        }
        Ok(())
    }
    async fn archiving(&self, tx: &Tx, _: &Ctx, record: &Record) -> Result<()> {
        let sql = "SELECT count(*) FROM service_case WHERE process_id = $1 AND status IN ('new','working','told') AND archived_at IS NULL";
        if tx.number(sql, binds![record.id]).await? > 0 {
            return Err(Error::refused("error-process-running"));
        }
        Ok(())
    }
}
