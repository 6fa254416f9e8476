//! Reading and writing decimal numbers as scaled integers, as people type them.

/// Why a number could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberError {
    /// Not a number at all.
    NotANumber,
    /// More decimals than the field keeps.
    TooPrecise,
    /// Beyond what is kept.
    TooLarge,
}

/// Reads `1,234.50`, `１２３４．５`, `(12.00)`, `−3`, `¥1,200`, `12.5` into `10^decimals` units. Digits beyond `decimals`
/// must be zeros unless `round` is set (then half to even).
pub fn parse_scaled(text: &str, decimals: u32, round: bool) -> Result<i64, NumberError> {
    let mut negative = false;
    let mut digits: i128 = 0;
    let mut seen = false;
    let mut after: Option<u32> = None;
    let (mut rest_nonzero, mut half, mut exact_half) = (false, false, true);
    let folded = crate::text::fold_width(text.trim());
    let mut body = folded.trim();
    if let Some(inner) = body.strip_prefix('(').and_then(|b| b.strip_suffix(')')) {
        negative = true;
        body = inner;
    }
    for c in body.chars() {
        match c {
            '-' | '−' | '–' if !seen && after.is_none() => negative = !negative,
            '+' | '¥' | '￥' | '$' | '€' | '£' | ' ' | '\u{a0}' | '\'' | ',' if after.is_none() => {}
            '.' if after.is_none() => after = Some(0),
            '0'..='9' => {
                seen = true;
                let d = i128::from(c.to_digit(10).unwrap_or(0));
                match after {
                    Some(n) if n >= decimals => {
                        if n == decimals {
                            half = d >= 5;
                            exact_half = d == 5;
                        } else if d != 0 {
                            exact_half = false;
                        }
                        rest_nonzero |= d != 0;
                        after = Some(n + 1);
                    }
                    _ => {
                        digits = digits
                            .checked_mul(10)
                            .and_then(|v| v.checked_add(d))
                            .ok_or(NumberError::TooLarge)?;
                        after = after.map(|n| n + 1);
                    }
                }
            }
            _ => return Err(NumberError::NotANumber),
        }
    }
    if !seen {
        return Err(NumberError::NotANumber);
    }
    if rest_nonzero && !round {
        return Err(NumberError::TooPrecise);
    }
    for _ in after.unwrap_or(0).min(decimals)..decimals {
        digits = digits.checked_mul(10).ok_or(NumberError::TooLarge)?;
    }
    if half && !(exact_half && digits % 2 == 0) {
        digits += 1;
    }
    let signed = if negative { -digits } else { digits };
    i64::try_from(signed).map_err(|_| NumberError::TooLarge)
}

/// Writes a scaled integer with all its decimals: `-12.50`. What [`parse_scaled`] reads back.
pub fn write_scaled(value: i64, decimals: u32) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let size = value.unsigned_abs();
    let unit = 10u64.saturating_pow(decimals);
    if decimals == 0 {
        return format!("{sign}{size}");
    }
    format!(
        "{sign}{}.{:0width$}",
        size / unit,
        size % unit,
        width = usize::try_from(decimals).unwrap_or(0)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_type() {
        assert_eq!(parse_scaled("1,234.50", 2, false), Ok(123_450));
        assert_eq!(parse_scaled("１２３．５", 2, false), Ok(12_350));
        assert_eq!(parse_scaled("(12)", 2, false), Ok(-1200));
        assert_eq!(parse_scaled("−¥3.1", 2, false), Ok(-310));
        assert_eq!(parse_scaled("2.500", 2, false), Ok(250));
        assert_eq!(parse_scaled("2.555", 2, false), Err(NumberError::TooPrecise));
        assert_eq!(parse_scaled("2.555", 2, true), Ok(256));
        assert_eq!(parse_scaled("2.545", 2, true), Ok(254));
        assert_eq!(parse_scaled("2.5451", 2, true), Ok(255));
        assert_eq!(parse_scaled("", 2, false), Err(NumberError::NotANumber));
        assert_eq!(parse_scaled("1e5", 2, false), Err(NumberError::NotANumber));
        assert_eq!(
            parse_scaled("99999999999999999999", 2, false),
            Err(NumberError::TooLarge)
        );
    }

    #[test]
    fn writes_what_it_reads() {
        for v in [0, 5, -5, 123_450, -99, i64::MAX] {
            assert_eq!(parse_scaled(&write_scaled(v, 2), 2, false), Ok(v));
        }
    }
}
