//! Mappings as people write them.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use super::*;

const TEXT: &str = r#"
name = "classicmodels"
[[step]]
file = "customers.csv"
into = "party"
key = "external_key"
currency = "USD"
[step.columns]
external_key = "customerNumber"
roles = { const = "customer" }
address = { join = ["addressLine1", "addressLine2"], with = ", " }
owner_id = { column = "rep", ref = "login", prefix = "rep", optional = true }
[[step]]
file = "lines.csv"
into = "order_line"
mode = "create"
where = { column = "InvoiceNo", begins = "C" }
[step.columns]
quantity = { column = "Quantity", scale = "-1" }
unit_price = { column = "amount", per = "Quantity" }
[step.parent]
key = "external_key"
columns = { external_key = "InvoiceNo", kind = { const = "return" } }
[[step]]
into = "stage"
key = ["pipeline_id", "name"]
rows = [ { pipeline_id = "Sales", name = "Won", position = 3, probability = 100 } ]
"#;

#[test]
fn reads_toml_and_writes_json_that_reads_the_same() {
    let mapping = Mapping::parse(TEXT).unwrap();
    assert_eq!(mapping.steps.len(), 3);
    assert_eq!(mapping.steps[0].mode, Mode::Upsert);
    assert_eq!(mapping.steps[1].parent.as_ref().unwrap().key, "external_key");
    assert_eq!(mapping.steps[2].rows[0]["position"].to_string(), "3");
    assert_eq!(Mapping::parse(&mapping.json()).unwrap(), mapping);
}

#[test]
fn refuses_what_is_not_known_or_lies_elsewhere() {
    for (text, code) in [
        ("name = 'x'", "error-import-mapping"),
        ("[[step]]\ninto='party'\nfile='a.csv'\nfoo=1", "error-import-mapping"),
        ("[[step]]\ninto='party'", "error-import-mapping"),
        ("[[step]]\ninto='party'\nfile='../a.csv'", "error-import-path"),
        ("[[step]]\ninto='party'\nfile='/etc/passwd'", "error-import-path"),
    ] {
        assert_eq!(Mapping::parse(text).unwrap_err().code, code, "{text}");
    }
}

#[test]
fn conditions_hold_together() {
    let c = Condition {
        begins_not: Some("C".into()),
        not: Some(Names::One(String::new())),
        ..Condition::default()
    };
    assert!(c.holds("536365"));
    assert!(!c.holds("C536365"));
    assert!(!c.holds(""));
    let c = Condition {
        above: Some(0.0),
        below: Some(10.0),
        ..Condition::default()
    };
    assert!(c.holds("9.5") && !c.holds("0") && !c.holds("ten"));
}
