//! Derived columns: what comes out of one column or two, and the expression that makes it.

use super::plan::find;
use super::{Col, Kind};
use zhike_kernel::{Error, Result};

/// What a derivation gives, and its expression over `{a}` and `{b}`; `{today}` is the day's number.
pub(crate) fn derived(cols: &[Col], how: &str, a: &str, b: &str) -> Result<(Kind, String)> {
    let left = find(cols, a)?.1;
    let no_number = |c: &Col| Error::invalid("error-analysis-no-number").with("name", c.name.as_str());
    let no_day = |c: &Col| Error::invalid("error-analysis-no-day").with("name", c.name.as_str());
    let units = |c: &Col| {
        Error::invalid("error-analysis-units")
            .with("a", left.name.as_str())
            .with("b", c.name.as_str())
    };
    let right = || -> Result<&Col> {
        if b.is_empty() {
            return Err(Error::field("b", "error-required"));
        }
        Ok(find(cols, b)?.1)
    };
    let day = |c: &Col| if c.kind == Kind::Date { Ok(()) } else { Err(no_day(c)) };
    let number = |c: &Col| if c.kind.is_number() { Ok(()) } else { Err(no_number(c)) };
    let text = |sql: &str| Ok((Kind::Text, sql.to_owned()));
    let date = "CAST({a} AS DATE)";
    match how {
        "add" | "subtract" | "margin" => {
            let right = right()?;
            number(left)?;
            number(right)?;
            if left.kind != right.kind {
                return Err(units(right));
            }
            Ok(match how {
                "add" => (left.kind.clone(), "{a} + {b}".into()),
                "subtract" => (left.kind.clone(), "{a} - {b}".into()),
                _ => (Kind::Rate, "mul_div({a} - {b}, CAST(1000000 AS BIGINT), {a})".into()),
            })
        }
        "ratio" => {
            let right = right()?;
            number(left)?;
            number(right)?;
            let scale = |n: i64| format!("mul_div({{a}}, CAST({n} AS BIGINT), {{b}})");
            match (&left.kind, &right.kind) {
                (x, y) if x == y => Ok((Kind::Rate, scale(1_000_000))),
                (x, Kind::Int) => Ok((x.clone(), scale(1))),
                (x, Kind::Quantity) => Ok((x.clone(), scale(1_000))),
                _ => Err(units(right)),
            }
        }
        "times_rate" => {
            let right = right()?;
            number(left)?;
            if right.kind != Kind::Rate {
                return Err(Error::invalid("error-analysis-no-rate").with("name", right.name.as_str()));
            }
            Ok((left.kind.clone(), "mul_div({a}, {b}, CAST(1000000 AS BIGINT))".into()))
        }
        "or_zero" => {
            number(left)?;
            Ok((left.kind.clone(), "COALESCE({a}, 0)".into()))
        }
        "month" => day(left).and_then(|()| text(&format!("substr(CAST({date} AS VARCHAR), 1, 7)"))),
        "year" => day(left).and_then(|()| text(&format!("substr(CAST({date} AS VARCHAR), 1, 4)"))),
        "quarter" => day(left).and_then(|()| {
            text(&format!(
                "substr(CAST({date} AS VARCHAR), 1, 4) || '-Q' || CAST(CAST(date_part('quarter', {date}) AS BIGINT) AS VARCHAR)"
            ))
        }),
        // Monday is 1; day 0 was a Thursday.
        "weekday" => day(left).map(|()| (Kind::Int, "((({a} + 3) % 7) + 7) % 7 + 1".into())),
        "days_between" => {
            let right = right()?;
            day(left)?;
            day(right)?;
            Ok((Kind::Int, "{b} - {a}".into()))
        }
        _ => day(left).map(|()| (Kind::Int, "{today} - {a}".into())),
    }
}
