//! WooCommerce: webhooks of its REST API, version 3. Signed over the body; before a webhook is kept there, an unsigned ping
//! asks whether anybody is here.

use super::{Post, Proof, digest, signed, wrong};
use crate::doc::{Cart, Customer, Heard, Line, Obj, Order, Product, Refund, State, Word, person};
use serde_json::Value as Json;
use zhike_kernel::{Currency, Error, Result};

/// The ping: `webhook_id=5` as a form, and nothing else.
fn is_ping(post: &Post<'_>) -> bool {
    let id = post.body.strip_prefix(b"webhook_id=");
    id.is_some_and(|id| !id.is_empty() && id.len() < 20 && id.iter().all(u8::is_ascii_digit))
}

pub(super) fn prove(secret: &str, post: &Post<'_>) -> Result<Proof> {
    if is_ping(post) && post.header("x-wc-webhook-signature").is_empty() {
        return Ok(Proof::Ping);
    }
    if !signed(secret, post.body, post.header("x-wc-webhook-signature")) {
        return Err(wrong("error-shop-signature"));
    }
    if is_ping(post) {
        return Ok(Proof::Ping);
    }
    let topic = post.word("x-wc-webhook-topic");
    let named = post.word("x-wc-webhook-delivery-id");
    let delivery = match named.is_empty() {
        true => digest(&[topic.as_bytes(), post.body]),
        false => named,
    };
    Ok(Proof::Mine { topic, delivery })
}

fn customer(billing: Obj<'_>, id: &str) -> Customer {
    let lines = [
        billing.text("address_1"),
        billing.text("address_2"),
        billing.text("postcode"),
    ];
    Customer {
        remote: Some(id.to_owned()).filter(|id| !matches!(id.as_str(), "" | "0")),
        key: String::new(),
        name: person(&billing.text("first_name"), &billing.text("last_name")),
        company: billing.text("company"),
        email: billing.text("email"),
        phone: billing.text("phone"),
        address: lines
            .iter()
            .filter(|l| !l.is_empty())
            .cloned()
            .collect::<Vec<_>>()
            .join(", "),
        city: billing.text("city"),
        region: billing.text("state"),
        country: billing.text("country"),
    }
}

fn line(l: Obj<'_>, c: Currency) -> Result<Line> {
    let product = match l.text("variation_id").as_str() {
        "" | "0" => l.text("product_id"),
        variant => variant.to_owned(),
    };
    let net = l.sum("total", c)?;
    Ok(Line {
        remote: l.id("id")?,
        product,
        sku: l.text("sku"),
        name: l.text("name"),
        quantity: l.quantity("quantity")?,
        before: l.money("subtotal", c)?.unwrap_or(net),
        net,
        tax: l.sum("total_tax", c)?,
    })
}

/// Shipping or a fee: a line without a product.
fn extra(kind: &str, l: Obj<'_>, name: &str, c: Currency) -> Result<Line> {
    let net = l.sum("total", c)?;
    Ok(Line {
        remote: format!("{kind}:{}", l.id("id")?),
        name: l.text(name),
        quantity: 1_000,
        before: net,
        net,
        tax: l.sum("total_tax", c)?,
        ..Line::default()
    })
}

/// A fee below zero is a discount: it is taken off the dearest line.
fn take_off(lines: &mut [Line], fee: &Line) -> Result<()> {
    let dearest = lines.iter_mut().max_by_key(|l| l.net);
    let l = dearest.ok_or_else(|| Error::field("fee_lines", "error-shop-line"))?;
    l.net += fee.net;
    l.tax += fee.tax;
    Ok(())
}

fn order(o: Obj<'_>) -> Result<Order> {
    let c = o.currency("currency")?;
    let mut lines: Vec<Line> = o.list("line_items").map(|l| line(l, c)).collect::<Result<_>>()?;
    let mut more = vec![];
    for l in o.list("shipping_lines") {
        more.push(extra("shipping", l, "method_title", c)?);
    }
    for l in o.list("fee_lines") {
        let fee = extra("fee", l, "name", c)?;
        if fee.net < 0 || fee.tax < 0 {
            take_off(&mut lines, &fee)?;
        } else {
            more.push(fee);
        }
    }
    more.retain(|l| l.net != 0 || l.tax != 0);
    lines.extend(more);
    let total = o
        .money("total", c)?
        .ok_or_else(|| Error::field("total", "error-required"))?;
    let paid_at = o.at_time("date_paid_gmt");
    let refund = |r: Obj<'_>| {
        Ok(Refund {
            remote: r.id("id")?,
            amount: r.sum("total", c)?.abs(),
            reason: r.text("reason"),
        })
    };
    Ok(Order {
        remote: o.id("id")?,
        number: o.text("number"),
        ordered_at: o.at_time("date_created_gmt"),
        currency: c,
        state: match o.text("status").as_str() {
            "pending" | "on-hold" | "failed" | "checkout-draft" => State::Pending,
            "completed" => State::Shipped,
            "cancelled" | "trash" => State::Cancelled,
            // `processing`, `refunded` and what plugins add.
            _ => State::Confirmed,
        },
        customer: customer(o.at("billing"), &o.text("customer_id")),
        lines,
        total,
        paid: if paid_at.is_some() { total } else { 0 },
        paid_at,
        method: o.text("payment_method_title"),
        refunds: o.list("refunds").map(refund).collect::<Result<_>>()?,
        cancel_reason: String::new(),
        note: o.text("customer_note"),
        // The hash of a cart is that of its goods: many have it. A plugin that tells of carts names the order's in this.
        carts: o
            .list("meta_data")
            .filter(|m| m.text("key") == "_cart_key")
            .map(|m| m.text("value"))
            .collect(),
    })
}

fn product(p: Obj<'_>, c: Currency) -> Result<Product> {
    let price = match p.text("regular_price").is_empty() {
        true => p.money("price", c)?,
        false => p.money("regular_price", c)?,
    };
    Ok(Product {
        remote: p.id("id")?,
        sku: p.text("sku"),
        name: p.text("name"),
        price,
    })
}

pub(super) fn read(topic: &str, json: &Json, currency: Currency) -> Result<Heard> {
    let o = Obj(json);
    let heard = |word| {
        Ok(Heard {
            remote: o.id("id")?,
            as_of: o.at_time("date_modified_gmt"),
            word,
        })
    };
    match topic {
        "order.created" | "order.updated" | "order.restored" => heard(Word::Order(Box::new(order(o)?))),
        "order.deleted" => heard(Word::Dropped(o.id("id")?)),
        "customer.created" | "customer.updated" => {
            let mut all = customer(o.at("billing"), &o.id("id")?);
            let name = person(&o.text("first_name"), &o.text("last_name"));
            for (field, own) in [(&mut all.name, name), (&mut all.email, o.text("email"))] {
                if !own.is_empty() {
                    *field = own;
                }
            }
            heard(Word::Customer(all))
        }
        "product.created" | "product.updated" | "product.restored" => {
            // A product with variants is sold by them; each tells of itself.
            match o.text("type").as_str() {
                "variable" | "grouped" => heard(Word::Other),
                _ => heard(Word::Products(vec![product(o, currency)?])),
            }
        }
        // WooCommerce itself tells of no carts; plugins do by an action, in our own form.
        t if t.starts_with("action.") && !o.at("cart").is_null() => {
            let cart: Cart = super::plain::cart(o.at("cart"), currency)?;
            Ok(Heard {
                remote: cart.remote.clone(),
                as_of: o.at_time("at"),
                word: Word::Cart(Box::new(cart)),
            })
        }
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
    use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
    use serde_json::json;
    use zhike_kernel::Stamp;
    use zhike_web::seal;

    fn told(secret: &str, body: &[u8], sign: bool) -> Result<Proof> {
        let mut headers = HeaderMap::new();
        if sign {
            let mac = BASE64.encode(seal::mac(b"s3cret", &[body]));
            headers.insert("x-wc-webhook-signature", mac.parse().unwrap());
            headers.insert("x-wc-webhook-topic", "order.created".parse().unwrap());
        }
        prove(
            secret,
            &Post {
                headers: &headers,
                body,
                now: Stamp(0),
            },
        )
    }

    #[test]
    fn the_ping_is_answered_and_nothing_else_without_a_signature() {
        assert_eq!(told("s3cret", b"webhook_id=17", false).unwrap(), Proof::Ping);
        assert!(told("s3cret", b"webhook_id=17&a=b", false).is_err());
        assert!(told("s3cret", b"{}", false).is_err());
        assert!(matches!(told("s3cret", b"{}", true), Ok(Proof::Mine { topic, .. }) if topic == "order.created"));
        assert!(told("other", b"{}", true).is_err());
        assert!(told("", b"{}", true).is_err(), "no secret, no message");
    }

    #[test]
    fn an_order_is_read_as_its_documentation_shows_it() {
        let body = json!({"id": 727, "number": "727", "status": "processing", "currency": "USD",
            "date_created_gmt": "2017-03-22T19:28:02", "date_modified_gmt": "2017-03-22T19:28:08",
            "total": "29.35", "total_tax": "1.35", "shipping_total": "10.00", "customer_id": 0,
            "billing": {"first_name": "John", "last_name": "Doe", "address_1": "969 Market", "city": "San Francisco",
                "state": "CA", "postcode": "94103", "country": "US", "email": "john.doe@example.com", "phone": "(555) 555-5555"},
            "payment_method_title": "Direct Bank Transfer", "date_paid_gmt": "2017-03-22T19:28:08",
            "line_items": [
                {"id": 315, "name": "Woo Single #1", "product_id": 93, "variation_id": 0, "quantity": 2, "subtotal": "6.00",
                 "total": "6.00", "total_tax": "0.45", "sku": "", "price": 3},
                {"id": 316, "name": "Ship Your Idea", "product_id": 22, "variation_id": 23, "quantity": 1, "subtotal": "12.00",
                 "total": "12.00", "total_tax": "0.90", "sku": "Bar3", "price": 12}],
            "shipping_lines": [{"id": 317, "method_title": "Flat Rate", "method_id": "flat_rate", "total": "10.00", "total_tax": "0.00"}],
            "fee_lines": [], "coupon_lines": [], "refunds": [{"id": 726, "reason": "broken", "total": "-10.00"}]});
        let heard = read("order.updated", &body, Currency::CNY).unwrap();
        assert_eq!(heard.remote, "727");
        let Word::Order(o) = heard.word else { panic!("an order") };
        assert_eq!(
            (o.total, o.paid, o.state, o.currency.code()),
            (2_935, 2_935, State::Confirmed, "USD")
        );
        assert_eq!(
            (o.customer.name.as_str(), o.customer.remote.clone()),
            ("John Doe", None)
        );
        assert_eq!(o.lines.iter().map(|l| l.net + l.tax).sum::<i64>(), 2_935);
        assert_eq!(
            (o.lines.len(), o.lines[1].product.as_str(), o.lines[2].name.as_str()),
            (3, "23", "Flat Rate")
        );
        assert_eq!(
            o.refunds,
            vec![Refund {
                remote: "726".into(),
                amount: 1_000,
                reason: "broken".into()
            }]
        );
        let rows = crate::fit::rows(&o.lines, o.total).unwrap();
        assert_eq!(rows[0].1.tax_rate, 75_000);
    }

    #[test]
    fn a_fee_below_zero_is_a_discount() {
        let body = json!({"id": 1, "currency": "CNY", "status": "on-hold", "total": "95.00",
            "line_items": [{"id": 1, "name": "茶", "quantity": 1, "subtotal": "100.00", "total": "100.00", "total_tax": "0.00"}],
            "fee_lines": [{"id": 2, "name": "会员", "total": "-5.00", "total_tax": "0.00"}]});
        let Word::Order(o) = read("order.created", &body, Currency::CNY).unwrap().word else {
            panic!("an order")
        };
        assert_eq!(
            (o.state, o.lines.len(), o.lines[0].net, o.lines[0].before),
            (State::Pending, 1, 9_500, 10_000)
        );
    }
}
