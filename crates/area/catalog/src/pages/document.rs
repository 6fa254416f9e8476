//! The documents whose lines the configurator writes.

use zhike_web::Fields;

/// The document whose line is configured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Doc {
    /// An order.
    #[default]
    Order,
    /// A quote.
    Quote,
}

impl Doc {
    /// Its record type.
    pub(super) fn name(self) -> &'static str {
        match self {
            Doc::Order => "order",
            Doc::Quote => "quote",
        }
    }
    /// The type of its lines.
    pub(super) fn line(self) -> &'static str {
        match self {
            Doc::Order => "order_line",
            Doc::Quote => "quote_line",
        }
    }
    /// The field of a line that names it.
    pub(super) fn parent(self) -> &'static str {
        match self {
            Doc::Order => "order_id",
            Doc::Quote => "quote_id",
        }
    }
    /// The day its prices are of.
    pub(super) fn day(self) -> &'static str {
        match self {
            Doc::Order => "ordered_on",
            Doc::Quote => "quoted_on",
        }
    }
    /// The right to write it.
    pub(super) fn edit(self) -> &'static str {
        match self {
            Doc::Order => "order.edit",
            Doc::Quote => "quote.edit",
        }
    }
    /// Which document an address or a form names.
    pub(super) fn read(f: &Fields) -> (Doc, Option<i64>) {
        match f.int("quote") {
            Some(id) => (Doc::Quote, Some(id)),
            None => (Doc::Order, f.int("order")),
        }
    }
}
