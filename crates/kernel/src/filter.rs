//! The one filter language: a small tree that is a saved view, a segment, a permission scope or an import match.
//! It compiles to SQL in `store`; here it is written, read and run in memory.

use crate::value::{Value, Values};
use serde::{Deserialize, Serialize};

/// How a field is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// Equal.
    Is,
    /// Different (nothing is different from something).
    Not,
    /// One of a list.
    In,
    /// Text contains, ignoring case of ASCII letters.
    Has,
    /// Text begins with, ignoring case of ASCII letters.
    Begins,
    /// Less.
    Lt,
    /// Less or equal.
    Le,
    /// Greater.
    Gt,
    /// Greater or equal.
    Ge,
    /// Nothing there.
    Empty,
    /// Something there.
    Filled,
}

impl Op {
    /// All operators.
    pub const ALL: [Op; 11] = [
        Op::Is,
        Op::Not,
        Op::In,
        Op::Has,
        Op::Begins,
        Op::Lt,
        Op::Le,
        Op::Gt,
        Op::Ge,
        Op::Empty,
        Op::Filled,
    ];
    /// The word used in addresses and saved views.
    pub fn name(self) -> &'static str {
        match self {
            Op::Is => "is",
            Op::Not => "not",
            Op::In => "in",
            Op::Has => "has",
            Op::Begins => "begins",
            Op::Lt => "lt",
            Op::Le => "le",
            Op::Gt => "gt",
            Op::Ge => "ge",
            Op::Empty => "empty",
            Op::Filled => "filled",
        }
    }
    /// Reads the word back.
    pub fn parse(name: &str) -> Option<Op> {
        Op::ALL.into_iter().find(|o| o.name() == name)
    }
}

/// A condition. A comparison with a field that is empty is false, except [`Op::Not`] and [`Op::Empty`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Filter {
    /// Everything in it holds; empty means "all records".
    All(Vec<Filter>),
    /// At least one holds; empty means "no record".
    Any(Vec<Filter>),
    /// The contrary.
    None(Box<Filter>),
    /// A field compared with values ([`Op::In`] takes several, [`Op::Empty`] none, the others one).
    Field {
        /// Name of the field.
        field: String,
        /// How it is compared.
        op: Op,
        /// With what.
        values: Vec<Value>,
    },
    /// The record has (or a child of it has) a related row: `relation` is declared in the registry, e.g. `role`.
    Exists {
        /// Name of the relation.
        relation: String,
        /// What must hold of one of its rows.
        filter: Box<Filter>,
    },
}

impl Default for Filter {
    fn default() -> Filter {
        Filter::All(vec![])
    }
}

impl Filter {
    /// `field op value`.
    pub fn field(field: &str, op: Op, value: impl Into<Value>) -> Filter {
        Filter::Field {
            field: field.to_owned(),
            op,
            values: vec![value.into()],
        }
    }
    /// `field = value`.
    pub fn is(field: &str, value: impl Into<Value>) -> Filter {
        Filter::field(field, Op::Is, value)
    }
    /// Both hold.
    pub fn and(self, other: Filter) -> Filter {
        match self {
            Filter::All(mut all) => {
                all.push(other);
                Filter::All(all)
            }
            one => Filter::All(vec![one, other]),
        }
    }
    /// True when nothing is asked.
    pub fn is_everything(&self) -> bool {
        matches!(self, Filter::All(all) if all.is_empty())
    }

    /// Does a record hold? `related` answers for [`Filter::Exists`]: the rows of a relation.
    pub fn holds(&self, record: &Values, related: &dyn Fn(&str) -> Vec<Values>) -> bool {
        match self {
            Filter::All(all) => all.iter().all(|f| f.holds(record, related)),
            Filter::Any(any) => any.iter().any(|f| f.holds(record, related)),
            Filter::None(f) => !f.holds(record, related),
            Filter::Exists { relation, filter } => related(relation).iter().any(|row| filter.holds(row, related)),
            Filter::Field { field, op, values } => {
                let have = record.get(field).unwrap_or(&Value::Null);
                let want = values.first().unwrap_or(&Value::Null);
                match op {
                    Op::Empty => have.is_empty(),
                    Op::Filled => !have.is_empty(),
                    Op::Not => *have == Value::Null || !same(have, want),
                    Op::Is => same(have, want),
                    Op::In => values.iter().any(|v| same(have, v)),
                    Op::Has | Op::Begins => match (have.text(), want.text()) {
                        (Some(h), Some(w)) => {
                            let (h, w) = (h.to_ascii_lowercase(), w.to_ascii_lowercase());
                            if *op == Op::Has {
                                h.contains(&w)
                            } else {
                                h.starts_with(&w)
                            }
                        }
                        _ => false,
                    },
                    Op::Lt => order(have, want).is_some_and(|o| o.is_lt()),
                    Op::Le => order(have, want).is_some_and(|o| o.is_le()),
                    Op::Gt => order(have, want).is_some_and(|o| o.is_gt()),
                    Op::Ge => order(have, want).is_some_and(|o| o.is_ge()),
                }
            }
        }
    }

    /// As JSON: `{"all":[…]}`, `{"any":[…]}`, `{"none":…}`, `{"field":"…","op":"is","values":[…]}`, `{"exists":"role","where":…}`.
    pub fn json(&self) -> serde_json::Value {
        use serde_json::json;
        match self {
            Filter::All(v) => json!({"all": v.iter().map(Filter::json).collect::<Vec<_>>()}),
            Filter::Any(v) => json!({"any": v.iter().map(Filter::json).collect::<Vec<_>>()}),
            Filter::None(f) => json!({"none": f.json()}),
            Filter::Field { field, op, values } => {
                json!({"field": field, "op": op.name(), "values": values.iter().map(Value::json).collect::<Vec<_>>()})
            }
            Filter::Exists { relation, filter } => {
                json!({"exists": relation, "where": filter.json()})
            }
        }
    }

    /// Reads the JSON form; `None` when it is not one (also beyond 12 levels or 200 parts).
    pub fn from_json(json: &serde_json::Value) -> Option<Filter> {
        let mut budget = 200;
        read(json, 12, &mut budget)
    }
}

fn read(json: &serde_json::Value, depth: u32, budget: &mut u32) -> Option<Filter> {
    *budget = budget.checked_sub(1)?;
    let depth = depth.checked_sub(1)?;
    let object = json.as_object()?;
    let mut list = |key: &str| -> Option<Option<Vec<Filter>>> {
        match object.get(key) {
            None => Some(None),
            Some(v) => v
                .as_array()?
                .iter()
                .map(|f| read(f, depth, budget))
                .collect::<Option<Vec<_>>>()
                .map(Some),
        }
    };
    if let Some(all) = list("all")? {
        return Some(Filter::All(all));
    }
    if let Some(any) = list("any")? {
        return Some(Filter::Any(any));
    }
    if let Some(none) = object.get("none") {
        return Some(Filter::None(Box::new(read(none, depth, budget)?)));
    }
    if let Some(relation) = object.get("exists") {
        let filter = object
            .get("where")
            .map_or(Some(Filter::default()), |w| read(w, depth, budget))?;
        return Some(Filter::Exists {
            relation: relation.as_str()?.to_owned(),
            filter: Box::new(filter),
        });
    }
    let field = object.get("field")?.as_str()?.to_owned();
    let op = Op::parse(object.get("op")?.as_str()?)?;
    let values = match object.get("values") {
        None => vec![],
        Some(v) => v.as_array()?.iter().map(Value::from_json).collect::<Option<Vec<_>>>()?,
    };
    Some(Filter::Field { field, op, values })
}

fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Null, _) | (_, Value::Null) => false,
        (Value::Bool(x), y) | (y, Value::Bool(x)) => y.truth() == Some(*x),
        _ => a == b,
    }
}

fn order(a: &Value, b: &Value) -> Option<std::cmp::Ordering> {
    match (a, b) {
        (Value::Int(x), Value::Int(y)) => Some(x.cmp(y)),
        (Value::Text(x), Value::Text(y)) => Some(x.cmp(y)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_round_trip() {
        let f = Filter::All(vec![
            Filter::is("owner", 3),
            Filter::Any(vec![
                Filter::field("name", Op::Has, "乳业"),
                Filter::None(Box::new(Filter::is("active", true))),
            ]),
            Filter::Exists {
                relation: "role".into(),
                filter: Box::new(Filter::is("role", "customer")),
            },
        ]);
        assert_eq!(Filter::from_json(&f.json()), Some(f));
    }

    #[test]
    fn refuses_a_bottomless_tree() {
        let mut json = serde_json::json!({"all": []});
        for _ in 0..50 {
            json = serde_json::json!({"none": json});
        }
        assert_eq!(Filter::from_json(&json), None);
    }
}
