//! Any other shop: our own JSON, signed as the Standard Webhooks specification has it. The form stands in docs/shops.md.

use super::{Post, Proof, wrong};
use crate::doc::{Cart, Customer, Heard, Line, Obj, Order, Product, Refund, State, Word, times};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde_json::Value as Json;
use zhike_kernel::{Currency, Error, Result, line, money::mul_div};
use zhike_web::seal;

/// Before a secret, as the specification has it.
pub(crate) const PREFIX: &str = "whsec_";
/// Clocks may differ by so much; older messages are refused.
const SECONDS: i64 = 300;

pub(super) fn prove(secret: &str, post: &Post<'_>) -> Result<Proof> {
    let (id, seconds) = (post.word("webhook-id"), post.header("webhook-timestamp"));
    let at: i64 = seconds.parse().map_err(|_| wrong("error-shop-head"))?;
    if id.is_empty() {
        return Err(wrong("error-shop-head"));
    }
    if (post.now.0 / 1_000_000)
        .checked_sub(at)
        .is_none_or(|d| d.abs() > SECONDS)
    {
        return Err(wrong("error-shop-time"));
    }
    let key = match secret.strip_prefix(PREFIX) {
        Some(coded) => BASE64.decode(coded).unwrap_or_default(),
        None => secret.as_bytes().to_vec(),
    };
    let expected = seal::mac(&key, &[id.as_bytes(), b".", seconds.as_bytes(), b".", post.body]);
    let fits = |given: &str| BASE64.decode(given).is_ok_and(|g| seal::same(&g, &expected));
    let given = post.header("webhook-signature");
    let right = given.split_whitespace().filter_map(|s| s.strip_prefix("v1,")).any(fits);
    if key.is_empty() || !right {
        return Err(wrong("error-shop-signature"));
    }
    Ok(Proof::Mine {
        // The topic stands in the body, which is read later.
        topic: String::new(),
        delivery: id,
    })
}

fn customer(c: Obj<'_>) -> Customer {
    Customer {
        remote: Some(c.text("id")).filter(|id| !id.is_empty()),
        key: c.text("number"),
        name: c.text("name"),
        company: c.text("company"),
        email: c.text("email"),
        phone: c.text("phone"),
        address: c.text("address"),
        city: c.text("city"),
        region: c.text("region"),
        country: c.text("country"),
    }
}

/// `unit_price`, `discount` and `tax` (an amount) or `tax_rate` (percent), all without tax.
fn lines(o: Obj<'_>, c: Currency) -> Result<Vec<Line>> {
    let mut all = vec![];
    for (i, l) in o.list("lines").enumerate() {
        let quantity = l.quantity("quantity")?;
        let before = times(l.sum("unit_price", c)?, quantity)?;
        let net = before - l.sum("discount", c)?;
        let tax = match l.money("tax", c)? {
            Some(tax) => tax,
            None => match l.text("tax_rate") {
                text if text.is_empty() => 0,
                text => {
                    let rate = crate::doc::decimal(&text, 4).map_err(|code| Error::field("tax_rate", code))?;
                    mul_div(net, rate.clamp(0, line::WHOLE), line::WHOLE)
                        .ok_or_else(|| Error::field("tax_rate", "error-too-large"))?
                }
            },
        };
        all.push(Line {
            remote: match l.text("id") {
                id if id.is_empty() => format!("{}", i + 1),
                id => id,
            },
            product: l.text("product"),
            sku: l.text("sku"),
            name: l.text("name"),
            quantity,
            before,
            net,
            tax,
        });
    }
    let shipping = o.sum("shipping", c)?;
    if shipping > 0 {
        all.push(Line {
            remote: "shipping".into(),
            name: match o.text("shipping_name") {
                name if name.is_empty() => "Shipping".into(),
                name => name,
            },
            quantity: line::MILLI,
            before: shipping,
            net: shipping,
            tax: o.sum("shipping_tax", c)?,
            ..Line::default()
        });
    }
    Ok(all)
}

fn order(o: Obj<'_>, currency: Currency) -> Result<Order> {
    let c = match o.text("currency").is_empty() {
        true => currency,
        false => o.currency("currency")?,
    };
    let refund = |r: Obj<'_>| {
        Ok(Refund {
            remote: r.id("id")?,
            amount: r.sum("amount", c)?.abs(),
            reason: r.text("reason"),
        })
    };
    let state = match o.text("status").as_str() {
        "" | "confirmed" => State::Confirmed,
        "pending" => State::Pending,
        "shipped" => State::Shipped,
        "cancelled" => State::Cancelled,
        _ => return Err(Error::field("status", "error-not-a-choice")),
    };
    Ok(Order {
        remote: o.id("id")?,
        number: o.text("number"),
        ordered_at: o.at_time("ordered_at"),
        currency: c,
        state,
        customer: customer(o.at("customer")),
        lines: lines(o, c)?,
        total: o
            .money("total", c)?
            .ok_or_else(|| Error::field("total", "error-required"))?,
        paid: o.sum("paid", c)?,
        paid_at: o.at_time("paid_at"),
        method: o.text("payment"),
        refunds: o.list("refunds").map(refund).collect::<Result<_>>()?,
        cancel_reason: o.text("cancel_reason"),
        note: o.text("note"),
        carts: Some(o.text("cart")).filter(|t| !t.is_empty()).into_iter().collect(),
    })
}

pub(super) fn cart(o: Obj<'_>, currency: Currency) -> Result<Cart> {
    let c = match o.text("currency").is_empty() {
        true => currency,
        false => o.currency("currency")?,
    };
    let lines = lines(o, c)?;
    let sum = lines.iter().map(|l| l.net + l.tax).sum();
    Ok(Cart {
        remote: o.id("id")?,
        currency: c,
        customer: customer(o.at("customer")),
        total: o.money("total", c)?.unwrap_or(sum),
        lines,
        link: o.text("link"),
        done: o.text("status") == "ordered",
    })
}

pub(super) fn read(_: &str, json: &Json, currency: Currency) -> Result<Heard> {
    let whole = Obj(json);
    let o = whole.at("data");
    let topic = whole.text("topic");
    let heard = |word| {
        Ok(Heard {
            remote: o.id("id")?,
            as_of: whole.at_time("at"),
            word,
        })
    };
    match topic.as_str() {
        "order" => heard(Word::Order(Box::new(order(o, currency)?))),
        "customer" => heard(Word::Customer(customer(o))),
        "product" => heard(Word::Products(vec![Product {
            remote: o.id("id")?,
            sku: o.text("sku"),
            name: o.text("name"),
            price: o.money("price", currency)?,
        }])),
        "cart" => heard(Word::Cart(Box::new(cart(o, currency)?))),
        "order_dropped" => heard(Word::Dropped(o.id("id")?)),
        "" => Err(Error::field("topic", "error-required")),
        _ => Ok(Heard {
            remote: o.text("id"),
            as_of: None,
            word: Word::Other,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderMap;
    use serde_json::json;
    use zhike_kernel::Stamp;

    #[test]
    fn only_what_is_signed_and_fresh_is_the_shops() {
        let body = b"{\"test\": 2432232314}";
        let mut headers = HeaderMap::new();
        headers.insert("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek".parse().unwrap());
        headers.insert("webhook-timestamp", "1614265330".parse().unwrap());
        headers.insert(
            "webhook-signature",
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=".parse().unwrap(),
        );
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let at = |now| Post {
            headers: &headers,
            body,
            now: Stamp(now),
        };
        assert!(prove(secret, &at(1_614_265_400_000_000)).is_ok());
        assert!(prove("whsec_AAAA", &at(1_614_265_400_000_000)).is_err());
        assert!(prove("", &at(1_614_265_400_000_000)).is_err());
        assert_eq!(
            prove(secret, &at(1_614_275_400_000_000)).err().map(|e| e.code),
            Some("error-shop-time")
        );
    }

    #[test]
    fn our_own_form_is_read() {
        let body = json!({"topic": "order", "at": "2025-05-01T08:00:00Z", "data": {"id": "A-1", "number": "A-1", "status": "confirmed",
            "customer": {"name": "李雷", "email": "li@example.com"}, "total": "230.50", "paid": "230.50", "shipping": "10.00", "cart": "k1",
            "lines": [{"sku": "T-1", "name": "茶", "quantity": "2", "unit_price": "100.00", "discount": "5.00", "tax_rate": "13.0769"}]}});
        let Word::Order(o) = read("", &body, Currency::CNY).unwrap().word else {
            panic!("an order")
        };
        assert_eq!(
            (o.lines[0].net, o.lines[0].tax, o.lines.len(), o.total),
            (19_500, 2_550, 2, 23_050)
        );
        assert_eq!(crate::fit::rows(&o.lines, o.total).unwrap()[0].1.net, 19_500);
        assert!(
            crate::fit::rows(&o.lines, o.total + 500).is_err(),
            "the parts are not the total"
        );
        let wrong = json!({"topic": "order", "data": {"id": "1", "total": "1,00"}});
        assert_eq!(read("", &wrong, Currency::CNY).unwrap_err().fields[0].field, "total");
    }
}
