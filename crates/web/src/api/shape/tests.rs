//! What bodies tell of themselves.
#![allow(clippy::unwrap_used, reason = "tests")]
use super::*;
use serde::Deserialize;
use std::collections::BTreeMap;
use zhike_kernel::Date;

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(dead_code, reason = "only its shape matters")]
enum Way {
    ByHand,
    Machine { speed: i64 },
    Named(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only its shape matters")]
struct Line {
    product_id: i64,
    #[serde(default)]
    note: String,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "only its shape matters")]
struct Body {
    day: Date,
    version: Option<i64>,
    lines: Vec<Line>,
    #[serde(default)]
    told: bool,
    prices: BTreeMap<String, i64>,
    #[serde(default)]
    more: Option<Line>,
    anything: serde_json::Value,
}

#[test]
fn a_body_tells_what_it_takes_and_what_it_wants() {
    let schema = of::<Body>();
    assert_eq!(schema["properties"]["day"], j!({"type": "string", "format": "date"}));
    assert_eq!(schema["properties"]["version"], j!({"type": ["integer", "null"]}));
    assert_eq!(
        schema["properties"]["lines"]["items"],
        j!({
            "type": "object", "required": ["product_id"], "additionalProperties": false,
            "properties": {"product_id": {"type": "integer"}, "note": {"type": "string"}},
        })
    );
    assert_eq!(schema["properties"]["told"], j!({"type": "boolean"}));
    assert_eq!(
        schema["properties"]["prices"],
        j!({"type": "object", "additionalProperties": {"type": "integer"}})
    );
    assert_eq!(schema["properties"]["more"]["type"], j!(["object", "null"]));
    assert_eq!(schema["properties"]["anything"], j!({}));
    // `anything` may be missing only if a null may stand for it, which serde says of no value but an option's.
    assert_eq!(schema["required"], j!(["anything", "day", "lines", "prices"]));
    assert_eq!(schema.get("additionalProperties"), None);
}

#[test]
fn a_choice_tells_its_words() {
    #[derive(Deserialize)]
    #[allow(dead_code, reason = "only its shape matters")]
    enum Plain {
        A,
        B,
    }
    assert_eq!(of::<Plain>(), j!({"type": "string", "enum": ["A", "B"]}));
    let ways = of::<Way>();
    assert_eq!(
        ways["oneOf"][0]["properties"]["machine"]["properties"]["speed"]["type"],
        "integer"
    );
    assert_eq!(ways["oneOf"][1]["properties"]["named"]["type"], "string");
    assert_eq!(ways["oneOf"][2], j!({"type": "string", "enum": ["by_hand"]}));
}
