//! Values as the API shows and takes them: amounts, quantities and rates as exact decimals in strings, days in ISO form,
//! instants in RFC 3339, references as ids, several words as a list.

use serde_json::{Map, Value as Json};
use zhike_kernel::{Currency, Error, FieldError, Result, Value, Values};
use zhike_store::{Ctx, Field, FieldKind, Record, RecordType, Source, write};

/// A value as JSON.
pub fn show(field: &Field, value: &Value, currency: Currency) -> Json {
    match (field.kind, value) {
        (FieldKind::Many(_), v) => v.text().unwrap_or("").split_whitespace().collect(),
        (FieldKind::Quantity | FieldKind::Money { .. } | FieldKind::Rate | FieldKind::Stamp, Value::Int(_)) => {
            field.write(value, currency).into()
        }
        (FieldKind::Bool, v) => v.truth().into(),
        (_, v) => v.json(),
    }
}

/// A field of a record as JSON, money in the record's currency.
pub fn of(ctx: &Ctx, field: &Field, values: &Values) -> Json {
    let currency = write::currency_for(ctx, field, |name| {
        values.get(name).and_then(Value::text).map(str::to_owned)
    });
    let value = values.get(field.name).unwrap_or(&Value::Null);
    match value {
        Value::Text(text) if !ctx.unmasks(field) => field.mask(text).into(),
        value => show(field, value, currency),
    }
}

/// Puts fields of a row into an object: what is hidden for these eyes is left out and named in `hidden`, what is masked
/// is named in `masked`.
pub fn put<'a>(ctx: &Ctx, map: &mut Map<String, Json>, fields: impl Iterator<Item = &'a Field>, values: &Values) {
    let (mut hidden, mut masked): (Vec<&str>, Vec<&str>) = (vec![], vec![]);
    for field in fields {
        if !ctx.sees(field) {
            hidden.push(field.name);
            continue;
        }
        if !ctx.unmasks(field) && values.get(field.name).is_some_and(|v| !v.is_empty()) {
            masked.push(field.name);
        }
        map.insert(field.name.into(), of(ctx, field, values));
    }
    for (name, fields) in [("hidden", hidden), ("masked", masked)] {
        if !fields.is_empty() {
            map.insert(name.into(), fields.into());
        }
    }
}

/// A whole record as JSON.
pub fn record(ctx: &Ctx, ty: &RecordType, record: &Record) -> Map<String, Json> {
    let mut map = Map::new();
    map.insert("id".into(), record.id.into());
    map.insert("version".into(), record.version.into());
    put(ctx, &mut map, ty.fields.iter(), &record.values);
    map.insert("created_at".into(), record.created_at.rfc3339().into());
    map.insert("updated_at".into(), record.updated_at.rfc3339().into());
    map.insert("archived_at".into(), record.archived_at.map(|s| s.rfc3339()).into());
    map
}

/// Reads what a body says, all complaints at once. `old` gives the currency of amounts that come without one.
pub fn read(ctx: &Ctx, ty: &RecordType, old: Option<&Record>, body: &Map<String, Json>) -> Result<Values> {
    let (mut unknown, mut wrong, mut pairs) = (vec![], vec![], vec![]);
    for (name, json) in body {
        if let Some(field) = ty.field(name).filter(|f| f.source == Source::Own && !ctx.sees(f)) {
            return Err(zhike_store::sight::hidden(field));
        }
        match ty.field(name).filter(|f| f.editable && f.source == Source::Own) {
            None => unknown.push(name.as_str()),
            Some(field) => match text(field, json) {
                Ok(text) => pairs.push((name.clone(), text)),
                Err(e) => wrong.push(e),
            },
        }
    }
    if !unknown.is_empty() {
        return Err(no_such_fields(&unknown));
    }
    match write::read_input(ctx, ty, old, &pairs) {
        Ok(values) if wrong.is_empty() => Ok(values),
        Ok(_) => Err(Error::fields(wrong)),
        Err(mut e) => {
            e.fields.extend(wrong);
            Err(e)
        }
    }
}

/// The refusal of names that the type does not have (or does not let be written).
pub fn no_such_fields(names: &[&str]) -> Error {
    let fields = names
        .iter()
        .map(|name| FieldError {
            field: (*name).to_owned(),
            code: "error-no-such-field",
            args: vec![("field", (*name).into())],
        })
        .collect();
    Error {
        fields,
        ..Error::invalid("error-no-such-field").with("field", names.join(", "))
    }
}

/// What a field's own reader takes.
fn text(field: &Field, json: &Json) -> Result<String, FieldError> {
    let wrong = |code| FieldError {
        field: field.name.to_owned(),
        code,
        args: vec![],
    };
    let scaled = matches!(
        field.kind,
        FieldKind::Quantity | FieldKind::Money { .. } | FieldKind::Rate
    );
    match (json, field.kind) {
        (Json::Null, _) => Ok(String::new()),
        (Json::String(s), _) => Ok(s.clone()),
        (Json::Bool(b), FieldKind::Bool) => Ok(if *b { "yes" } else { "no" }.to_owned()),
        (Json::Number(_), FieldKind::Bool | FieldKind::Date | FieldKind::Stamp | FieldKind::Many(_)) => {
            Err(wrong("error-json-kind"))
        }
        (Json::Number(n), _) if n.is_i64() || n.is_u64() => Ok(n.to_string()),
        (Json::Number(n), _) if scaled => {
            let text = n.to_string();
            // Up to 15 digits survive the way through a floating point number; more must come as a string.
            if text.chars().filter(char::is_ascii_digit).count() <= 15 {
                Ok(text)
            } else {
                Err(wrong("error-json-inexact"))
            }
        }
        (Json::Array(words), FieldKind::Many(known)) => words
            .iter()
            .map(|w| {
                let word = w.as_str().ok_or_else(|| wrong("error-json-kind"))?;
                if known.contains(&word) {
                    Ok(word)
                } else {
                    Err(wrong("error-not-a-choice"))
                }
            })
            .collect::<Result<Vec<_>, _>>()
            .map(|w| w.join(" ")),
        _ => Err(wrong("error-json-kind")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const MONEY: FieldKind = FieldKind::Money { currency: None };

    fn round(kind: FieldKind, json: Json) -> Result<Json, &'static str> {
        let field = Field::new("f", kind);
        let text = text(&field, &json).map_err(|e| e.code)?;
        let value = field.parse(&text, Currency::CNY).map_err(|e| e.code)?;
        Ok(show(&field, &value, Currency::CNY))
    }

    #[test]
    fn amounts_are_exact_decimals() {
        assert_eq!(round(MONEY, json!("12.5")), Ok(json!("12.50")));
        assert_eq!(round(MONEY, json!(12)), Ok(json!("12.00")));
        assert_eq!(round(MONEY, json!(0.1)), Ok(json!("0.10")));
        assert_eq!(round(MONEY, json!(0.125)), Err("error-too-precise"));
        assert_eq!(round(MONEY, json!(1_234_567_890_123.456_7)), Err("error-json-inexact"));
        assert_eq!(
            round(MONEY, json!("92233720368547758.07")),
            Ok(json!("92233720368547758.07"))
        );
        assert_eq!(round(MONEY, json!(true)), Err("error-json-kind"));
        assert_eq!(round(FieldKind::Quantity, json!("10")), Ok(json!("10")));
        assert_eq!(round(FieldKind::Rate, json!("13.5")), Ok(json!("13.5")));
        assert_eq!(round(FieldKind::Int, json!(1.5)), Err("error-json-kind"));
    }

    #[test]
    fn lists_days_truths_and_nothing() {
        const WORDS: FieldKind = FieldKind::Many(&["a", "b"]);
        assert_eq!(round(WORDS, json!(["b", "a"])), Ok(json!(["a", "b"])));
        assert_eq!(round(WORDS, json!("b")), Ok(json!(["b"])));
        assert_eq!(round(WORDS, json!([])), Ok(json!([])));
        assert_eq!(round(WORDS, json!(["c"])), Err("error-not-a-choice"));
        assert_eq!(round(FieldKind::Date, json!("2026-06-30")), Ok(json!("2026-06-30")));
        assert_eq!(round(FieldKind::Date, json!(20_260_630)), Err("error-json-kind"));
        let at = "2026-06-30T02:00:00Z";
        assert_eq!(round(FieldKind::Stamp, json!(at)), Ok(json!(at)));
        assert_eq!(round(FieldKind::Bool, json!(false)), Ok(json!(false)));
        assert_eq!(round(FieldKind::Ref("party"), json!(7)), Ok(json!(7)));
        assert_eq!(round(FieldKind::Text, json!(null)), Ok(Json::Null));
        assert_eq!(round(FieldKind::Text, json!({"a": 1})), Err("error-json-kind"));
    }
}
