//! The portal's pieces: what the customer owes, their invoices, and paying them.

use super::{card, keep};
use axum::extract::Path;
use maud::{Markup, html};
use zhike_kernel::{Currency, Door, Error, Result};
use zhike_store::{Ctx, Query as _, Record, binds, read};
use zhike_web::{
    Answer, GUEST, Place, Routes, Tab, Visit,
    answer::see_other,
    portal::PORTAL,
    ui::{self, Tone},
};

pub(crate) fn tabs() -> Vec<Tab> {
    vec![
        Tab::new(PORTAL, "due", Place::Head, 30, GUEST, |v, p| Box::pin(due(v, p))),
        Tab::new(PORTAL, "invoices", Place::Tab, 30, GUEST, |v, p| Box::pin(list(v, p))).icon("receipt"),
    ]
}

pub(crate) fn routes() -> Routes {
    Routes::new().post("/portal/invoices/{id}/pay", GUEST, pay)
}

/// What is overdue, in each currency.
async fn due(visit: &Visit, party: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let sql = "SELECT currency, CAST(COALESCE(SUM(open), 0) AS BIGINT), count(*) FROM billing_invoice WHERE party_id = $1 AND status = 'open' \
               AND open > 0 AND due_on < $2 AND archived_at IS NULL GROUP BY currency ORDER BY currency";
    let mut sums = vec![];
    for r in visit.db().all(sql, binds![party.id, visit.today().to_string()]).await? {
        let currency = r
            .opt_text(0)?
            .and_then(|c| Currency::parse(&c))
            .unwrap_or(visit.house.currency);
        let args = [
            ("n", r.int(2)?.into()),
            ("money", loc.money_full(r.int(1)?, currency).into()),
        ];
        sums.push(loc.tv("portal-due", &args));
    }
    Ok(
        html! { @for s in &sums { (ui::callout(Tone::Warn, html! { (s) " " a.link href="/portal/invoices" { (loc.t("portal-tab-invoices")) } })) } },
    )
}

async fn list(visit: &Visit, party: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let sql = "SELECT id, number, issued_on, due_on, total, open, currency, status FROM billing_invoice WHERE party_id = $1 \
               AND archived_at IS NULL ORDER BY issued_on DESC, id DESC LIMIT 100";
    let rows = visit.db().all(sql, binds![party.id]).await?;
    if rows.is_empty() {
        return Ok(ui::empty(
            "receipt",
            &loc.t("portal-invoices-none"),
            &loc.t("portal-invoices-none-text"),
            html! {},
        ));
    }
    let payable = keep::get(visit.db()).await?;
    let payable = payable.on || payable.has_bank();
    let today = visit.today().to_string();
    let mut lines = vec![];
    for r in &rows {
        let currency = r
            .opt_text(6)?
            .and_then(|c| Currency::parse(&c))
            .unwrap_or(visit.house.currency);
        let (id, open, status) = (r.int(0)?, r.opt_int(5)?.unwrap_or(0), r.text(7)?);
        let due = r.opt_text(3)?.unwrap_or_default();
        let owed = status == "open" && open > 0;
        lines.push(html! { tr {
            td { b { (r.text(1)?) } }
            td.num { (r.text(2)?) }
            td.num.bad[owed && due < today] { (due) }
            td.r { (ui::money_full(loc, r.int(4)?, currency)) }
            td.r { @if owed { (ui::money_full(loc, open, currency)) } @else { (loc.t(&format!("invoice-status-{status}"))) } }
            td.r { @if owed && payable { form method="post" action={ "/portal/invoices/" (id) "/pay" } style="margin:0" { (ui::btn(loc.t("portal-pay")).small().primary().submit()) } } }
        } });
    }
    Ok(html! { section.card { div.tbl-wrap { table.tbl.plain {
        thead { tr {
            th scope="col" { (loc.t("field-number")) } th scope="col" { (loc.t("invoice-issued_on")) } th scope="col" { (loc.t("invoice-due_on")) }
            th.r scope="col" { (loc.t("invoice-total")) } th.r scope="col" { (loc.t("invoice-open")) } th scope="col" { span.vh { (loc.t("portal-pay")) } }
        } }
        tbody { @for l in &lines { (l) } }
    } } } })
}

/// `POST /portal/invoices/{id}/pay`: to the page on which it is paid.
async fn pay(visit: Visit, Path(id): Path<String>) -> Answer {
    let party = visit.need_guest()?.party;
    let house = Ctx::system(&visit.house, Door::Page);
    let id: i64 = id.parse().map_err(|_| Error::missing())?;
    let invoice = read::need(&house, house.db(), house.registry().get("invoice")?, id).await?;
    if invoice.int("party_id") != Some(party) {
        return Err(Error::missing().into());
    }
    let link = card::make_for(&house, id).await?;
    see_other(&link.address(&visit.app.secret))
}
