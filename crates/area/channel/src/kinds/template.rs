//! Templates with `{to}`, `{text}` … in them, places within an answer, and telephone numbers in the form a provider wants.

use regex::Regex;
use serde_json::Value as Json;
use zhike_kernel::text::{digits, fold_width};

/// How a value is written where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Into {
    /// Within quotes of JSON.
    Json,
    /// In a form or a query.
    Form,
    /// In a header: no line breaks.
    Header,
}

fn written(value: &str, how: Into) -> String {
    match how {
        Into::Json => {
            let quoted = Json::from(value).to_string();
            let inside = quoted.strip_prefix('"').and_then(|q| q.strip_suffix('"'));
            inside.unwrap_or("").to_owned()
        }
        Into::Form => zhike_web::input::percent_encode(value).replace('/', "%2F"),
        Into::Header => value.chars().filter(|c| !c.is_control()).collect(),
    }
}

/// Puts values in. What stands in braces and is no known name stays as it is.
pub(crate) fn fill(template: &str, values: &[(&str, &str)], how: Into) -> String {
    let mut out = String::with_capacity(template.len() + 100);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let known = after
            .split_once('}')
            .and_then(|(name, tail)| Some((values.iter().find(|(n, _)| *n == name)?.1, tail)));
        match known {
            Some((value, tail)) => {
                out.push_str(&written(value, how));
                rest = tail;
            }
            None => {
                out.push('{');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// A scalar as text.
fn plain(value: &Json) -> Option<String> {
    match value {
        Json::String(s) => Some(s.trim().to_owned()),
        Json::Number(n) => Some(n.to_string()),
        Json::Bool(b) => Some(b.to_string()),
        _ => None,
    }
}

/// What stands at a place: `/data/0/id` is a path into JSON, `re:…` a pattern over the text whose first group counts.
pub(crate) fn at(place: &str, body: &str, json: Option<&Json>) -> Option<String> {
    if let Some(pattern) = place.strip_prefix("re:") {
        let found = Regex::new(pattern).ok()?.captures(body)?;
        return found.get(1).or(found.get(0)).map(|m| m.as_str().trim().to_owned());
    }
    json?.pointer(place).and_then(plain)
}

/// Is it a place that can be looked at?
pub(crate) fn is_place(place: &str) -> bool {
    match place.strip_prefix("re:") {
        Some(pattern) => pattern.len() <= 300 && Regex::new(pattern).is_ok(),
        None => place.is_empty() || place.starts_with('/'),
    }
}

/// Is the value one of the words, which stand there by commas?
pub(crate) fn among(value: &str, words: &str) -> bool {
    words.split([',', '，']).any(|w| w.trim().eq_ignore_ascii_case(value))
}

/// The things that a body holds: the list at a place, or itself.
pub(crate) fn items<'a>(body: &'a Json, place: &str) -> Vec<&'a Json> {
    let found = if place.is_empty() {
        Some(body)
    } else {
        body.pointer(place)
    };
    match found {
        Some(Json::Array(all)) => all.iter().take(500).collect(),
        Some(one) => vec![one],
        None => vec![],
    }
}

/// A number with its country: `+8613800001234`.
pub(crate) fn number(raw: &str, country: &str) -> String {
    let folded = fold_width(raw);
    let all = digits(&folded);
    let country = digits(country);
    let whole = folded.trim_start().starts_with('+');
    let national = match all.strip_prefix("00") {
        Some(rest) => return format!("+{rest}"),
        None if whole => return format!("+{all}"),
        None => all.trim_start_matches('0'),
    };
    // A short number of a service has no country.
    if national.len() < 7 {
        return national.to_owned();
    }
    // A number that is long enough and begins with the country has it already.
    if !country.is_empty()
        && national.starts_with(&country)
        && national.len() > 10
        && national.len() >= country.len() + 10
    {
        return format!("+{national}");
    }
    format!("+{country}{national}")
}

/// The same in the form that a provider wants.
pub(crate) fn spread(raw: &str, country: &str, form: &str) -> String {
    let whole = number(raw, country);
    let bare = whole.trim_start_matches('+');
    match form {
        "e164" => whole,
        "digits" => bare.to_owned(),
        "national" => bare.strip_prefix(digits(country).as_str()).unwrap_or(bare).to_owned(),
        _ => raw.trim().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_safely_where_they_are_put() {
        let values = [("text", "他说\"好\"\n{to}&"), ("to", "1")];
        let json = fill(r#"{"t":"{text}","to":"{to}","x":{}}"#, &values, Into::Json);
        assert_eq!(serde_json::from_str::<Json>(&json).unwrap()["t"], "他说\"好\"\n{to}&");
        assert_eq!(
            fill("a={text}", &[("text", "a&b=c/ü")], Into::Form),
            "a=a%26b%3Dc%2F%C3%BC"
        );
        assert_eq!(fill("Key {k}", &[("k", "x\r\nEvil: 1")], Into::Header), "Key xEvil: 1");
        assert_eq!(fill("{unknown} { {to", &values, Into::Json), "{unknown} { {to");
    }

    #[test]
    fn finds_places_in_answers() {
        let body = r#"{"code":0,"data":[{"id":" m1 "}]}"#;
        let json: Json = serde_json::from_str(body).unwrap();
        assert_eq!(at("/data/0/id", body, Some(&json)).as_deref(), Some("m1"));
        assert_eq!(at("/code", body, Some(&json)).as_deref(), Some("0"));
        assert_eq!(at("re:OK,(\\d+)", "OK,991", None).as_deref(), Some("991"));
        assert_eq!(at("/data", body, Some(&json)), None);
        assert!(is_place("re:a(b)") && !is_place("re:a(b") && !is_place("data"));
        assert!(among("ok", "0, OK") && !among("1", "0,OK"));
    }

    #[test]
    fn numbers_in_every_form() {
        for raw in [
            "138 0000 1234",
            "+86 138-0000-1234",
            "008613800001234",
            "8613800001234",
            "１３８００００１２３４",
        ] {
            assert_eq!(number(raw, "86"), "+8613800001234", "{raw}");
        }
        assert_eq!(number("0512 6688 7700", "86"), "+8651266887700");
        assert_eq!(
            (number("10086", "86").as_str(), number("no number", "86").as_str()),
            ("10086", "")
        );
        assert_eq!(number("+44 20 7946 0000", "86"), "+442079460000");
        assert_eq!(spread("+8613800001234", "86", "national"), "13800001234");
        assert_eq!(spread("13800001234", "86", "digits"), "8613800001234");
        assert_eq!(spread("+442079460000", "86", "national"), "442079460000");
    }
}
