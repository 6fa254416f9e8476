//! A field's value on its way between database, form, file and API. Money, quantities and rates are scaled integers,
//! days are ISO text, instants are microseconds.

use std::collections::BTreeMap;

/// One value.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Value {
    /// Nothing there.
    #[default]
    Null,
    /// An integer, scaled or not, an id, an instant.
    Int(i64),
    /// Text or a day.
    Text(String),
    /// Yes or no.
    Bool(bool),
}

/// Values by field name.
pub type Values = BTreeMap<String, Value>;

impl Value {
    /// Nothing, or empty text.
    pub fn is_empty(&self) -> bool {
        matches!(self, Value::Null) || matches!(self, Value::Text(t) if t.is_empty())
    }
    /// The integer, if it is one.
    pub fn int(&self) -> Option<i64> {
        match self {
            Value::Int(i) => Some(*i),
            Value::Bool(b) => Some(i64::from(*b)),
            Value::Null | Value::Text(_) => None,
        }
    }
    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Value::Text(t) => Some(t),
            Value::Null | Value::Int(_) | Value::Bool(_) => None,
        }
    }
    /// The truth, if it is one.
    pub fn truth(&self) -> Option<bool> {
        match self {
            Value::Bool(b) => Some(*b),
            Value::Int(i) => Some(*i != 0),
            Value::Null | Value::Text(_) => None,
        }
    }
    /// As JSON.
    pub fn json(&self) -> serde_json::Value {
        match self {
            Value::Null => serde_json::Value::Null,
            Value::Int(i) => (*i).into(),
            Value::Text(t) => t.as_str().into(),
            Value::Bool(b) => (*b).into(),
        }
    }
    /// From JSON; `None` for lists, objects and fractions.
    pub fn from_json(json: &serde_json::Value) -> Option<Value> {
        match json {
            serde_json::Value::Null => Some(Value::Null),
            serde_json::Value::Bool(b) => Some(Value::Bool(*b)),
            serde_json::Value::Number(n) => n.as_i64().map(Value::Int),
            serde_json::Value::String(s) => Some(Value::Text(s.clone())),
            serde_json::Value::Array(_) | serde_json::Value::Object(_) => None,
        }
    }
}

impl From<i64> for Value {
    fn from(v: i64) -> Value {
        Value::Int(v)
    }
}
impl From<bool> for Value {
    fn from(v: bool) -> Value {
        Value::Bool(v)
    }
}
impl From<&str> for Value {
    fn from(v: &str) -> Value {
        Value::Text(v.to_owned())
    }
}
impl From<String> for Value {
    fn from(v: String) -> Value {
        Value::Text(v)
    }
}
impl From<jiff::civil::Date> for Value {
    fn from(v: jiff::civil::Date) -> Value {
        Value::Text(v.to_string())
    }
}
impl From<crate::Stamp> for Value {
    fn from(v: crate::Stamp) -> Value {
        Value::Int(v.0)
    }
}
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(v: Option<T>) -> Value {
        v.map_or(Value::Null, Into::into)
    }
}
