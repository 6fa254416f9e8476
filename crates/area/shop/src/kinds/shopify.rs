//! Shopify: webhooks of its Admin API (REST shapes). Signed over the body with the secret of the app or of the shop's
//! notifications.

use super::{Post, Proof, digest, signed, wrong};
use crate::doc::{Cart, Customer, Heard, Line, Obj, Order, Product, Refund, State, Word, person, times};
use serde_json::Value as Json;
use zhike_kernel::{Currency, Error, Result, money::mul_div};

pub(super) fn prove(secret: &str, post: &Post<'_>) -> Result<Proof> {
    if !signed(secret, post.body, post.header("x-shopify-hmac-sha256")) {
        return Err(wrong("error-shop-signature"));
    }
    let topic = post.word("x-shopify-topic");
    let named = post.word("x-shopify-webhook-id");
    let delivery = match named.is_empty() {
        true => digest(&[topic.as_bytes(), post.body]),
        false => named,
    };
    Ok(Proof::Mine { topic, delivery })
}

fn customer(c: Obj<'_>, billing: Obj<'_>, o: Obj<'_>) -> Customer {
    let address = if billing.is_null() {
        c.at("default_address")
    } else {
        billing
    };
    let first = |all: &[String]| all.iter().find(|t| !t.is_empty()).cloned().unwrap_or_default();
    let lines = [address.text("address1"), address.text("address2"), address.text("zip")];
    Customer {
        remote: Some(c.text("id")).filter(|id| !id.is_empty()),
        key: String::new(),
        name: first(&[
            person(&c.text("first_name"), &c.text("last_name")),
            person(&address.text("first_name"), &address.text("last_name")),
            address.text("name"),
        ]),
        company: address.text("company"),
        email: first(&[c.text("email"), o.text("email"), o.text("contact_email")]),
        phone: first(&[c.text("phone"), o.text("phone"), address.text("phone")]),
        address: lines
            .iter()
            .filter(|l| !l.is_empty())
            .cloned()
            .collect::<Vec<_>>()
            .join(", "),
        city: address.text("city"),
        region: address.text("province"),
        country: first(&[address.text("country"), address.text("country_code")]),
    }
}

fn taxes(l: Obj<'_>, c: Currency) -> Result<i64> {
    l.list("tax_lines")
        .try_fold(0_i64, |all, t| Ok(all + t.sum("price", c)?))
}

/// Net before and after the discounts, and the tax. With prices that hold the tax, it is taken out of them.
fn amounts(l: Obj<'_>, gross: i64, included: bool, c: Currency) -> Result<(i64, i64, i64)> {
    let cut = match l.list("discount_allocations").next() {
        Some(_) => l
            .list("discount_allocations")
            .try_fold(0_i64, |all, d| Ok(all + d.sum("amount", c)?))?,
        None => l.sum("total_discount", c)?,
    };
    let (tax, paid) = (taxes(l, c)?, gross - cut);
    if !included {
        return Ok((gross, paid, tax));
    }
    let net = paid - tax;
    let net_cut = if paid > 0 {
        mul_div(cut, net, paid).unwrap_or(cut)
    } else {
        cut
    };
    Ok((net.saturating_add(net_cut), net, tax))
}

fn line(l: Obj<'_>, included: bool, c: Currency) -> Result<Line> {
    let quantity = l.quantity("quantity")?;
    let gross = times(l.sum("price", c)?, quantity)?;
    let (before, net, tax) = amounts(l, gross, included, c)?;
    let (title, variant) = (l.text("title"), l.text("variant_title"));
    Ok(Line {
        remote: l.text("id"),
        product: match l.text("variant_id").is_empty() {
            true => String::new(),
            false => l.text("variant_id"),
        },
        sku: l.text("sku"),
        name: if variant.is_empty() || variant == "Default Title" {
            title
        } else {
            format!("{title} - {variant}")
        },
        quantity,
        before,
        net,
        tax,
    })
}

fn lines(o: Obj<'_>, c: Currency) -> Result<Vec<Line>> {
    let included = o.0.get("taxes_included").and_then(Json::as_bool).unwrap_or(false);
    let mut all: Vec<Line> = o
        .list("line_items")
        .map(|l| line(l, included, c))
        .collect::<Result<_>>()?;
    for (i, l) in o.list("shipping_lines").enumerate() {
        let (before, net, tax) = amounts(l, l.sum("price", c)?, included, c)?;
        all.push(Line {
            remote: match l.text("id") {
                id if id.is_empty() => format!("shipping:{i}"),
                id => format!("shipping:{id}"),
            },
            name: l.text("title"),
            quantity: 1_000,
            before,
            net,
            tax,
            ..Line::default()
        });
    }
    let tip = o.sum("total_tip_received", c)?;
    if tip > 0 {
        all.push(Line {
            remote: "tip".into(),
            name: "Tip".into(),
            quantity: 1_000,
            before: tip,
            net: tip,
            ..Line::default()
        });
    }
    all.retain(|l| !l.product.is_empty() || !l.sku.is_empty() || l.before != 0 || l.net != 0 || l.tax != 0);
    Ok(all)
}

/// What really went back of a refund.
fn refund(r: Obj<'_>, c: Currency) -> Result<Refund> {
    let back = |t: &Obj<'_>| t.text("kind") == "refund" && t.text("status") == "success";
    let amount = r
        .list("transactions")
        .filter(back)
        .try_fold(0_i64, |all, t| Ok::<i64, Error>(all + t.sum("amount", c)?.abs()))?;
    Ok(Refund {
        remote: r.id("id")?,
        amount,
        reason: r.text("note"),
    })
}

fn order(o: Obj<'_>) -> Result<Order> {
    let c = o.currency("currency")?;
    let total = o
        .money("total_price", c)?
        .ok_or_else(|| Error::field("total_price", "error-required"))?;
    let money = o.text("financial_status");
    let (off, sent) = (
        !o.at("cancelled_at").is_null(),
        o.text("fulfillment_status") == "fulfilled",
    );
    let paid = match money.as_str() {
        "paid" | "partially_refunded" | "refunded" => total,
        "partially_paid" => total - o.money("total_outstanding", c)?.unwrap_or(total),
        _ => 0,
    };
    let gateways: Vec<String> =
        o.0.get("payment_gateway_names")
            .and_then(Json::as_array)
            .into_iter()
            .flatten()
            .filter_map(|g| g.as_str().map(str::to_owned))
            .collect();
    let mut refunds: Vec<Refund> = o.list("refunds").map(|r| refund(r, c)).collect::<Result<_>>()?;
    refunds.retain(|r| r.amount > 0);
    Ok(Order {
        remote: o.id("id")?,
        number: o.text("name"),
        ordered_at: o.at_time("created_at"),
        currency: c,
        state: match (off, sent, money.as_str()) {
            (true, ..) => State::Cancelled,
            (_, true, _) => State::Shipped,
            (.., "pending" | "expired") => State::Pending,
            _ => State::Confirmed,
        },
        customer: customer(o.at("customer"), o.at("billing_address"), o),
        lines: lines(o, c)?,
        total,
        paid,
        paid_at: o.at_time("processed_at").or_else(|| o.at_time("created_at")),
        method: gateways.join(", ").chars().take(100).collect(),
        refunds,
        cancel_reason: o.text("cancel_reason"),
        note: o.text("note"),
        carts: ["checkout_token", "cart_token"]
            .map(|n| o.text(n))
            .into_iter()
            .filter(|t| !t.is_empty())
            .collect(),
    })
}

fn products(p: Obj<'_>, c: Currency) -> Result<Vec<Product>> {
    let title = p.text("title");
    p.list("variants")
        .map(|v| {
            let name = match v.text("title").as_str() {
                "" | "Default Title" => title.clone(),
                variant => format!("{title} - {variant}"),
            };
            Ok(Product {
                remote: v.id("id")?,
                sku: v.text("sku"),
                name,
                price: v.money("price", c)?,
            })
        })
        .collect()
}

fn checkout(o: Obj<'_>, currency: Currency) -> Result<Cart> {
    let c = Currency::parse(&o.text("currency")).unwrap_or(currency);
    Ok(Cart {
        remote: o.id("token")?,
        currency: c,
        customer: customer(o.at("customer"), o.at("billing_address"), o),
        lines: lines(o, c)?,
        total: o.sum("total_price", c)?,
        link: o.text("abandoned_checkout_url"),
        done: !o.at("completed_at").is_null(),
    })
}

pub(super) fn read(topic: &str, json: &Json, currency: Currency) -> Result<Heard> {
    let o = Obj(json);
    let heard = |remote: String, word| {
        Ok(Heard {
            remote,
            as_of: o.at_time("updated_at"),
            word,
        })
    };
    match topic {
        "orders/create"
        | "orders/updated"
        | "orders/edited"
        | "orders/paid"
        | "orders/partially_fulfilled"
        | "orders/cancelled"
        | "orders/fulfilled"
            if !o.at("line_items").is_null() =>
        {
            heard(o.id("id")?, Word::Order(Box::new(order(o)?)))
        }
        "orders/delete" => heard(o.id("id")?, Word::Dropped(o.id("id")?)),
        "refunds/create" => {
            let c = o
                .list("transactions")
                .find_map(|t| Currency::parse(&t.text("currency")))
                .unwrap_or(currency);
            let order = o.id("order_id")?;
            Ok(Heard {
                remote: order.clone(),
                as_of: None,
                word: Word::Refund(order, refund(o, c)?),
            })
        }
        "customers/create" | "customers/update" => heard(o.id("id")?, Word::Customer(customer(o, Obj(&Json::Null), o))),
        "products/create" | "products/update" => heard(o.id("id")?, Word::Products(products(o, currency)?)),
        "checkouts/create" | "checkouts/update" => heard(o.id("token")?, Word::Cart(Box::new(checkout(o, currency)?))),
        _ => heard(o.text("id"), Word::Other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn tax_within_the_price_is_taken_out() {
        let body = json!({"id": 450789469, "name": "#1001", "currency": "EUR", "taxes_included": true, "total_price": "119.00",
            "financial_status": "paid", "fulfillment_status": null, "cancelled_at": null, "updated_at": "2025-01-10T11:00:00-05:00",
            "created_at": "2025-01-10T10:00:00-05:00", "checkout_token": "tok", "email": "bob@example.com",
            "customer": {"id": 207119551, "first_name": "Bob", "last_name": "Norman", "default_address": {"city": "Louisville"}},
            "line_items": [{"id": 1, "variant_id": 808950810, "sku": "IPOD", "title": "IPod", "variant_title": "Green", "quantity": 2,
                "price": "59.50", "discount_allocations": [{"amount": "11.90"}], "tax_lines": [{"price": "17.10", "rate": 0.19}]}],
            "shipping_lines": [{"id": 9, "title": "Post", "price": "11.90", "tax_lines": [{"price": "1.90"}]}],
            "refunds": [{"id": 5, "transactions": [{"kind": "refund", "status": "success", "amount": "19.00"},
                {"kind": "refund", "status": "failure", "amount": "1.00"}]}]});
        let Word::Order(o) = read("orders/paid", &body, Currency::CNY).unwrap().word else {
            panic!("an order")
        };
        let l = &o.lines[0];
        assert_eq!(
            (l.before, l.net, l.tax, l.name.as_str()),
            (10_000, 9_000, 1_710, "IPod - Green")
        );
        assert_eq!(o.lines.iter().map(|l| l.net + l.tax).sum::<i64>(), o.total);
        assert_eq!(
            (o.paid, o.state, o.refunds[0].amount),
            (11_900, State::Confirmed, 1_900)
        );
        assert_eq!(
            (o.customer.city.as_str(), o.customer.email.as_str(), &o.carts[..]),
            ("Louisville", "bob@example.com", &["tok".to_owned()][..])
        );
        assert_eq!(crate::fit::rows(&o.lines, o.total).unwrap()[0].1.tax_rate, 190_000);
    }

    #[test]
    fn variants_are_products_and_other_topics_are_nothing() {
        let body = json!({"id": 1, "title": "T恤", "variants": [{"id": 11, "sku": "T-S", "title": "S", "price": "99.00"},
            {"id": 12, "sku": "T-M", "title": "M", "price": "99.00"}]});
        let Word::Products(all) = read("products/update", &body, Currency::CNY).unwrap().word else {
            panic!("products")
        };
        assert_eq!(
            (all.len(), all[1].name.as_str(), all[1].price),
            (2, "T恤 - M", Some(9_900))
        );
        assert_eq!(read("themes/publish", &body, Currency::CNY).unwrap().word, Word::Other);
    }
}
