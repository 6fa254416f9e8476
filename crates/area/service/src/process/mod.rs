//! A process: ordered steps with who does them, in which time, with which form. Running cases keep the version they began
//! with; what is edited is a draft until it is published.

pub(crate) mod api;
mod check;
pub(crate) mod edit;
pub(crate) mod page;
mod step_page;

pub(crate) use check::problems;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use zhike_kernel::{Error, Filter, Result, Values};
use zhike_store::{Ctx, Query, RecordType, binds};
use zhike_web::records::{ask::Reader, condition::Condition};

/// What happens in a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Act {
    /// Somebody does something and fills in the step's form.
    #[default]
    Work,
    /// The solution is found: cause, factor, who caused it, remedies, words for the customer.
    Solve,
    /// The customer is told.
    Tell,
    /// The customer judges.
    Verdict,
}

impl Act {
    pub(crate) const ALL: [Act; 4] = [Act::Work, Act::Solve, Act::Tell, Act::Verdict];
    pub(crate) fn word(self) -> &'static str {
        match self {
            Act::Work => "work",
            Act::Solve => "solve",
            Act::Tell => "tell",
            Act::Verdict => "verdict",
        }
    }
    pub(crate) fn of(word: &str) -> Option<Act> {
        Act::ALL.into_iter().find(|a| a.word() == word)
    }
}

/// How somebody is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Way {
    /// Whoever has the case; without anybody, the one with the fewest.
    #[default]
    Handler,
    /// Whoever answers for the customer.
    Owner,
    /// A person.
    Person,
    /// Anybody of a role or team: it waits until somebody takes it.
    Role,
    /// Of a role or team, one after the other.
    Round,
    /// Of a role or team, whoever has the fewest open cases.
    Least,
}

impl Way {
    pub(crate) const ALL: [Way; 6] = [Way::Handler, Way::Owner, Way::Person, Way::Role, Way::Round, Way::Least];
    pub(crate) fn word(self) -> &'static str {
        match self {
            Way::Handler => "handler",
            Way::Owner => "owner",
            Way::Person => "person",
            Way::Role => "role",
            Way::Round => "round",
            Way::Least => "least",
        }
    }
    pub(crate) fn of(word: &str) -> Option<Way> {
        Way::ALL.into_iter().find(|w| w.word() == word)
    }
}

/// Who does a step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Who {
    pub way: Way,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<i64>,
}

/// For some cases somebody else does it, or in another time. The first whose condition holds counts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Turn {
    pub when: Json,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub who: Option<Who>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minutes: Option<i64>,
}

/// A kind of field of a step's form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    #[default]
    Text,
    Long,
    Number,
    Date,
    Yes,
    Choice,
}

impl Kind {
    pub(crate) const ALL: [Kind; 6] = [
        Kind::Text,
        Kind::Long,
        Kind::Number,
        Kind::Date,
        Kind::Yes,
        Kind::Choice,
    ];
    pub(crate) fn word(self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::Long => "long",
            Kind::Number => "number",
            Kind::Date => "date",
            Kind::Yes => "yes",
            Kind::Choice => "choice",
        }
    }
    pub(crate) fn of(word: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|k| k.word() == word)
    }
}

/// A field of a step's form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Ask {
    pub key: String,
    pub label: String,
    pub label_en: String,
    pub kind: Kind,
    pub required: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
}

/// Business minutes past the due moment after which somebody is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Alarm {
    pub handler: i64,
    pub manager: i64,
}

impl Default for Alarm {
    fn default() -> Alarm {
        Alarm {
            handler: 0,
            manager: 60,
        }
    }
}

/// One step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Step {
    pub key: String,
    pub name: String,
    pub name_en: String,
    pub act: Act,
    pub who: Who,
    /// Business minutes; for the verdict the days of the process count.
    pub minutes: i64,
    pub alarm: Alarm,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Ask>,
    /// Left out for cases of which this does not hold.
    #[serde(skip_serializing_if = "Json::is_null")]
    pub when: Json,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub turns: Vec<Turn>,
}

impl Step {
    /// Its name for a reader.
    pub(crate) fn title(&self, latin: bool) -> &str {
        if latin && !self.name_en.is_empty() {
            &self.name_en
        } else {
            &self.name
        }
    }
}

/// A whole process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Definition {
    pub steps: Vec<Step>,
    /// Key of the step with which the next round begins.
    pub again: String,
    /// Each further round has half the time of the one before.
    pub halve: bool,
    /// Business days without a verdict after which the case ends as unanswered; the customer is told so with the solution.
    pub no_answer_days: i64,
    /// Business days after which the customer is reminded once.
    pub warn_days: i64,
}

impl Default for Definition {
    fn default() -> Definition {
        Definition {
            steps: vec![],
            again: String::new(),
            halve: true,
            no_answer_days: 10,
            warn_days: 5,
        }
    }
}

impl Definition {
    /// The shortest process of a kind.
    pub(crate) fn begin(kind: &str) -> Definition {
        let step = |key: &str, name: &str, name_en: &str, act, way| Step {
            key: key.into(),
            name: name.into(),
            name_en: name_en.into(),
            act,
            who: Who {
                way,
                role: (way == Way::Least).then(|| "service".into()),
                ..Who::default()
            },
            minutes: 480,
            ..Step::default()
        };
        let mut steps = vec![
            step("solve", "制定方案", "Solution", Act::Solve, Way::Least),
            step("tell", "告知客户", "Telling the customer", Act::Tell, Way::Handler),
        ];
        if kind == "complaint" {
            steps.push(step(
                "verdict",
                "客户评价",
                "Customer’s verdict",
                Act::Verdict,
                Way::Handler,
            ));
        }
        Definition {
            steps,
            again: "solve".into(),
            ..Definition::default()
        }
    }
    /// Reads what [`Definition::write`] wrote.
    pub(crate) fn read(text: &str) -> Result<Definition> {
        serde_json::from_str(text).map_err(Error::broken)
    }
    /// As it is kept.
    pub(crate) fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
    /// The place of a step.
    pub(crate) fn place(&self, key: &str) -> Option<usize> {
        self.steps.iter().position(|s| s.key == key)
    }
    /// The step after a place (the first one without a place) whose condition holds.
    pub(crate) fn next(&self, after: Option<usize>, holds: &dyn Fn(&Json) -> bool) -> Option<usize> {
        let from = after.map_or(0, |i| i + 1);
        (from..self.steps.len()).find(|i| self.steps.get(*i).is_some_and(|s| s.when.is_null() || holds(&s.when)))
    }
    /// Where the next round begins.
    pub(crate) fn again(&self) -> usize {
        self.place(&self.again)
            .or_else(|| self.steps.iter().position(|s| s.act == Act::Solve))
            .unwrap_or(0)
    }
    /// Minutes in a round of what is allowed in the first.
    pub(crate) fn minutes(&self, allowed: i64, round: i64) -> i64 {
        let halvings = if self.halve { (round - 1).clamp(0, 6) } else { 0 };
        (allowed >> halvings).max(allowed.min(15))
    }
}

/// Does a kept condition hold of a case? One that cannot be read does not.
pub(crate) fn holds(ctx: &Ctx, ty: &RecordType, when: &Json, values: &Values) -> bool {
    filter(ctx, ty, when).is_some_and(|f| f.holds(values, &|_| vec![]))
}

fn filter(ctx: &Ctx, ty: &RecordType, when: &Json) -> Option<Filter> {
    Condition::from_json(when)?.filter(ty, &Reader::of(ctx)).ok()
}

/// A published version.
pub(crate) async fn version(q: &dyn Query, process: i64, number: i64) -> Result<Definition> {
    let sql = "SELECT body FROM service_process_version WHERE process_id = $1 AND number = $2";
    let row = q.one(sql, binds![process, number]).await?.ok_or_else(Error::missing)?;
    Definition::read(&row.text(0)?)
}

/// The process that a new case takes: the first active one of its kind whose condition holds, with its version.
pub(crate) async fn choose(ctx: &Ctx, q: &dyn Query, ty: &RecordType, case: &Values) -> Result<Option<(i64, i64)>> {
    let kind = case
        .get("kind")
        .and_then(zhike_kernel::Value::text)
        .unwrap_or("")
        .to_owned();
    let sql = "SELECT id, published, condition FROM service_process WHERE kind = $1 AND active AND published IS NOT NULL AND archived_at IS NULL \
               ORDER BY position IS NULL, position, id";
    for row in q.all(sql, binds![kind]).await? {
        let condition = row.opt_text(2)?.unwrap_or_default();
        let fits = condition.is_empty()
            || Condition::read(&condition)
                .filter(ty, &Reader::of(ctx))
                .is_ok_and(|f| f.holds(case, &|_| vec![]));
        if fits {
            return Ok(Some((row.int(0)?, row.int(1)?)));
        }
    }
    Ok(None)
}
