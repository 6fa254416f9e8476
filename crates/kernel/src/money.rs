//! Money: integer minor units and a currency. There is no floating point here.

use serde::{Deserialize, Serialize};
use std::fmt;

/// An ISO 4217 code.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency([u8; 3]);

/// Currencies that Zhike knows, with their number of decimals.
const KNOWN: [(&str, u32, &str); 14] = [
    ("CNY", 2, "¥"),
    ("USD", 2, "$"),
    ("EUR", 2, "€"),
    ("GBP", 2, "£"),
    ("JPY", 0, "JP¥"),
    ("HKD", 2, "HK$"),
    ("TWD", 2, "NT$"),
    ("KRW", 0, "₩"),
    ("SGD", 2, "S$"),
    ("AUD", 2, "A$"),
    ("CAD", 2, "C$"),
    ("CHF", 2, "CHF "),
    ("INR", 2, "₹"),
    ("RUB", 2, "₽"),
];

impl Currency {
    /// Renminbi, the default of a new house.
    pub const CNY: Currency = Currency(*b"CNY");

    /// Reads a code of a known currency, in any case.
    pub fn parse(code: &str) -> Option<Currency> {
        let up = code.trim().to_ascii_uppercase();
        KNOWN
            .iter()
            .find(|k| k.0 == up)
            .and_then(|k| k.0.as_bytes().try_into().ok())
            .map(Currency)
    }
    /// All known codes.
    pub fn codes() -> impl Iterator<Item = &'static str> {
        KNOWN.iter().map(|k| k.0)
    }
    /// The code.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("CNY")
    }
    fn known(&self) -> (u32, &'static str) {
        KNOWN
            .iter()
            .find(|k| k.0.as_bytes() == self.0)
            .map_or((2, "¤"), |k| (k.1, k.2))
    }
    /// Number of decimals of the minor unit.
    pub fn decimals(&self) -> u32 {
        self.known().0
    }
    /// The sign written before an amount.
    pub fn sign(&self) -> &'static str {
        self.known().1
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
impl Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.code())
    }
}
impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Currency, D::Error> {
        let code = String::deserialize(d)?;
        Currency::parse(&code).ok_or_else(|| serde::de::Error::custom("unknown currency"))
    }
}

/// An amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// Minor units (fen, cents).
    pub minor: i64,
    /// Currency.
    pub currency: Currency,
}

/// `amount × numerator / denominator`, rounded half to even: the one rounding of the house. `None` on overflow or a zero denominator.
pub fn mul_div(amount: i64, numerator: i64, denominator: i64) -> Option<i64> {
    if denominator == 0 {
        return None;
    }
    let product = i128::from(amount) * i128::from(numerator);
    let denominator = i128::from(denominator);
    let (mut q, r) = (product.div_euclid(denominator), product.rem_euclid(denominator));
    let twice = r * 2;
    let size = denominator.abs();
    if twice > size || (twice == size && q % 2 != 0) {
        q += if denominator > 0 { 1 } else { -1 };
    }
    i64::try_from(q).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_half_to_even_on_both_sides_of_zero() {
        assert_eq!(mul_div(5, 1, 2), Some(2));
        assert_eq!(mul_div(7, 1, 2), Some(4));
        assert_eq!(mul_div(-5, 1, 2), Some(-2));
        assert_eq!(mul_div(-7, 1, 2), Some(-4));
        assert_eq!(mul_div(10, 333_333, 1_000_000), Some(3));
        assert_eq!(mul_div(1, 1, 0), None);
        assert_eq!(mul_div(i64::MAX, 2, 1), None);
    }

    #[test]
    fn knows_decimals_and_refuses_strangers() {
        assert_eq!(Currency::parse("jpy").map(|c| c.decimals()), Some(0));
        assert_eq!(Currency::parse("XXQ"), None);
    }
}
