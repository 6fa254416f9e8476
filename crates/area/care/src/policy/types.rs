//! The rules of the levels and what was opened by them.

use crate::level::types::LEVELS;
use async_trait::async_trait;
use maud::{Markup, html};
use serde::Serialize;
use std::sync::Arc;
use zhike_kernel::{Error, Result, Value, Values};
use zhike_store::{Ctx, Field, FieldKind, Hooks, Migration, Query, Record, RecordType, Tx, binds};
use zhike_web::Visit;

/// After what.
pub const AFTER: &[&str] = &["delivery", "first_order", "complaint", "contact"];
/// What is to be done.
pub const TASKS: &[&str] = &["call", "visit", "follow_up"];

/// A follow-up is opened once for a rule and what it follows; `event_on` makes the next silence of the same customer another one.
pub const STEP: Migration = Migration {
    name: "care_0002",
    up: &[
        "CREATE TABLE care_rule (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, \
         archived_at BIGINT, name TEXT NOT NULL, name_latin TEXT, level TEXT NOT NULL, after TEXT NOT NULL, days BIGINT NOT NULL, \
         task TEXT NOT NULL, due_days BIGINT NOT NULL, active BOOLEAN NOT NULL, note TEXT)",
        "CREATE INDEX care_rule_updated ON care_rule (updated_at, id)",
        "CREATE INDEX care_rule_created ON care_rule (created_at, id)",
        "CREATE INDEX care_rule_name ON care_rule (name, id)",
        "CREATE INDEX care_rule_days ON care_rule (days, id)",
        "CREATE TABLE care_follow_up (id {pk}, rule_id BIGINT NOT NULL, party_id BIGINT NOT NULL, level TEXT NOT NULL, \
         record_type TEXT NOT NULL, record_id BIGINT NOT NULL, event_on TEXT NOT NULL, opened_on TEXT NOT NULL, task_id BIGINT NOT NULL)",
        "CREATE UNIQUE INDEX care_follow_up_once ON care_follow_up (rule_id, record_type, record_id, event_on)",
        "CREATE INDEX care_follow_up_task ON care_follow_up (task_id)",
        "CREATE INDEX care_follow_up_party ON care_follow_up (party_id, id)",
        "CREATE INDEX care_follow_up_opened ON care_follow_up (opened_on, level)",
        "INSERT INTO care_rule (version, created_at, updated_at, name, name_latin, level, after, days, task, due_days, active) VALUES \
         (1, 0, 0, '首单回访：告知有问题找谁', 'First order: say whom to call when something is wrong', 'reactive', 'first_order', 3, 'call', 3, TRUE), \
         (1, 0, 0, '交货回访：是否符合预期，有何建议', 'After delivery: is it as expected, what could be better?', 'accountable', 'delivery', 7, 'call', 3, TRUE), \
         (1, 0, 0, '投诉回访：问题是否真正解决', 'After a complaint: is it really settled?', 'accountable', 'complaint', 14, 'call', 3, TRUE), \
         (1, 0, 0, '交货回访：是否符合预期，有何建议', 'After delivery: is it as expected, what could be better?', 'proactive', 'delivery', 7, 'call', 3, TRUE), \
         (1, 0, 0, '投诉回访：问题是否真正解决', 'After a complaint: is it really settled?', 'proactive', 'complaint', 7, 'call', 3, TRUE), \
         (1, 0, 0, '定期联系：介绍更好的用法或新品', 'From time to time: better use, new goods', 'proactive', 'contact', 60, 'call', 7, TRUE), \
         (1, 0, 0, '交货回访：是否符合预期，有何建议', 'After delivery: is it as expected, what could be better?', 'partnership', 'delivery', 3, 'call', 2, TRUE), \
         (1, 0, 0, '投诉走访：当面确认已经解决', 'After a complaint: visit, make sure it is settled', 'partnership', 'complaint', 3, 'visit', 3, TRUE), \
         (1, 0, 0, '共同改进：走访，寻找节约与改进', 'Together: visit, look for savings and improvements', 'partnership', 'contact', 30, 'visit', 7, TRUE)",
    ],
};

/// A rule of a level.
pub fn rule() -> RecordType {
    let fields = vec![
        Field::new("name", FieldKind::Text).required().column(),
        Field::new("name_latin", FieldKind::Text).unsorted(),
        Field::new("level", FieldKind::Choice(LEVELS))
            .required()
            .column()
            .unsorted(),
        Field::new("after", FieldKind::Choice(AFTER))
            .required()
            .column()
            .unsorted(),
        Field::new("days", FieldKind::Int).required().column(),
        Field::new("task", FieldKind::Choice(TASKS))
            .required()
            .default("call")
            .column()
            .unsorted(),
        Field::new("due_days", FieldKind::Int)
            .required()
            .default("3")
            .column()
            .unsorted(),
        Field::new("active", FieldKind::Bool)
            .required()
            .default("yes")
            .column()
            .unsorted(),
        Field::new("note", FieldKind::Long),
    ];
    RecordType {
        icon: "list-details",
        order: ("days", false),
        hooks: Arc::new(RuleHooks),
        ..RecordType::new("care_rule", "care_rule", "/care-rules", 167, fields)
    }
}

struct RuleHooks;

#[async_trait]
impl Hooks for RuleHooks {
    async fn check(&self, _: &Tx, _: &Ctx, _: Option<&Record>, new: &mut Values) -> Result<()> {
        let int = |name: &str| new.get(name).and_then(Value::int).unwrap_or(0);
        // A rhythm of no days would never end.
        let least = i64::from(new.get("after").and_then(Value::text) == Some("contact"));
        if !(least..=730).contains(&int("days")) {
            return Err(Error::field("days", "error-care-days").with("least", least));
        }
        if !(0..=90).contains(&int("due_days")) {
            return Err(Error::field("due_days", "error-care-due"));
        }
        Ok(())
    }
}

/// A rule as it is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// Its id.
    pub id: i64,
    /// What people call it.
    pub name: String,
    /// The same in Latin letters.
    pub name_latin: String,
    /// The level it belongs to.
    pub level: String,
    /// After what.
    pub after: String,
    /// After how many days.
    pub days: i64,
    /// What is to be done.
    pub task: String,
    /// Days that somebody has for it.
    pub due_days: i64,
    /// Whether it is in use.
    pub active: bool,
    /// What one should know.
    pub note: Option<String>,
}

/// All rules, by level and days.
pub async fn all(q: &dyn Query) -> Result<Vec<Rule>> {
    let sql = "SELECT id, name, name_latin, level, after, days, task, due_days, active, note FROM care_rule \
               WHERE archived_at IS NULL ORDER BY level, days, id";
    let mut out = vec![];
    for row in q.all(sql, binds![]).await? {
        out.push(Rule {
            id: row.int(0)?,
            name: row.text(1)?,
            name_latin: row.opt_text(2)?.unwrap_or_default(),
            level: row.text(3)?,
            after: row.text(4)?,
            days: row.int(5)?,
            task: row.text(6)?,
            due_days: row.int(7)?,
            active: row.bool(8)?,
            note: row.opt_text(9)?,
        });
    }
    Ok(out)
}

/// A rule in a line: "7 days after delivery: call".
pub fn words(visit: &Visit, rule: &Rule) -> Markup {
    let loc = &visit.loc;
    let named = if visit.ctx.latin && !rule.name_latin.is_empty() {
        &rule.name_latin
    } else {
        &rule.name
    };
    let args = [
        ("days", rule.days.into()),
        ("what", loc.t(&format!("care_rule-task-{}", rule.task)).into()),
    ];
    html! { span title=(named) { (loc.tv(&format!("care-rule-{}", rule.after), &args)) } }
}
