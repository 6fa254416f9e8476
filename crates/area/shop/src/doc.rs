//! What a shop tells, whichever shop it is: customers, products, orders, refunds and carts in one form. Pure: nothing here
//! knows how a message is signed or what becomes of it.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use zhike_kernel::{Currency, Date, Error, Result, Stamp, line::MILLI, money::mul_div, number, text::fold_width};

/// Nothing that a shop tells is larger, so that no sum of a message runs over.
const LARGEST: i64 = 100_000_000_000_000;

/// A customer as the shop knows them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Customer {
    /// The shop's id; none for somebody without an account.
    pub remote: Option<String>,
    /// The number by which the house knows them, if the shop was told.
    pub key: String,
    pub name: String,
    pub company: String,
    pub email: String,
    pub phone: String,
    pub address: String,
    pub city: String,
    pub region: String,
    pub country: String,
}

impl Customer {
    /// Nothing is known of them.
    pub(crate) fn is_nobody(&self) -> bool {
        self.name.is_empty() && self.company.is_empty() && self.email.is_empty() && self.phone.is_empty()
    }
    /// The name of the record: the company's, else the person's, else the address.
    pub(crate) fn title(&self) -> &str {
        [&self.company, &self.name, &self.email, &self.phone]
            .into_iter()
            .find(|t| !t.is_empty())
            .map_or("", String::as_str)
    }
}

/// A product, or one of its variants.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Product {
    pub remote: String,
    pub sku: String,
    pub name: String,
    /// In minor units of the shop's currency.
    pub price: Option<i64>,
}

/// A line of an order; amounts without tax, in minor units.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Line {
    pub remote: String,
    /// The shop's id of the product.
    pub product: String,
    pub sku: String,
    pub name: String,
    /// Thousandths.
    pub quantity: i64,
    /// Before discounts.
    pub before: i64,
    /// After them.
    pub net: i64,
    pub tax: i64,
}

/// Money that went back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refund {
    pub remote: String,
    pub amount: i64,
    pub reason: String,
}

/// How far an order is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// Placed, not yet to be served (money is awaited).
    #[default]
    Pending,
    /// To be served.
    Confirmed,
    /// The goods have left.
    Shipped,
    /// It is off.
    Cancelled,
}

/// An order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    pub remote: String,
    /// The number that the customer knows.
    pub number: String,
    pub ordered_at: Option<Stamp>,
    pub currency: Currency,
    pub state: State,
    pub customer: Customer,
    pub lines: Vec<Line>,
    /// With tax and shipping, as the shop says.
    pub total: i64,
    /// All that was paid, whatever of it went back.
    pub paid: i64,
    pub paid_at: Option<Stamp>,
    /// How it was paid, in the shop's words.
    pub method: String,
    pub refunds: Vec<Refund>,
    pub cancel_reason: String,
    pub note: String,
    /// Carts from which it may have come.
    pub carts: Vec<String>,
}

/// A cart that somebody filled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cart {
    pub remote: String,
    pub currency: Currency,
    pub customer: Customer,
    pub lines: Vec<Line>,
    pub total: i64,
    /// Where the customer goes on.
    pub link: String,
    /// It was ordered.
    pub done: bool,
}

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    Customer(Customer),
    Products(Vec<Product>),
    Order(Box<Order>),
    /// Money of an order went back: (order, refund).
    Refund(String, Refund),
    Cart(Box<Cart>),
    /// An order was taken out of the shop.
    Dropped(String),
    /// Nothing that concerns us.
    Other,
}

/// A message that was read: what it is about, as of when, what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Heard {
    pub remote: String,
    pub as_of: Option<Stamp>,
    pub word: Word,
}

/// Fields of a JSON object, with complaints that name them.
#[derive(Clone, Copy)]
pub(crate) struct Obj<'a>(pub &'a Json);

impl<'a> Obj<'a> {
    /// A field, if it is there.
    pub(crate) fn at(self, name: &str) -> Obj<'a> {
        Obj(self.0.get(name).unwrap_or(&Json::Null))
    }
    pub(crate) fn is_null(self) -> bool {
        self.0.is_null()
    }
    /// A text or number as text, folded and cut to what the house keeps.
    pub(crate) fn text(self, name: &str) -> String {
        let text = match self.0.get(name) {
            Some(Json::String(s)) => s.clone(),
            Some(Json::Number(n)) => n.to_string(),
            _ => String::new(),
        };
        let plain: String = text
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .take(400)
            .collect();
        plain.trim().to_owned()
    }
    /// An id: there must be one.
    pub(crate) fn id(self, name: &str) -> Result<String> {
        match self.text(name) {
            id if id.is_empty() || id.len() > 200 => Err(Error::field(name, "error-required")),
            id => Ok(id),
        }
    }
    /// An amount, exactly; nothing when it is not there.
    pub(crate) fn money(self, name: &str, c: Currency) -> Result<Option<i64>> {
        match self.text(name) {
            text if text.is_empty() => Ok(None),
            text => decimal(&text, c.decimals())
                .map(Some)
                .map_err(|code| Error::field(name, code)),
        }
    }
    /// An amount, 0 when it is not there.
    pub(crate) fn sum(self, name: &str, c: Currency) -> Result<i64> {
        Ok(self.money(name, c)?.unwrap_or(0))
    }
    /// A quantity in thousandths.
    pub(crate) fn quantity(self, name: &str) -> Result<i64> {
        decimal(&self.text(name), 3).map_err(|code| Error::field(name, code))
    }
    /// An instant.
    pub(crate) fn at_time(self, name: &str) -> Option<Stamp> {
        moment(&self.text(name))
    }
    pub(crate) fn list(self, name: &str) -> impl Iterator<Item = Obj<'a>> + use<'a> {
        self.0.get(name).and_then(Json::as_array).into_iter().flatten().map(Obj)
    }
    /// The currency of a field that must be there.
    pub(crate) fn currency(self, name: &str) -> Result<Currency> {
        Currency::parse(&self.text(name)).ok_or_else(|| Error::field(name, "error-not-a-currency"))
    }
}

/// A decimal as programs write it: sign, digits, point. Nothing is rounded.
pub(crate) fn decimal(text: &str, decimals: u32) -> std::result::Result<i64, &'static str> {
    let plain = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | '.'));
    if !plain {
        return Err("error-not-a-number");
    }
    let read = number::parse_scaled(text, decimals, false).map_err(|e| match e {
        number::NumberError::NotANumber => "error-not-a-number",
        number::NumberError::TooPrecise => "error-shop-precise",
        number::NumberError::TooLarge => "error-too-large",
    })?;
    Some(read).filter(|n| n.abs() <= LARGEST).ok_or("error-too-large")
}

/// A price times a quantity in thousandths.
pub(crate) fn times(price: i64, quantity: i64) -> Result<i64> {
    let all = mul_div(price, quantity, MILLI).filter(|n| n.abs() <= LARGEST);
    all.ok_or_else(|| Error::field("quantity", "error-too-large"))
}

/// An instant with its zone; one without is UTC (that is how WooCommerce writes its `…_gmt`).
pub(crate) fn moment(text: &str) -> Option<Stamp> {
    let text = text.trim();
    let at: Option<jiff::Timestamp> = text.parse().ok();
    let at = at.or_else(|| format!("{text}Z").parse().ok())?;
    Some(Stamp(at.as_microsecond()))
}

/// The parts of a name in the order of its script.
pub(crate) fn person(first: &str, last: &str) -> String {
    let (first, last) = (first.trim(), last.trim());
    let chinese = |t: &str| t.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    if chinese(first) || chinese(last) {
        return format!("{last}{first}");
    }
    format!("{first} {last}").trim().to_owned()
}

/// The digits by which two telephone numbers are compared.
pub(crate) fn digits(number: &str) -> String {
    fold_width(number).chars().filter(char::is_ascii_digit).collect()
}

/// The day of an instant in the house's zone.
pub(crate) fn day(at: Option<Stamp>, zone: &jiff::tz::TimeZone, today: Date) -> Date {
    at.map_or(today, |at| at.date(zone))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn money_is_read_exactly_or_not_at_all() {
        for (text, want) in [
            ("19.90", 1990),
            ("-10.00", -1000),
            ("0", 0),
            ("3", 300),
            ("12.5000", 1250),
        ] {
            assert_eq!(decimal(text, 2), Ok(want), "{text}");
        }
        for bad in ["", "1,23", "1e3", "¥5", "abc", "1.005", "--", "99999999999999999999"] {
            assert!(decimal(bad, 2).is_err(), "{bad}");
        }
        assert_eq!(decimal("1980", 0), Ok(1980));
        assert!(decimal("19.80", 0).is_err(), "yen have no sen");
        let body = json!({"a": "19.90", "b": 19.9, "c": null, "d": 3});
        let c = Currency::CNY;
        assert_eq!(Obj(&body).money("a", c).unwrap(), Some(1990));
        assert_eq!(Obj(&body).money("b", c).unwrap(), Some(1990));
        assert_eq!(Obj(&body).money("c", c).unwrap(), None);
        assert_eq!(Obj(&body).quantity("d").unwrap(), 3000);
    }

    #[test]
    fn names_follow_their_script() {
        assert_eq!(person("John", "Doe"), "John Doe");
        assert_eq!(person("小明", "王"), "王小明");
        assert_eq!(person("", "Doe"), "Doe");
    }

    #[test]
    fn instants_without_a_zone_are_utc() {
        assert_eq!(moment("2017-03-22T19:28:08"), moment("2017-03-22T19:28:08Z"));
        assert_eq!(moment("2017-03-22T15:28:08-04:00"), moment("2017-03-22T19:28:08Z"));
        assert_eq!(moment("yesterday"), None);
    }
}
