//! The steps, as they are kept and as programs send them.

use serde::{Deserialize, Serialize};
use zhike_kernel::{Error, Result};

/// So many steps a chain has at most.
pub(crate) const MOST: usize = 30;

/// One step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum Step {
    /// Facts, or records as they are now (with these columns).
    Source {
        of: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        columns: Vec<String>,
    },
    /// A query over facts.
    Sql { text: String },
    /// Only rows that hold: chips of a list, and for programs any filter.
    Filter {
        #[serde(default)]
        conditions: Vec<String>,
        #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
        filter: serde_json::Value,
    },
    /// Columns of the records that a column names (`of` empty), or sums of facts about them.
    Join {
        by: String,
        #[serde(default)]
        of: String,
        #[serde(default)]
        fields: Vec<String>,
        /// Rows without a match go.
        #[serde(default)]
        matching: bool,
    },
    /// One more column; without a name it is called by what it is.
    Derive {
        #[serde(default)]
        name: String,
        how: String,
        a: String,
        #[serde(default)]
        b: String,
    },
    /// One row for each group.
    Group {
        #[serde(default)]
        by: Vec<String>,
        #[serde(default)]
        measures: Vec<Measure>,
    },
    /// In order (`-name` downwards), the first so many.
    Sort {
        by: Vec<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limit: Option<i64>,
    },
    /// A model of customer value.
    Model {
        model: String,
        key: String,
        amount: String,
        #[serde(default)]
        date: String,
    },
    /// How the result is shown.
    Chart {
        kind: String,
        #[serde(default)]
        x: String,
        #[serde(default)]
        y: Vec<String>,
    },
}

/// A measure of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Measure {
    pub how: String,
    #[serde(default)]
    pub column: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
}

/// Words of measures.
pub(crate) const MEASURES: [&str; 7] = ["count", "sum", "mean", "least", "most", "median", "distinct"];
/// Words of derivations.
pub(crate) const DERIVED: [&str; 12] = [
    "subtract",
    "add",
    "margin",
    "ratio",
    "times_rate",
    "or_zero",
    "month",
    "quarter",
    "year",
    "weekday",
    "days_between",
    "days_ago",
];
/// Words of models.
pub(crate) const MODELS: [&str; 4] = ["whale", "pareto", "rfm", "histories"];
/// Words of charts.
pub(crate) const CHARTS: [&str; 5] = ["table", "bars", "lines", "whale", "number"];

impl Step {
    /// Its kind.
    pub fn word(&self) -> &'static str {
        match self {
            Step::Source { .. } => "source",
            Step::Sql { .. } => "sql",
            Step::Filter { .. } => "filter",
            Step::Join { .. } => "join",
            Step::Derive { .. } => "derive",
            Step::Group { .. } => "group",
            Step::Sort { .. } => "sort",
            Step::Model { .. } => "model",
            Step::Chart { .. } => "chart",
        }
    }
    /// Where rows come from.
    pub fn begins(&self) -> bool {
        matches!(self, Step::Source { .. } | Step::Sql { .. })
    }
}

/// Reads a chain that was kept; none for what is none.
pub(crate) fn read(text: &str) -> Vec<Step> {
    serde_json::from_str(text).unwrap_or_default()
}

/// A chain as it is kept.
pub(crate) fn write(steps: &[Step]) -> Result<String> {
    serde_json::to_string(steps).map_err(Error::broken)
}

/// Reads a chain that a program sent.
pub(crate) fn from_json(json: &serde_json::Value) -> Result<Vec<Step>> {
    let list = json.as_array().ok_or_else(|| Error::field("steps", "error-required"))?;
    if list.len() > MOST {
        return Err(Error::invalid("error-analysis-steps").with("most", MOST));
    }
    let mut steps = vec![];
    for (i, one) in list.iter().enumerate() {
        let step = serde_json::from_value(one.clone());
        steps.push(step.map_err(|e| {
            Error::invalid("error-analysis-step")
                .with("number", i + 1)
                .with("why", e.to_string())
        })?);
    }
    Ok(steps)
}

/// Is a column (or a permission's column) spoken of after the first step, or shown as it is?
pub(crate) fn speaks_of(steps: &[Step], name: &str) -> bool {
    let shows_rows = !steps
        .iter()
        .any(|s| matches!(s, Step::Group { .. } | Step::Model { .. }));
    let said = |step: &Step| serde_json::to_string(step).unwrap_or_default();
    let word = |text: &str| {
        text.split(|c: char| !c.is_alphanumeric() && c != '_')
            .any(|w| w == name)
    };
    shows_rows
        || steps.iter().any(|step| {
            !matches!(step, Step::Source { of, .. } if zhike_lake::bench::fact::find(of).is_some()) && word(&said(step))
        })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_chain_is_read_as_it_was_written() {
        let json = serde_json::json!([
            {"step": "source", "of": "order_line"},
            {"step": "filter", "conditions": ["net:gt:0"]},
            {"step": "group", "by": ["party_id"], "measures": [{"how": "sum", "column": "net"}]},
            {"step": "sort", "by": ["-sum_net"], "limit": 5},
            {"step": "chart", "kind": "bars", "x": "party_id", "y": ["sum_net"]},
        ]);
        let steps = from_json(&json).unwrap();
        assert_eq!(read(&write(&steps).unwrap()), steps);
        let wrong = from_json(&serde_json::json!([{"step": "source", "of": "x"}, {"step": "dance"}])).unwrap_err();
        assert_eq!(wrong.code, "error-analysis-step");
        assert!(wrong.args.contains(&("number", 2_i64.into())));
    }

    #[test]
    fn what_is_summed_away_is_not_spoken_of() {
        let by_month = from_json(&serde_json::json!([
            {"step": "source", "of": "order_line"},
            {"step": "group", "by": ["party_id"], "measures": [{"how": "sum", "column": "net"}]},
        ]))
        .unwrap();
        assert!(!speaks_of(&by_month, "cost"));
        assert!(speaks_of(&by_month, "net"));
        assert!(speaks_of(&by_month[..1], "cost"));
        let sql =
            from_json(&serde_json::json!([{"step": "sql", "text": "SELECT sum(cost) AS x FROM order_line"}])).unwrap();
        assert!(speaks_of(&sql, "cost"));
    }
}
