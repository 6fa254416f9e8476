//! Reading one field out of a row.

use super::{Cell, Draft, RowError};
use crate::source::Row;
use jiff::{civil, tz::TimeZone};
use std::borrow::Cow;
use zhike_kernel::{Currency, Stamp, Value, error::FieldError, money::mul_div, number, text::fold};
use zhike_store::{FieldKind, field::parse_date};

impl Cell {
    /// What the cell holds: joined, trimmed, mapped; empty when there is nothing.
    pub fn text<'a>(&'a self, row: &'a Row) -> Cow<'a, str> {
        if let Some(constant) = &self.constant {
            return Cow::Borrowed(constant);
        }
        let mut text: Cow<'a, str> = match self.from.as_slice() {
            [one] => Cow::Borrowed(row.get(*one)),
            many => {
                let parts: Vec<&str> = many.iter().map(|i| row.get(*i)).filter(|t| !t.is_empty()).collect();
                Cow::Owned(parts.join(self.rule.with.as_deref().unwrap_or(" ")))
            }
        };
        if self.twice
            && let Some(once) = decoded_once(&text)
        {
            text = Cow::Owned(once);
        }
        if let Some(start) = &self.rule.trim_prefix
            && let Some(rest) = text.strip_prefix(start.as_str())
        {
            text = Cow::Owned(rest.to_owned());
        }
        for (what, by) in &self.rule.replace {
            if text.contains(what.as_str()) {
                text = Cow::Owned(text.replace(what.as_str(), by));
            }
        }
        if self.rule.lower {
            text = Cow::Owned(text.to_lowercase());
        }
        if !self.map.is_empty() {
            if matches!(self.field.kind, FieldKind::Many(_)) {
                let words: Vec<String> = text
                    .split([',', ';', '/', '、', '，', '；', '|'])
                    .map(|w| self.map.get(&fold(w)).cloned().unwrap_or_else(|| w.trim().to_owned()))
                    .collect();
                text = Cow::Owned(words.join(" "));
            } else if let Some(word) = self.map.get(&fold(&text)) {
                text = Cow::Borrowed(word);
            }
        }
        if text.is_empty() {
            return self.default.as_deref().map_or(text, Cow::Borrowed);
        }
        match &self.rule.prefix {
            Some(start) => Cow::Owned(format!("{start}{text}")),
            None => text,
        }
    }

    fn wrong(&self, code: &'static str) -> FieldError {
        FieldError {
            field: self.field.name.to_owned(),
            code,
            args: vec![],
        }
    }

    /// Reads the text as the field wants it. References are not resolved here.
    fn value(&self, text: &str, currency: Currency, zone: &TimeZone) -> Result<Value, FieldError> {
        if self.born {
            return moment(text, self.date.as_deref(), zone)
                .map(|s| Value::Int(s.0))
                .ok_or_else(|| self.wrong("error-not-a-date"));
        }
        match self.field.kind {
            FieldKind::Date => match day(text, self.date.as_deref()) {
                Some(day) => Ok(day.into()),
                None if self.date.is_none() && ambiguous(text) => Err(self.wrong("error-import-date-order")),
                None => Err(self.wrong("error-not-a-date")),
            },
            FieldKind::Int | FieldKind::Quantity | FieldKind::Money { .. } | FieldKind::Rate => {
                let swapped = if self.comma { swap(text) } else { Cow::Borrowed(text) };
                if !self.rule.round && self.scale.is_none() && self.per.is_none() {
                    return self.field.parse(&swapped, currency);
                }
                let decimals = self.field.decimals(currency);
                let plain = swapped.trim_end_matches(['%', '％']);
                let n = number::parse_scaled(plain, decimals, true).map_err(|_| self.wrong("error-not-a-number"))?;
                let n = match self.scale {
                    Some(scale) => mul_div(n, scale, 1_000_000).ok_or_else(|| self.wrong("error-too-large"))?,
                    None => n,
                };
                Ok(n.into())
            }
            FieldKind::Text | FieldKind::Long if self.rule.cut => {
                let most = if self.field.kind == FieldKind::Long {
                    20_000
                } else {
                    400
                };
                self.field.parse(&text.chars().take(most).collect::<String>(), currency)
            }
            _ => self.field.parse(text, currency),
        }
    }

    /// An amount divided by a number of the row. The price is rounded up, so that the rest is a discount, and price ×
    /// quantity − discount is the amount to the cent.
    fn divided(&self, amount: i64, row: &Row) -> Result<(i64, i64), FieldError> {
        let text = self.per.map_or("", |i| row.get(i));
        let quantity = number::parse_scaled(text, 3, true).map_err(|_| self.wrong("error-import-per"))?;
        if quantity == 0 {
            return Err(self.wrong("error-import-per"));
        }
        let (a, q) = (i128::from(amount) * 1000, i128::from(quantity));
        let mut price = a.div_euclid(q);
        if a.rem_euclid(q) != 0 && q > 0 {
            price += 1;
        }
        let price = i64::try_from(price).map_err(|_| self.wrong("error-too-large"))?;
        let gross = mul_div(price, quantity, 1000).ok_or_else(|| self.wrong("error-too-large"))?;
        Ok((price, gross - amount))
    }
}

pub(super) fn draft(
    cells: &[Cell],
    row: &Row,
    usual: Currency,
    zone: &TimeZone,
    errors: &mut Vec<RowError>,
) -> Option<Draft> {
    let before = errors.len();
    let currency = cells
        .iter()
        .find(|c| c.field.kind == FieldKind::Currency)
        .and_then(|c| Currency::parse(&c.text(row)))
        .unwrap_or(usual);
    let mut draft = Draft {
        row: row.number,
        ..Draft::default()
    };
    for (i, cell) in cells.iter().enumerate() {
        let text = cell.text(row);
        if text.is_empty() {
            continue;
        }
        if cell.refer.is_some() {
            draft.refs.push((i, text.into_owned()));
            continue;
        }
        let read = cell
            .value(&text, currency, zone)
            .and_then(|value| match (&value, cell.per) {
                (Value::Int(amount), Some(_)) => {
                    let (price, rest) = cell.divided(*amount, row)?;
                    if rest != 0 && !cells.iter().any(|c| c.field.name == "discount") {
                        draft.values.insert("discount".to_owned(), rest.into());
                    }
                    Ok(price.into())
                }
                _ => Ok(value),
            });
        match read {
            Ok(Value::Int(at)) if cell.born => draft.born = Some(Stamp(at)),
            Ok(value) => {
                draft.values.insert(cell.field.name.to_owned(), value);
            }
            Err(e) => errors.push(RowError {
                row: row.number,
                field: e.field,
                column: cell.title.clone(),
                code: e.code,
                value: text.chars().take(200).collect(),
                args: e.args,
            }),
        }
    }
    (errors.len() == before).then_some(draft)
}

/// `JosÃ©` as `José`; nothing when the text was not encoded twice.
fn decoded_once(text: &str) -> Option<String> {
    if text.is_ascii() {
        return None;
    }
    let bytes: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
    String::from_utf8(bytes?).ok()
}

/// `1.234,50` as `1234.50`.
fn swap(text: &str) -> Cow<'_, str> {
    Cow::Owned(
        text.chars()
            .filter(|c| *c != '.')
            .map(|c| if c == ',' { '.' } else { c })
            .collect(),
    )
}

/// A day, in the given writing or in one that can only mean one day.
pub fn day(text: &str, format: Option<&str>) -> Option<civil::Date> {
    let Some(format) = format else { return parse_date(text) };
    let text = text.trim();
    let short = if format.contains([' ', 'T']) {
        text
    } else {
        text.split([' ', 'T']).next().unwrap_or("")
    };
    civil::Date::strptime(format, short).ok()
}

/// Both `03/04/2026` readings are days.
pub fn ambiguous(text: &str) -> bool {
    let day = text.split([' ', 'T']).next().unwrap_or("");
    let parts: Vec<u32> = day.split(['/', '-']).filter_map(|p| p.parse().ok()).collect();
    matches!(parts.as_slice(), [a, b, y] if (1..=12).contains(a) && (1..=12).contains(b) && *y >= 1000)
}

fn moment(text: &str, format: Option<&str>, zone: &TimeZone) -> Option<Stamp> {
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Some(Stamp(at.as_microsecond()));
    }
    if format.is_none()
        && let Ok(at) = text.replace(' ', "T").parse::<civil::DateTime>()
    {
        let at = at.to_zoned(zone.clone()).ok()?.timestamp();
        return Some(Stamp(at.as_microsecond()));
    }
    day(text, format).map(|d| Stamp::start_of(d, zone))
}
