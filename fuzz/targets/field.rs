//! What people and files write into fields: money, quantities, shares, days, moments, addresses. Refused or read, and
//! what was read is written as text that reads as the same value.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zhike_kernel::{Currency, Value, number};
use zhike_store::{Field, FieldKind, field::parse_date};

const KINDS: [FieldKind; 16] = [
    FieldKind::Text,
    FieldKind::Long,
    FieldKind::Email,
    FieldKind::Phone,
    FieldKind::Url,
    FieldKind::Int,
    FieldKind::Quantity,
    FieldKind::Money { currency: None },
    FieldKind::Rate,
    FieldKind::Date,
    FieldKind::Stamp,
    FieldKind::Bool,
    FieldKind::Choice(&["new", "old"]),
    FieldKind::Many(&["one", "two", "three"]),
    FieldKind::Ref("thing"),
    FieldKind::Currency,
];

fuzz_target!(|text: &str| {
    for kind in KINDS {
        let field = Field::new("f", kind);
        for code in ["CNY", "JPY"] {
            let Some(currency) = Currency::parse(code) else { return };
            let Ok(value) = field.parse(text, currency) else {
                continue;
            };
            let written = field.write(&value, currency);
            let again = field
                .parse(&written, currency)
                .unwrap_or_else(|e| panic!("{kind:?}: {written:?} is refused: {}", e.code));
            assert_eq!(again, value, "{kind:?}: {text:?} was written as {written:?}");
        }
    }
    for decimals in 0..=4 {
        for round in [false, true] {
            if let Ok(n) = number::parse_scaled(text, decimals, round) {
                let written = number::write_scaled(n, decimals);
                assert_eq!(
                    number::parse_scaled(&written, decimals, false),
                    Ok(n),
                    "{text:?} was written as {written:?}"
                );
            }
        }
    }
    if let Some(day) = parse_date(text) {
        assert_eq!(parse_date(&day.to_string()), Some(day));
        assert_eq!(Value::from(day).text(), Some(day.to_string().as_str()));
    }
});
