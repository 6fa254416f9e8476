//! The statement of account of a customer for a period: page, CSV, API.

use super::ledger::{self, Account, Entry};
use axum::{extract::Path, http::StatusCode, http::header, response::IntoResponse};
use jiff::ToSpan;
use maud::{Markup, html};
use serde_json::{Value as Any, json};
use zhike_kernel::{Currency, Date, Error, Result, number};
use zhike_store::{Record, read};
use zhike_web::{
    Query, Screen, Visit,
    answer::{Answer, json as json_answer},
    input::Fields,
    ui,
};

/// The button on a customer.
pub(crate) async fn action(visit: &Visit, party: &Record) -> Result<Markup> {
    if ledger::currencies(visit.db(), party.id).await?.is_empty() {
        return Ok(html! {});
    }
    let button = ui::btn(visit.loc.t("account-title")).icon("list-details").ghost();
    Ok(html! { (button.href(format!("/receivables/{}", party.id)).wide_only()) })
}

fn day(q: &Fields, name: &str, otherwise: Date) -> Result<Date> {
    match q.filled(name) {
        None => Ok(otherwise),
        Some(text) => text.parse().map_err(|_| Error::field(name, "error-not-a-date")),
    }
}

/// What was asked: the customer (whom the reader must be allowed to see), the period, the currency.
pub(super) async fn asked(visit: &Visit, id: &str, q: &Fields) -> Result<(Record, Vec<Currency>, Account)> {
    let id: i64 = id.parse().map_err(|_| Error::missing())?;
    let party = read::need(&visit.ctx, visit.db(), visit.registry().get("party")?, id).await?;
    let all = ledger::currencies(visit.db(), id).await?;
    let own = Currency::parse(party.text("currency")).filter(|c| all.contains(c));
    let currency = match q.filled("currency") {
        Some(code) => Currency::parse(code).ok_or_else(|| Error::field("currency", "error-not-a-currency"))?,
        None => own.or_else(|| all.first().copied()).unwrap_or(visit.house.currency),
    };
    let until = day(q, "until", visit.today())?;
    let from = day(q, "from", until.checked_sub(1.year()).unwrap_or(until))?;
    if from > until {
        return Err(Error::field("until", "error-account-period"));
    }
    let account = ledger::read(visit.db(), id, currency, from, until).await?;
    Ok((party, all, account))
}

/// The customer's name for this reader.
pub(super) fn name(party: &Record, latin: bool) -> String {
    let other = party.text("name_latin");
    if latin && !other.is_empty() {
        other
    } else {
        party.text("name")
    }
    .to_owned()
}

/// `GET /receivables/{id}?from=&until=&currency=`.
pub(crate) async fn page(visit: Visit, Path(id): Path<String>, Query(q): Query) -> Answer {
    let loc = &visit.loc;
    let (party, all, account) = asked(&visit, &id, &q).await?;
    let query = format!(
        "from={}&until={}&currency={}",
        account.from,
        account.until,
        account.currency.code()
    );
    let file = |kind: &str| format!("/receivables/{}/{kind}?{query}", party.id);
    let actions = html! {
        (ui::btn(loc.t("account-csv")).icon("download").href(file("csv")))
        @if zhike_paper::available() { (ui::btn(loc.t("account-pdf")).icon("printer").href(file("pdf"))) }
    };
    let money = |v: i64| ui::money_full(loc, v, account.currency);
    let body = html! {
        (period(&visit, &party, &all, &account))
        (ui::kpis(&[
            ui::Kpi::new(loc.t("account-opening"), money(account.opening)),
            ui::Kpi::new(loc.t("account-debit"), money(account.debit)),
            ui::Kpi::new(loc.t("account-credits"), money(account.credit)),
            ui::Kpi::new(loc.t("account-closing"), money(account.closing())),
        ]))
        @if account.more { (ui::callout(ui::Tone::Warn, loc.tv("account-more", &[("n", loc.int(i64::try_from(ledger::MOST).unwrap_or(0)).into())]))) }
        @if account.entries.is_empty() {
            (ui::empty("list-details", &loc.t("account-none"), &loc.t("account-none-text"), html! {}))
        } @else {
            (ui::card(loc.t("account-title")).note(loc.t("account-note")).flush(table(&visit, &account)))
        }
        (ui::callout(ui::Tone::Quiet, loc.tv("account-proof", &[
            ("open", loc.money_full(account.open, account.currency).into()),
            ("loose", loc.money_full(account.loose, account.currency).into()),
            ("balance", loc.money_full(account.open - account.loose, account.currency).into()),
        ])))
    };
    Screen::new(
        &visit,
        loc.tv("account-of", &[("name", name(&party, visit.latin).into())]),
        "invoice",
    )
    .crumb(loc.t("nav-invoice"), "/receivables")
    .actions(actions)
    .show(ui::page_body(body))
}

fn period(visit: &Visit, party: &Record, all: &[Currency], account: &Account) -> Markup {
    let loc = &visit.loc;
    let choices: Vec<ui::Choice> = all.iter().map(|c| ui::Choice::new(c.code(), c.code())).collect();
    let form = html! {
        form.form-grid method="get" action={ "/receivables/" (party.id) } {
            (ui::Field::new("from", loc.t("account-from")).date(&account.from.to_string()))
            (ui::Field::new("until", loc.t("account-until")).date(&account.until.to_string()))
            @if all.len() > 1 { (ui::Field::new("currency", loc.t("invoice-currency")).select(&choices, account.currency.code(), None)) }
            div.btn-row.end { (ui::btn(loc.t("account-show")).submit()) }
        }
    };
    html! { (ui::card("").body(form)) }
}

fn table(visit: &Visit, account: &Account) -> Markup {
    let loc = &visit.loc;
    let c = account.currency;
    let side = |v: Option<i64>| html! { @if let Some(v) = v { (ui::money_full(loc, v, c)) } };
    html! {
        table.tbl.plain {
            thead { tr {
                th scope="col" { (loc.t("account-day")) }
                th scope="col" { (loc.t("account-document")) }
                th.r scope="col" { (loc.t("account-debit")) }
                th.r scope="col" { (loc.t("account-credits")) }
                th.r scope="col" { (loc.t("account-balance")) }
            } }
            tbody data-rows {
                tr { td.num { (account.from) } td { (loc.t("account-opening")) } td {} td {} td.r { (ui::money_full(loc, account.opening, c)) } }
                @for e in &account.entries {
                    @let (debit, credit) = sides(e);
                    tr {
                        td.num { (e.day) }
                        td { (loc.t(e.kind.key())) " " a.link.num href={ (e.kind.path()) "/" (e.id) } { (e.number) } }
                        td.r { (side(debit)) }
                        td.r { (side(credit)) }
                        td.r { (ui::money_full(loc, e.balance, c)) }
                    }
                }
            }
        }
    }
}

/// What a row owes more, or less.
pub(super) fn sides(e: &Entry) -> (Option<i64>, Option<i64>) {
    if e.amount >= 0 {
        (Some(e.amount), None)
    } else {
        (None, Some(-e.amount))
    }
}

/// A cell as spreadsheets read it: quoted, and no formula.
fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']);
    format!("\"{}{}\"", if formula { "'" } else { "" }, text.replace('"', "\"\""))
}

/// `GET /receivables/{id}/csv`.
pub(crate) async fn csv(visit: Visit, Path(id): Path<String>, Query(q): Query) -> Answer {
    let loc = &visit.loc;
    let (party, _, account) = asked(&visit, &id, &q).await?;
    let c = account.currency;
    let text = |v: i64| number::write_scaled(v, c.decimals());
    let side = |v: Option<i64>| v.map(text).unwrap_or_default();
    let head = [
        "account-day",
        "account-document",
        "field-number",
        "account-debit",
        "account-credits",
        "account-balance",
        "invoice-currency",
    ];
    let mut out = head.map(|k| cell(&loc.t(k))).join(",");
    let mut line = |cells: [String; 7]| {
        out.push_str("\r\n");
        out.push_str(&cells.join(","));
    };
    let code = c.code().to_owned();
    let none = String::new;
    line([
        account.from.to_string(),
        cell(&loc.t("account-opening")),
        none(),
        none(),
        none(),
        text(account.opening),
        code.clone(),
    ]);
    for e in &account.entries {
        let (debit, credit) = sides(e);
        line([
            e.day.clone(),
            cell(&loc.t(e.kind.key())),
            cell(&e.number),
            side(debit),
            side(credit),
            text(e.balance),
            code.clone(),
        ]);
    }
    out.push_str("\r\n");
    let file = format!(
        "attachment; filename=\"account-{}-{}.csv\"",
        party.text("number"),
        account.until
    );
    // The mark at the beginning tells spreadsheets that it is UTF-8.
    Ok((
        [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
            (header::CONTENT_DISPOSITION, file),
        ],
        format!("\u{feff}{out}"),
    )
        .into_response())
}

/// `GET /api/v1/receivables/{id}/account`.
pub(crate) async fn api(visit: Visit, Path(id): Path<String>, Query(q): Query) -> Answer {
    let (party, _, account) = asked(&visit, &id, &q).await?;
    let text = |v: i64| number::write_scaled(v, account.currency.decimals());
    let entries: Vec<Any> = account
        .entries
        .iter()
        .map(|e| {
            let (debit, credit) = sides(e);
            json!({"day": e.day, "kind": e.kind.name(), "id": e.id, "number": e.number,
                "debit": debit.map(text), "credit": credit.map(text), "balance": text(e.balance)})
        })
        .collect();
    json_answer(
        StatusCode::OK,
        &json!({"party_id": party.id, "currency": account.currency.code(), "from": account.from.to_string(),
            "until": account.until.to_string(), "opening": text(account.opening), "debit": text(account.debit),
            "credit": text(account.credit), "closing": text(account.closing()), "entries": entries, "more": account.more,
            "receivable": text(account.open), "unallocated": text(account.loose)}),
    )
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn a_cell_is_no_formula() {
        assert_eq!(cell("I-1"), "\"I-1\"");
        assert_eq!(cell("=1+1"), "\"'=1+1\"");
        assert_eq!(cell("a\"b"), "\"a\"\"b\"");
    }
}
