//! Texts that random input found: what is read must be written as text that reads as the same value.

use super::*;

#[test]
fn signs_between_words_alone_are_nothing() {
    let field = Field::new("roles", FieldKind::Many(&["customer", "supplier"]));
    for text in ["/", "、", " ; , ", "|"] {
        assert_eq!(field.parse(text, Currency::CNY), Ok(Value::Null), "{text:?}");
    }
    let both = field.parse("supplier / customer", Currency::CNY).unwrap();
    assert_eq!(both, "customer supplier".into());
    assert_eq!(field.parse(&field.write(&both, Currency::CNY), Currency::CNY), Ok(both));
}
