//! Reading bank statements: CSV with guessed columns, and CAMT.053. Whatever the bytes are, the answer is lines or a
//! refusal that names what is wrong.

use std::collections::HashMap;
use zhike_kernel::{Currency, Date, Error, Result, Value, text::fold};
use zhike_store::{Field, FieldKind};

/// Largest file.
pub(crate) const BYTES: usize = 5 * 1024 * 1024;
/// Most lines of one.
pub(crate) const LINES: usize = 10_000;
/// Longest text kept of a line.
const TEXT: usize = 500;

/// One movement on the account; what came in is above zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Line {
    pub day: String,
    pub amount: i64,
    pub currency: String,
    /// What the bank calls it; empty when it says nothing.
    pub reference: String,
    pub text: String,
    pub payer: String,
    pub payer_account: String,
}

/// A file that was understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Statement {
    pub format: &'static str,
    pub account: String,
    pub lines: Vec<Line>,
}

/// Reads a file of either kind.
pub(crate) fn read(bytes: &[u8], house: Currency) -> Result<Statement> {
    if bytes.len() > BYTES {
        return Err(Error::refused("error-bank-large").with("most", "5 MB"));
    }
    let text = decode(bytes);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if text.is_empty() {
        return Err(Error::refused("error-bank-empty"));
    }
    let read = if text.starts_with('<') {
        super::camt::read(text, house)?
    } else {
        csv(text, house)?
    };
    if read.lines.is_empty() {
        return Err(Error::refused("error-bank-empty"));
    }
    Ok(read)
}

/// UTF-8, else what Chinese banks write.
fn decode(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => encoding_rs::GB18030.decode(bytes).0.into_owned(),
    }
}

pub(super) fn cut(text: &str) -> String {
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(TEXT)
        .collect()
}

/// A day as people write it.
pub(super) fn day(text: &str) -> Option<String> {
    let first = text.split(['T', ' ']).next().unwrap_or(text);
    let first = match first.len() {
        8 if first.bytes().all(|b| b.is_ascii_digit()) => {
            format!("{}-{}-{}", first.get(..4)?, first.get(4..6)?, first.get(6..)?)
        }
        _ => first.to_owned(),
    };
    let value = Field::new("day", FieldKind::Date)
        .parse(&first, Currency::parse("CNY")?)
        .ok()?;
    let text = value.text()?;
    text.parse::<Date>().ok().map(|d| d.to_string())
}

/// An amount, with a point or a comma before the decimals.
pub(super) fn amount(text: &str, c: Currency) -> Option<i64> {
    let mut text = text.trim().trim_matches('\'').replace(['\u{a0}', ' '], "");
    if let Some((whole, part)) = text.rsplit_once(',')
        && (1..=2).contains(&part.len())
        && !part.contains('.')
    {
        text = format!("{}.{part}", whole.replace(['.', ','], ""));
    }
    let field = Field::new("amount", FieldKind::Money { currency: None });
    match field.parse(&text, c) {
        Ok(Value::Int(n)) => Some(n),
        _ => None,
    }
}

/// What a column may be, with the words that banks put over it.
const COLUMNS: [(&str, &[&str]); 9] = [
    (
        "day",
        &[
            "date",
            "booking date",
            "bookingdate",
            "value date",
            "transaction date",
            "posted",
            "buchungstag",
            "交易日期",
            "记账日期",
            "入账日期",
            "日期",
            "交易时间",
        ],
    ),
    (
        "amount",
        &["amount", "transaction amount", "betrag", "金额", "交易金额", "发生额"],
    ),
    (
        "in",
        &[
            "credit",
            "credit amount",
            "deposit",
            "paid in",
            "收入",
            "收入金额",
            "贷方",
            "贷方发生额",
            "贷方金额",
        ],
    ),
    (
        "out",
        &[
            "debit",
            "debit amount",
            "withdrawal",
            "paid out",
            "支出",
            "支出金额",
            "借方",
            "借方发生额",
            "借方金额",
        ],
    ),
    (
        "text",
        &[
            "text",
            "description",
            "details",
            "memo",
            "purpose",
            "remittance information",
            "verwendungszweck",
            "narrative",
            "摘要",
            "附言",
            "用途",
            "备注",
        ],
    ),
    (
        "payer",
        &[
            "payer",
            "name",
            "counterparty",
            "counterparty name",
            "对方户名",
            "对方名称",
            "付款人",
            "户名",
        ],
    ),
    (
        "payer_account",
        &[
            "payer account",
            "counterparty account",
            "iban",
            "account number",
            "对方账号",
            "付款账号",
        ],
    ),
    (
        "reference",
        &[
            "reference",
            "bank reference",
            "transaction id",
            "id",
            "ref",
            "流水号",
            "交易流水号",
            "凭证号",
        ],
    ),
    ("currency", &["currency", "币种", "货币"]),
];

fn columns(row: &[String]) -> HashMap<&'static str, usize> {
    let mut found = HashMap::new();
    for (i, cell) in row.iter().enumerate() {
        let cell = fold(cell.trim());
        for (name, words) in COLUMNS {
            if words.contains(&cell.as_str()) {
                found.entry(name).or_insert(i);
            }
        }
    }
    found
}

fn rows(text: &str, delimiter: u8) -> Vec<Vec<String>> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes())
        .records()
        .take(LINES + 100)
        .map_while(std::result::Result::ok)
        .map(|r| r.iter().map(str::to_owned).collect())
        .collect()
}

/// Heads may stand below some lines about the account.
fn head(rows: &[Vec<String>]) -> Option<(usize, HashMap<&'static str, usize>)> {
    rows.iter().take(30).enumerate().find_map(|(i, row)| {
        let found = columns(row);
        let money = found.contains_key("amount") || found.contains_key("in");
        (found.contains_key("day") && money).then_some((i, found))
    })
}

fn csv(text: &str, house: Currency) -> Result<Statement> {
    let tried = [b',', b';', b'\t'].into_iter().map(|d| rows(text, d));
    let Some((rows, (at, columns))) = tried
        .filter_map(|r| head(&r).map(|h| (r, h)))
        .max_by_key(|(_, (_, c))| c.len())
    else {
        return Err(Error::refused("error-bank-columns"));
    };
    let mut out = Statement {
        format: "csv",
        ..Statement::default()
    };
    for (row, number) in rows.iter().zip(1_i64..).skip(at + 1) {
        let cell = |name: &str| columns.get(name).and_then(|i| row.get(*i)).map_or("", |c| c.trim());
        if row.iter().all(|c| c.trim().is_empty()) {
            continue;
        }
        if out.lines.len() == LINES {
            return Err(Error::refused("error-bank-lines").with("most", i64::try_from(LINES).unwrap_or(0)));
        }
        let currency = match cell("currency") {
            "" => house,
            code => Currency::parse(code).ok_or_else(|| Error::refused("error-bank-currency").with("row", number))?,
        };
        let Some(day) = day(cell("day")) else {
            // Sums below the table have no day.
            if cell("day").is_empty() {
                continue;
            }
            return Err(Error::refused("error-bank-day").with("row", number));
        };
        let wrong = || Error::refused("error-bank-amount").with("row", number);
        let read = |name: &str| match cell(name) {
            "" => Ok(0),
            text => amount(text, currency).ok_or_else(wrong),
        };
        let amount = match (read("amount")?, read("in")?, read("out")?) {
            (0, plus, minus) => plus
                .checked_sub(minus.checked_abs().ok_or_else(wrong)?)
                .ok_or_else(wrong)?,
            (n, _, _) => n,
        };
        if amount == 0 {
            continue;
        }
        out.lines.push(Line {
            day,
            amount,
            currency: currency.code().to_owned(),
            reference: cut(cell("reference")),
            text: cut(cell("text")),
            payer: cut(cell("payer")),
            payer_account: cut(cell("payer_account")),
        });
    }
    Ok(out)
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
