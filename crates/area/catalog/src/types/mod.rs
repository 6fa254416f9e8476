//! Record types of the catalogue beside product and category.

mod options;
mod parts;
mod price;

use zhike_store::{Field, FieldKind, RecordType, Search};

const MONEY: FieldKind = FieldKind::Money {
    currency: Some("currency"),
};

fn latin() -> Field {
    Field::new("name_latin", FieldKind::Text)
        .search(Search::Name)
        .unsorted()
}

/// All of them.
pub(crate) fn all() -> Vec<RecordType> {
    vec![
        price::price_book(),
        price::price_entry(),
        parts::product_unit(),
        parts::tax_class(),
        parts::tax_class_rate(),
        options::option_group(),
        options::product_option(),
        options::option_rule(),
        parts::bundle_part(),
        parts::product_axis(),
    ]
}
