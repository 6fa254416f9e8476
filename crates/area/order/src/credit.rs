//! May an order be confirmed: what the customer owes, with what is ordered and not invoiced yet, against the credit limit;
//! how long the oldest invoice is overdue; and what else is out of order. Who may go beyond says why.

use crate::{Ports, lines};
use axum::extract::Path;
use maud::html;
use std::sync::Arc;
use zhike_contract::{Billing, Credit};
use zhike_kernel::{Currency, Date, Error, Result, Value, Values, number};
use zhike_store::{Ctx, Event, Query, Record, Tx, binds, read};
use zhike_web::{
    Visit,
    answer::{Answer, html as answer_html},
    ui,
};

/// An order was confirmed beyond the customer's credit.
pub(crate) const OVERRIDDEN: &str = "order.credit_overridden.v1";
/// The permission to do so.
const OVERRIDE: &str = "credit.override";

/// What speaks against more credit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Against {
    Limit { most: i64, would: i64 },
    Overdue { days: i64, most: i64 },
}

/// `amount`: of the order, in the customer's currency; nothing when it is in another, which the limit does not cover.
fn against(c: &Credit, amount: Option<i64>) -> Option<Against> {
    if let Some(most) = c.most_days.filter(|most| c.overdue_days > *most) {
        return Some(Against::Overdue {
            days: c.overdue_days,
            most,
        });
    }
    let would = c.receivable.saturating_add(c.unbilled).saturating_add(amount?);
    c.limit
        .filter(|most| would > *most)
        .map(|most| Against::Limit { most, would })
}

fn words(c: &Credit, amount: i64) -> String {
    let decimals = Currency::parse(&c.currency).map_or(2, |c| c.decimals());
    format!("{} {}", number::write_scaled(amount, decimals), c.currency)
}

/// The refusal, with its figures.
fn refusal(c: &Credit, amount: i64, what: Against) -> Error {
    match what {
        Against::Limit { most, would } => Error::refused("error-credit-limit")
            .with("limit", words(c, most))
            .with("owed", words(c, c.receivable))
            .with("unbilled", words(c, c.unbilled))
            .with("order", words(c, amount))
            .with("would", words(c, would)),
        Against::Overdue { days, most } => Error::refused("error-credit-overdue")
            .with("days", days)
            .with("most", most)
            .with("owed", words(c, c.receivable)),
    }
}

/// What must be true of an order that comes into the state confirmed.
struct Asked<'a> {
    order: i64,
    party: i64,
    currency: &'a str,
    total: i64,
    required: Option<Date>,
    reason: Option<&'a str>,
}

/// A draft is confirmed.
pub(crate) async fn check(ports: &Ports, tx: &Tx, ctx: &Ctx, old: &Record, new: &Values) -> Result<()> {
    let text = |name: &str| new.get(name).and_then(Value::text).unwrap_or("");
    if text("kind") != "sale" {
        return Ok(());
    }
    let said = Some(text("credit_reason").trim()).filter(|r| !r.is_empty() && *r != old.text("credit_reason"));
    let asked = Asked {
        order: old.id,
        party: new.get("party_id").and_then(Value::int).unwrap_or(0),
        currency: text("currency"),
        total: old.int("total").unwrap_or(0),
        required: text("required_on").parse().ok(),
        reason: said,
    };
    judge(ports, tx, ctx, &asked).await
}

/// A confirmed order grew.
pub(crate) async fn check_grown(ports: &Ports, tx: &Tx, ctx: &Ctx, order: i64) -> Result<()> {
    check_confirmed(ports, tx, ctx, order, false).await
}

/// An order is born confirmed, with its lines.
pub(crate) async fn check_new(ports: &Ports, tx: &Tx, ctx: &Ctx, order: i64) -> Result<()> {
    check_confirmed(ports, tx, ctx, order, true).await
}

/// The day that was asked for matters only while the order is new.
async fn check_confirmed(ports: &Ports, tx: &Tx, ctx: &Ctx, order: i64, new: bool) -> Result<()> {
    let sql = "SELECT party_id, currency, total, required_on, status FROM order_order WHERE id = $1";
    let Some(row) = tx.one(sql, binds![order]).await? else {
        return Ok(());
    };
    if row.text(4)? != "confirmed" {
        return Ok(());
    }
    let currency = row.text(1)?;
    let asked = Asked {
        order,
        party: row.int(0)?,
        currency: &currency,
        total: row.int(2)?,
        required: row.opt_text(3)?.filter(|_| new).and_then(|d| d.parse().ok()),
        reason: None,
    };
    judge(ports, tx, ctx, &asked).await
}

async fn judge(ports: &Ports, tx: &Tx, ctx: &Ctx, a: &Asked<'_>) -> Result<()> {
    if a.required.is_some_and(|d| d < ctx.today()) {
        return Err(Error::field("required_on", "error-order-required-past"));
    }
    let house = Ctx::system(&ctx.house, ctx.door);
    if let Some(party) = read::find(&house, tx, ctx.registry().get("party")?, a.party).await?
        && (party.archived_at.is_some() || party.text("status") == "rejected")
    {
        return Err(Error::refused("error-order-customer-blocked").with("name", party.text("name")));
    }
    products(&house, tx, ctx, a.order).await?;
    // Two orders of one customer are judged one after the other.
    let sql = format!("SELECT id FROM party_party WHERE id = $1{}", tx.dialect().for_update());
    tx.one(&sql, binds![a.party]).await?;
    let c = ports.billing.credit(ctx, tx, a.party, a.order).await?;
    let amount = (c.currency == a.currency).then_some(a.total);
    let Some(what) = against(&c, amount) else {
        return Ok(());
    };
    let no = refusal(&c, a.total, what);
    let Some(reason) = a.reason else {
        return Err(no);
    };
    ctx.require(OVERRIDE)?;
    let figures: Vec<String> = no
        .args
        .iter()
        .map(|(name, arg)| match arg {
            zhike_kernel::error::Arg::Text(t) => format!("{name} {t}"),
            zhike_kernel::error::Arg::Int(i) => format!("{name} {i}"),
        })
        .collect();
    let event = Event {
        kind: OVERRIDDEN.to_owned(),
        record_type: "order",
        record: a.order,
        party: Some(a.party),
        note: Some(format!("{reason} ({})", figures.join(", "))),
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await.map(|_| ())
}

/// No product of an order was put away or is no longer sold.
async fn products(house: &Ctx, tx: &Tx, ctx: &Ctx, order: i64) -> Result<()> {
    let sql = "SELECT DISTINCT product_id FROM order_line WHERE order_id = $1 AND archived_at IS NULL AND product_id IS NOT NULL ORDER BY product_id";
    let mut ids = vec![];
    for row in tx.all(sql, binds![order]).await? {
        ids.push(row.int(0)?);
    }
    for chunk in ids.chunks(500) {
        let found = read::find_many(house, tx, ctx.registry().get("product")?, chunk).await?;
        let gone = found
            .iter()
            .find(|p| p.archived_at.is_some() || p.get("active").truth() == Some(false));
        if let Some(p) = gone {
            return Err(Error::refused("error-order-product-gone").with("product", p.text("name")));
        }
    }
    Ok(())
}

/// `GET /orders/{id}/credit-check`: what speaks against confirming a draft, and the way out for whoever may go it.
pub(crate) async fn part(billing: Arc<dyn Billing>, visit: Visit, Path(id): Path<String>) -> Answer {
    let order = lines::need(&visit, &id).await?;
    let party = order.int("party_id").unwrap_or(0);
    let c = billing.credit(&visit.ctx, visit.db(), party, order.id).await?;
    let total = order.int("total").unwrap_or(0);
    let amount = (c.currency == order.text("currency")).then_some(total);
    let draft = order.text("status") == "draft" && order.text("kind") == "sale";
    let Some(what) = against(&c, amount).filter(|_| draft) else {
        return answer_html(html! {});
    };
    let loc = &visit.loc;
    answer_html(html! {
        (ui::card(loc.t("order-credit-card")).body(html! {
            div.stack {
                (ui::callout(ui::Tone::Warn, loc.error(&refusal(&c, total, what))))
                @if visit.may(OVERRIDE) && visit.may("order.edit") {
                    form.stack method="post" action={ "/orders/" (order.id) "/status" } {
                        (ui::hidden("csrf", &visit.csrf)) (ui::hidden("to", "confirmed"))
                        (ui::hidden("version", &order.version.to_string()))
                        (ui::Field::new("reason", loc.t("order-credit-why")).required(true).text(""))
                        div.btn-row.end { (ui::btn(loc.t("order-credit-override")).submit()) }
                    }
                }
            }
        }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_covers_what_is_owed_ordered_and_asked_for() {
        let c = Credit {
            currency: "CNY".into(),
            limit: Some(1_000),
            receivable: 300,
            unbilled: 400,
            ..Credit::default()
        };
        assert_eq!(against(&c, Some(300)), None);
        let over = Some(Against::Limit {
            most: 1_000,
            would: 1_001,
        });
        assert_eq!(against(&c, Some(301)), over);
        // Another currency is not covered by it, and who has no limit has none.
        assert_eq!(against(&c, None), None);
        assert_eq!(
            against(
                &Credit {
                    limit: None,
                    ..c.clone()
                },
                Some(i64::MAX)
            ),
            None
        );
        let late = Credit {
            overdue_days: 31,
            most_days: Some(30),
            ..c
        };
        assert_eq!(against(&late, None), Some(Against::Overdue { days: 31, most: 30 }));
    }
}
