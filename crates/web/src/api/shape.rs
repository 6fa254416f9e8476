//! What a JSON body looks like, found out by asking the type itself: its `Deserialize` is run on made-up input that notes
//! what is asked for at each place. So every route that takes [`crate::Json`] is described without a second declaration
//! that could differ from the first. (`schemars` would want a derive on each of some two hundred private types.)

mod probe;

use probe::{Asked, Notes, Probe, Step};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json, json as j};
use std::cell::RefCell;

/// Structs within structs, at most; deeper is described as any object.
const DEEPEST: usize = 6;
/// Texts tried where a type takes not any text: a day, a moment, an hour, an amount, a language, a currency.
const TEXTS: &[&str] = &[
    "a",
    "2026-01-31",
    "2026-01-31T08:00:00Z",
    "08:00",
    "1",
    "en",
    "CNY",
    "owner",
];

/// JSON Schema of the type.
pub fn of<T: DeserializeOwned>() -> Json {
    let found = look(&|probe| T::deserialize(probe).err().map(|e| e.0), &mut vec![], 0);
    let mut schema = found.schema;
    demand::<T>(&mut schema, &found.sample);
    schema
}

/// Runs the type on a probe and tells the refusal's words.
type Run<'a> = &'a dyn Fn(Probe<'_>) -> Option<String>;

/// What was found at a place: its schema, and a value that is taken there.
struct Found {
    schema: Json,
    sample: Json,
}

/// The schema of a place and what is below it.
fn look(run: Run<'_>, path: &mut Vec<Step>, deep: usize) -> Found {
    let notes = RefCell::new(Notes::default());
    run(Probe {
        path,
        give: None,
        notes: &notes,
    });
    let Notes { asked, optional } = notes.into_inner();
    let below = |path: &mut Vec<Step>, step: Step| {
        path.push(step);
        let found = look(run, path, deep + 1);
        path.pop();
        found
    };
    let mut found = match asked {
        Asked::Struct(fields) if deep < DEEPEST => {
            let (mut properties, mut sample) = (Map::new(), Map::new());
            for field in fields.iter().copied() {
                let inner = below(path, Step::Field(field));
                properties.insert(field.into(), inner.schema);
                sample.insert(field.into(), inner.sample);
            }
            Found {
                schema: j!({"type": "object", "properties": properties}),
                sample: sample.into(),
            }
        }
        Asked::List if deep < DEEPEST => {
            let inner = below(path, Step::Item);
            Found {
                schema: j!({"type": "array", "items": inner.schema}),
                sample: j!([inner.sample]),
            }
        }
        Asked::Map if deep < DEEPEST => {
            let inner = below(path, Step::Key);
            Found {
                schema: j!({"type": "object", "additionalProperties": inner.schema}),
                sample: j!({}),
            }
        }
        Asked::Enum(words) if deep < DEEPEST => one_of(words, |word| below(path, Step::Variant(word))),
        Asked::Struct(..) | Asked::Map | Asked::Enum(_) => plain("object", j!({})),
        Asked::List => plain("array", j!([])),
        Asked::Bool => plain("boolean", j!(true)),
        Asked::Whole => plain("integer", j!(1)),
        Asked::Number => plain("number", j!(1)),
        Asked::Unit => plain("null", Json::Null),
        Asked::Text => text(run, path),
        Asked::Any | Asked::Nothing => Found {
            schema: j!({}),
            sample: Json::Null,
        },
    };
    if optional {
        found.schema = match found.schema.get("type") {
            Some(Json::String(one)) => {
                let both = j!([one, "null"]);
                let mut schema = found.schema;
                schema["type"] = both;
                schema
            }
            _ if found.schema == j!({}) => found.schema,
            _ => j!({"anyOf": [found.schema, {"type": "null"}]}),
        };
    }
    found
}

fn plain(kind: &str, sample: Json) -> Found {
    Found {
        schema: j!({"type": kind}),
        sample,
    }
}

/// A text, and one that the type takes.
fn text(run: Run<'_>, path: &[Step]) -> Found {
    let taken = TEXTS.iter().find(|text| {
        let notes = RefCell::new(Notes::default());
        let refused = run(Probe {
            path,
            give: Some(text),
            notes: &notes,
        });
        refused.is_none_or(|words| words.starts_with("missing field"))
    });
    let mut found = plain("string", j!(taken.copied().unwrap_or_default()));
    let format = match taken.copied() {
        Some("2026-01-31") => "date",
        Some("2026-01-31T08:00:00Z") => "date-time",
        _ => return found,
    };
    found.schema["format"] = format.into();
    found
}

/// A choice of words, some of which may carry content.
fn one_of(words: &[&'static str], mut content: impl FnMut(&'static str) -> Found) -> Found {
    let (mut bare, mut full) = (vec![], vec![]);
    for word in words.iter().copied() {
        let inner = content(word);
        if inner.schema["type"] == "null" {
            bare.push(word);
        } else {
            let mut properties = Map::new();
            properties.insert(word.into(), inner.schema);
            full.push(j!({"type": "object", "required": [word], "properties": properties}));
        }
    }
    let sample = bare.first().map_or(Json::Null, |w| j!(w));
    let choice = j!({"type": "string", "enum": bare});
    let schema = match (bare.is_empty(), full.is_empty()) {
        (false, true) => choice,
        (true, _) => j!({"oneOf": full}),
        (false, false) => {
            full.push(choice);
            j!({"oneOf": full})
        }
    };
    Found { schema, sample }
}

/// Marks what must be there, and that nothing else may be: a full sample is read with one thing less, or more, each time.
fn demand<T: DeserializeOwned>(schema: &mut Json, sample: &Json) {
    let refused = |value: &Json| serde_json::from_value::<T>(value.clone()).err().map(|e| e.to_string());
    if refused(sample).is_none() {
        mark(schema, sample, &mut vec![], &|pointer, change| {
            let mut value = sample.clone();
            if let Some(Json::Object(map)) = value.pointer_mut(pointer) {
                change(map);
            }
            refused(&value)
        });
    }
}

type Without<'a> = &'a dyn Fn(&str, &dyn Fn(&mut Map<String, Json>)) -> Option<String>;

fn mark(schema: &mut Json, sample: &Json, path: &mut Vec<String>, without: Without<'_>) {
    let pointer: String = path.iter().map(|p| format!("/{p}")).collect();
    match sample {
        Json::Object(map) if schema.get("properties").is_some() => {
            let needed: Vec<&String> = map
                .keys()
                .filter(|name| {
                    let said = without(&pointer, &|map| {
                        map.remove(name.as_str());
                    });
                    said.is_some_and(|words| words.starts_with(&format!("missing field `{name}`")))
                })
                .collect();
            let closed = without(&pointer, &|map| {
                map.insert("no such field".into(), Json::Null);
            });
            if !needed.is_empty() {
                schema["required"] = j!(needed);
            }
            if closed.is_some_and(|words| words.starts_with("unknown field")) {
                schema["additionalProperties"] = false.into();
            }
            for (name, inner) in map {
                path.push(name.clone());
                if let Some(below) = schema.pointer_mut(&format!("/properties/{name}")) {
                    mark(below, inner, path, without);
                }
                path.pop();
            }
        }
        Json::Array(items) => {
            if let (Some(first), Some(below)) = (items.first(), schema.get_mut("items")) {
                path.push("0".into());
                mark(below, first, path, without);
                path.pop();
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests;
