//! Digits: grouping, rounding, short forms of large amounts.

use zhike_kernel::Date;

pub(super) fn minus(negative: bool) -> &'static str {
    if negative { "\u{2212}" } else { "" }
}

pub(super) fn int(value: i64) -> String {
    format!("{}{}", minus(value < 0), group(&value.unsigned_abs().to_string()))
}

/// Digits with a comma before every third from the end.
pub(super) fn group(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

pub(super) fn scaled(size: u64, decimals: u32, trim: bool) -> String {
    let unit = 10u64.pow(decimals);
    let whole = group(&(size / unit).to_string());
    let width = usize::try_from(decimals).unwrap_or(0);
    let rest = format!("{:0width$}", size % unit);
    let rest = if trim {
        rest.trim_end_matches('0')
    } else {
        rest.as_str()
    };
    if decimals == 0 || rest.is_empty() {
        whole
    } else {
        format!("{whole}.{rest}")
    }
}

/// Half to even, as everywhere.
pub(super) fn div_round(value: u128, by: u128) -> u128 {
    let (q, r) = (value / by, value % by);
    if r * 2 > by || (r * 2 == by && q % 2 == 1) {
        q + 1
    } else {
        q
    }
}

pub(super) fn short_zh(whole: u128) -> String {
    let tenths = div_round(whole, 1000);
    let wan = div_round(whole, 10_000);
    match whole {
        0..10_000 => group(&whole.to_string()),
        _ if tenths < 10_000 => format!("{}万", trimmed(tenths, 10)),
        _ if wan < 10_000 => format!("{}万", group(&wan.to_string())),
        _ => {
            let hundredths = div_round(whole, 1_000_000);
            format!("{}.{:02}亿", group(&(hundredths / 100).to_string()), hundredths % 100)
        }
    }
}

pub(super) fn short_en(whole: u128) -> String {
    let thousands = div_round(whole, 1000);
    let (hundredths, letter) = match whole {
        0..10_000 => return group(&whole.to_string()),
        _ if thousands < 1000 => return format!("{thousands}K"),
        _ if div_round(whole, 10_000) < 100_000 => (div_round(whole, 10_000), 'M'),
        _ => (div_round(whole, 10_000_000), 'B'),
    };
    format!(
        "{}.{:02}{letter}",
        group(&(hundredths / 100).to_string()),
        hundredths % 100
    )
}

fn trimmed(value: u128, by: u128) -> String {
    let whole = group(&(value / by).to_string());
    if value.is_multiple_of(by) {
        whole
    } else {
        format!("{whole}.{}", value % by)
    }
}

pub(super) fn weekday_zh(day: Date) -> &'static str {
    match day.weekday().to_monday_one_offset() {
        1 => "一",
        2 => "二",
        3 => "三",
        4 => "四",
        5 => "五",
        6 => "六",
        _ => "日",
    }
}
