//! What is shown on payments, invoices and customers.

use crate::{ageing, allocate::open_of, rules};
use maud::{Markup, html};
use zhike_kernel::{Currency, Filter, Op, Result, Value};
use zhike_store::{Query as _, Record, binds, read};
use zhike_web::{Visit, records, ui};

/// Open invoices offered for one payment.
const OFFERED: usize = 50;

fn currency(visit: &Visit, record: &Record) -> Currency {
    Currency::parse(record.text("currency")).unwrap_or(visit.house.currency)
}

/// One allocation as both sides show it.
struct Line {
    id: i64,
    version: i64,
    other: i64,
    number: String,
    day: String,
    amount: i64,
}

async fn lines(visit: &Visit, sql: &str, id: i64) -> Result<Vec<Line>> {
    visit
        .db()
        .all(sql, binds![id])
        .await?
        .iter()
        .map(|r| {
            Ok(Line {
                id: r.int(0)?,
                version: r.int(1)?,
                other: r.int(2)?,
                number: r.text(3)?,
                day: r.opt_text(4)?.unwrap_or_default(),
                amount: r.int(5)?,
            })
        })
        .collect()
}

/// The tab `allocation` of a payment.
pub(crate) async fn allocation(visit: &Visit, payment: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let c = currency(visit, payment);
    let sql = "SELECT a.id, a.version, i.id, i.number, i.due_on, a.amount FROM billing_allocation a JOIN billing_invoice i ON i.id = a.invoice_id \
               WHERE a.payment_id = $1 AND a.archived_at IS NULL ORDER BY a.id";
    let done = lines(visit, sql, payment.id).await?;
    let left = payment.int("unallocated").unwrap_or(0);
    let may = visit.may("payment.edit") && payment.archived_at.is_none();
    let list = html! {
        table.tbl.plain {
            thead { tr {
                th scope="col" { (loc.t("invoice-one")) }
                th scope="col" { (loc.t("invoice-due_on")) }
                th.r scope="col" { (loc.t("allocation-amount")) }
                @if may { th scope="col" { span.vh { (loc.t("allocation-remove")) } } }
            } }
            tbody {
                @for l in &done { tr {
                    td { a.link.num href={ "/invoices/" (l.other) } { (l.number) } }
                    td.num { (l.day) }
                    td.r { (ui::money_full(loc, l.amount, c)) }
                    @if may { td.r {
                        (ui::icon_btn("trash", loc.t("allocation-remove")).small()
                            .attr("hx-post", format!("/payments/{}/unallocate/{}?version={}", payment.id, l.id, l.version))
                            .attr("hx-target", "#allocation").attr("hx-swap", "outerHTML"))
                    } }
                } }
            }
        }
    };
    Ok(html! {
        div #allocation .stack.l {
            (ui::kpis(&[
                ui::Kpi::new(loc.t("payment-amount"), ui::money_full(loc, payment.int("amount").unwrap_or(0), c)),
                ui::Kpi::new(loc.t("payment-unallocated"), ui::money_full(loc, left, c)),
            ]))
            @if done.is_empty() {
                (ui::empty("arrows-left-right", &loc.t("allocation-none"), &loc.t("allocation-none-text"), html! {}))
            } @else {
                (ui::card(loc.t("allocation-many")).flush(list))
            }
            @if may && left != 0 { (offer(visit, payment, left).await?) }
        }
    })
}

/// The open invoices that the rest of a payment may go to, with amounts proposed oldest first.
async fn offer(visit: &Visit, payment: &Record, left: i64) -> Result<Markup> {
    let loc = &visit.loc;
    let c = currency(visit, payment);
    let party = payment.int("party_id").unwrap_or(0);
    let open = open_of(visit.db(), party, payment.text("currency")).await?;
    let open: Vec<(i64, i64)> = open
        .into_iter()
        .filter(|(_, due)| (*due < 0) == (left < 0))
        .take(OFFERED)
        .collect();
    if open.is_empty() {
        return Ok(ui::callout(ui::Tone::Quiet, loc.t("allocation-no-open")));
    }
    let parts = rules::share_out(left, &open);
    let ids: Vec<i64> = open.iter().map(|o| o.0).collect();
    let invoices = read::find_many(&visit.ctx, visit.db(), visit.registry().get("invoice")?, &ids).await?;
    let at = |id: i64| invoices.iter().find(|i| i.id == id);
    let text = |minor: i64| zhike_kernel::number::write_scaled(minor, c.decimals());
    let table = html! {
        table.tbl.plain {
            thead { tr {
                th scope="col" { (loc.t("invoice-one")) }
                th scope="col" { (loc.t("invoice-due_on")) }
                th.r scope="col" { (loc.t("invoice-open")) }
                th scope="col" { (loc.t("allocation-amount")) }
            } }
            tbody {
                @for (id, due) in &open {
                    @if let Some(i) = at(*id) {
                        @let proposed = parts.iter().find(|p| p.0 == *id).map(|p| text(p.1)).unwrap_or_default();
                        tr {
                            td { a.link.num href={ "/invoices/" (id) } { (i.text("number")) } }
                            td.num { (i.text("due_on")) }
                            td.r { (ui::money_full(loc, *due, c)) }
                            td {
                                form.row method="post" action={ "/payments/" (payment.id) "/allocate" } hx-post={ "/payments/" (payment.id) "/allocate" } hx-swap="none" style="margin:0" {
                                    (ui::hidden("csrf", &visit.csrf))
                                    (ui::hidden("invoice", &id.to_string()))
                                    input.input.r.num type="text" inputmode="decimal" autocomplete="off" name="amount" value=(proposed) required
                                        style="max-width:140px" aria-label={ (loc.t("allocation-amount")) " " (i.text("number")) };
                                    (ui::btn(loc.t("allocation-put")).small().submit())
                                }
                            }
                        }
                    }
                }
            }
        }
    };
    let auto = html! {
        form.row data-stay method="post" action={ "/payments/" (payment.id) "/allocate" } style="margin:0" {
            (ui::hidden("csrf", &visit.csrf))
            (ui::hidden("auto", "1"))
            (ui::btn(loc.t("allocation-auto")).primary().small().submit())
        }
    };
    Ok(html! { (ui::card(loc.t("allocation-offer")).actions(auto).flush(table)) })
}

/// The tab `payments` of an invoice.
pub(crate) async fn payments(visit: &Visit, invoice: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let c = currency(visit, invoice);
    let sql = "SELECT a.id, a.version, p.id, p.number, p.received_on, a.amount FROM billing_allocation a JOIN billing_payment p ON p.id = a.payment_id \
               WHERE a.invoice_id = $1 AND a.archived_at IS NULL ORDER BY p.received_on, a.id";
    let done = lines(visit, sql, invoice.id).await?;
    let due: Option<zhike_kernel::Date> = invoice.date("due_on");
    let open = invoice.int("open").unwrap_or(0);
    let late = if open > 0 {
        rules::days_late(due, visit.today())
    } else {
        0
    };
    let table = html! {
        table.tbl.plain {
            thead { tr {
                th scope="col" { (loc.t("payment-one")) }
                th scope="col" { (loc.t("payment-received_on")) }
                th.r scope="col" { (loc.t("allocation-amount")) }
            } }
            tbody {
                @for l in &done { tr {
                    td { a.link.num href={ "/payments/" (l.other) "/allocation" } { (l.number) } }
                    td.num { (l.day) }
                    td.r { (ui::money_full(loc, l.amount, c)) }
                } }
            }
        }
    };
    Ok(html! {
        (ui::kpis(&[
            ui::Kpi::new(loc.t("invoice-total"), ui::money_full(loc, invoice.int("total").unwrap_or(0), c)),
            ui::Kpi::new(loc.t("invoice-paid"), ui::money_full(loc, invoice.int("paid").unwrap_or(0), c)),
            ui::Kpi::new(loc.t("invoice-credited"), ui::money_full(loc, invoice.int("credited").unwrap_or(0), c)),
            ui::Kpi::new(loc.t("invoice-open"), ui::money_full(loc, open, c)),
        ]))
        @if late > 0 { (ui::callout(ui::Tone::Bad, loc.tv("invoice-late", &[("n", late.into())]))) }
        @if done.is_empty() {
            (ui::empty("credit-card", &loc.t("invoice-no-payments"), &loc.t("invoice-no-payments-text"), html! {}))
        } @else {
            (ui::card(loc.t("payment-many")).flush(table))
        }
        (crate::credit::list(visit, invoice).await?)
    })
}

fn is(field: &str, value: Value) -> Filter {
    Filter::Field {
        field: field.to_owned(),
        op: Op::Is,
        values: vec![value],
    }
}

/// The tab `money` of a party.
pub(crate) async fn money(visit: &Visit, party: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let ages = ageing::of_party(visit, party.id).await?;
    let open = Filter::All(vec![is("party_id", party.id.into()), is("status", "open".into())]);
    let invoices = records::related(
        visit,
        "invoice",
        open,
        &["number", "issued_on", "due_on", "total", "open"],
        20,
    )
    .await?;
    let columns = ["number", "received_on", "amount", "unallocated", "method"];
    let payments = records::related(visit, "payment", is("party_id", party.id.into()), &columns, 10).await?;
    let sql = "SELECT currency, CAST(COALESCE(SUM(unallocated), 0) AS BIGINT) FROM billing_payment \
               WHERE party_id = $1 AND unallocated <> 0 AND archived_at IS NULL GROUP BY currency ORDER BY currency";
    let mut loose = vec![];
    for row in visit.db().all(sql, binds![party.id]).await? {
        loose.push((
            Currency::parse(&row.text(0)?).unwrap_or(visit.house.currency),
            row.int(1)?,
        ));
    }
    let new = visit.may("payment.create").then(|| {
        ui::btn(loc.t("payment-new"))
            .icon("plus")
            .small()
            .href(format!("/payments/new?party_id={}", party.id))
    });
    Ok(html! {
        @for a in &ages { (ageing::bar(visit, a)) }
        @if ages.is_empty() { (ui::callout(ui::Tone::Good, loc.t("party-owes-nothing"))) }
        @for (c, amount) in &loose {
            (ui::callout(ui::Tone::Info, loc.tv("party-unallocated", &[("amount", loc.money_full(*amount, *c).into())])))
        }
        (ui::card(loc.t("invoice-open-many")).flush(invoices))
        (ui::card(loc.t("payment-many")).actions(html! { @if let Some(new) = new { (new) } }).flush(payments))
    })
}
