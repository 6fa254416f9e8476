//! The report on its page, as a file and for programs.

use super::{
    Customer, Line, Period, Sum, VIEW, by, customers, lines,
    often::{self, Often},
};
use crate::schema::CHANNELS;
use axum::{
    http::{StatusCode, header},
    response::IntoResponse,
};
use maud::{Markup, html};
use serde_json::json;
use zhike_kernel::Result;
use zhike_web::{
    Answer, Fields, Query, Routes, Screen, Visit,
    answer::json as answer,
    input::percent_encode,
    ui::{self, Kpi},
};

/// Customers shown.
const SHOWN: usize = 20;

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/contacts/report", VIEW, |v: Visit, Query(q): Query| {
            Box::pin(page(v, q))
        })
        .get(
            "/contacts/report/export",
            "interaction.export",
            |v: Visit, Query(q): Query| Box::pin(export(v, q)),
        )
        .get("/api/v1/contacts/report", VIEW, |v: Visit, Query(q): Query| {
            Box::pin(api(v, q))
        })
}

/// The list behind a number.
fn href(period: Period, conditions: &[(&str, &str)]) -> String {
    let mut all = vec![
        format!("happened_on:ge:{}", period.from),
        format!("happened_on:le:{}", period.to),
    ];
    all.extend(conditions.iter().map(|(field, value)| format!("{field}:is:{value}")));
    let all: Vec<String> = all.iter().map(|c| format!("f={}", percent_encode(c))).collect();
    format!("/interactions?{}", all.join("&"))
}

/// The month within the period.
fn month_of(period: Period, month: &str) -> Period {
    let first = zhike_store::field::parse_date(&format!("{month}-01"));
    match first {
        None => period,
        Some(first) => Period {
            from: first.max(period.from),
            to: first.last_of_month().min(period.to),
        },
    }
}

fn cells(visit: &Visit, sum: &Sum, period: Period, more: &[(&str, &str)]) -> Markup {
    let loc = &visit.loc;
    let currency = visit.house.currency;
    let count = |n: i64, direction: &str| {
        let conditions = [more, &[("direction", direction)]].concat();
        html! { td.r.num { @if n > 0 { a.link href=(href(period, &conditions)) { (loc.int(n)) } } @else { "0" } } }
    };
    let money = |v: Option<i64>| match v {
        Some(v) => ui::money_full(loc, v, currency),
        None => html! { "—" },
    };
    html! {
        (count(sum.went, "out")) (count(sum.came, "in"))
        td.r.num { (loc.int(sum.minutes)) }
        td.r { (money((sum.rated > 0).then_some(sum.cost))) }
        td.r { (money(sum.each())) }
    }
}

fn heads(visit: &Visit, first: &str) -> Markup {
    let loc = &visit.loc;
    html! { thead { tr {
        th scope="col" { (loc.t(first)) }
        @for h in ["out", "in", "minutes", "cost", "each"] { th.r scope="col" { (loc.t(&format!("tally-{h}"))) } }
    } } }
}

fn total(lines: &[Line]) -> Sum {
    let mut sum = Sum::default();
    lines.iter().for_each(|l| sum.add(&l.sum));
    sum
}

async fn page(visit: Visit, q: Fields) -> Answer {
    let loc = &visit.loc;
    let period = Period::of(&q, visit.today())?;
    let all = lines(&visit.ctx, period, None).await?;
    let sum = total(&all);
    let form = html! {
        form.row.wrap method="get" action="/contacts/report" style="gap:10px;align-items:flex-end" {
            (ui::Field::new("from", loc.t("tally-from")).date(&period.from.to_string()))
            (ui::Field::new("to", loc.t("tally-to")).date(&period.to.to_string()))
            (ui::btn(loc.t("tally-show")).submit())
        }
    };
    let export = format!("/contacts/report/export?from={}&to={}", period.from, period.to);
    let actions = html! {
        @if visit.may("contact_rate.view") { (ui::btn(loc.t("contact_rate-many")).small().icon("coin").href("/contact-rates")) }
        @if visit.may("interaction.export") && !all.is_empty() { (ui::btn(loc.t("tally-export")).small().icon("table-export").href(export)) }
    };
    let main = html! { div.stack.l {
        (form)
        @if all.is_empty() { (ui::empty("messages", &loc.t("tally-none"), &loc.t("tally-none-text"), html! {})) }
        @else {
            (figures(&visit, &sum))
            @if sum.rated < sum.all() { (unrated(&visit, sum.all() - sum.rated)) }
            (channels(&visit, &all, period))
            (months(&visit, &all, period))
            (people(&visit, &customers(&visit.ctx, period, SHOWN).await?, period))
            (less(&visit, &often::all(&visit.ctx, period, SHOWN).await?, period))
        }
    } };
    Screen::new(&visit, loc.t("nav-tally"), "tally")
        .actions(actions)
        .show(ui::page_body(main))
}

fn figures(visit: &Visit, sum: &Sum) -> Markup {
    let loc = &visit.loc;
    let currency = visit.house.currency;
    let money = |v: Option<i64>| v.map_or_else(|| "—".to_owned(), |v| loc.money_full(v, currency));
    ui::kpis(&[
        Kpi::new(loc.t("tally-all"), loc.int(sum.all())),
        Kpi::new(loc.t("tally-out"), loc.int(sum.went)),
        Kpi::new(loc.t("tally-in"), loc.int(sum.came)),
        Kpi::new(loc.t("tally-cost"), money((sum.rated > 0).then_some(sum.cost))),
        Kpi::new(loc.t("tally-each"), money(sum.each())),
    ])
}

fn unrated(visit: &Visit, n: i64) -> Markup {
    let loc = &visit.loc;
    let words = loc.tv("tally-unrated", &[("n", n.into())]);
    ui::callout(
        ui::Tone::Info,
        html! { (words) @if visit.may("contact_rate.create") { " " a.link href="/contact-rates/new" { (loc.t("tally-rate-new")) } } },
    )
}

fn channels(visit: &Visit, all: &[Line], period: Period) -> Markup {
    let loc = &visit.loc;
    let sums = by(all, |l| l.channel.clone());
    let body = html! { div.tbl-wrap { table.tbl.plain {
        (heads(visit, "tally-channel"))
        tbody data-rows { @for word in CHANNELS { @if let Some((_, sum)) = sums.iter().find(|s| s.0 == *word) {
            tr { td { b { (loc.t(&format!("channel-{word}"))) } } (cells(visit, sum, period, &[("channel", word)])) }
        } } }
    } } };
    html! { (ui::card(loc.t("tally-channels")).note(loc.t("tally-cost-how")).flush(body)) }
}

fn months(visit: &Visit, all: &[Line], period: Period) -> Markup {
    let loc = &visit.loc;
    let used: Vec<&str> = CHANNELS
        .iter()
        .copied()
        .filter(|c| all.iter().any(|l| l.channel == *c))
        .collect();
    let months = by(all, Line::month);
    let cell = |month: &str, channel: &str| {
        let of: Vec<&Line> = all
            .iter()
            .filter(|l| l.channel == channel && l.month() == month)
            .collect();
        let mut sum = Sum::default();
        of.iter().for_each(|l| sum.add(&l.sum));
        let within = month_of(period, month);
        let link = |n: i64, direction: &str| {
            let to = href(within, &[("channel", channel), ("direction", direction)]);
            html! { @if n > 0 { a.link href=(to) { (loc.int(n)) } } @else { "0" } }
        };
        html! { td.r.num { @if sum.all() == 0 { span.dim { "·" } } @else { (link(sum.went, "out")) " / " (link(sum.came, "in")) } } }
    };
    let body = html! { div.tbl-wrap { table.tbl.plain {
        thead { tr { th scope="col" { (loc.t("tally-month")) } @for c in &used { th.r scope="col" { (loc.t(&format!("channel-{c}"))) } } th.r scope="col" { (loc.t("tally-cost")) } } }
        tbody data-rows { @for (month, sum) in months.iter().rev() { tr {
            td.num { b { (month) } }
            @for c in &used { (cell(month, c)) }
            td.r { @if sum.rated > 0 { (ui::money_full(loc, sum.cost, visit.house.currency)) } @else { "—" } }
        } } }
    } } };
    html! { (ui::card(loc.t("tally-months")).note(loc.t("tally-months-how")).flush(body)) }
}

fn people(visit: &Visit, all: &[Customer], period: Period) -> Markup {
    let loc = &visit.loc;
    if all.is_empty() {
        return html! {};
    }
    let body = html! { div.tbl-wrap { table.tbl.plain {
        (heads(visit, "tally-customer"))
        tbody data-rows { @for c in all { tr {
            td { a.link href={ "/parties/" (c.id) } { (c.name) } }
            (cells(visit, &c.sum, period, &[("party_id", &c.id.to_string())]))
        } } }
    } } };
    html! { (ui::card(loc.t("tally-customers")).flush(body)) }
}

fn less(visit: &Visit, all: &[Often], period: Period) -> Markup {
    let loc = &visit.loc;
    let body = if all.is_empty() {
        html! { p.mut style="padding:14px 18px" { (loc.t("tally-less-none")) } }
    } else {
        html! { div.tbl-wrap { table.tbl.plain {
            thead { tr { @for h in ["customer", "asked", "had"] { th scope="col" { (loc.t(&format!("tally-{h}"))) } } } }
            tbody data-rows { @for o in all {
                @let party = o.party.to_string();
                @let since = loc.date_iso(o.since);
                tr {
                    td { a.link href={ "/parties/" (o.party) } { (o.name) } }
                    td { (loc.tv(&format!("tally-per-{}", o.limit.per), &[("n", o.limit.most.into())]))
                        @if let Some(c) = &o.limit.channel { " · " (loc.t(&format!("channel-{c}"))) } }
                    td { a.link href=(href(period, &[("party_id", &party), ("direction", "out")])) { (loc.tv("tally-had-since", &[("n", o.had.into()), ("since", since.into())])) } }
                }
            } }
        } } }
    };
    html! { (ui::card(loc.t("tally-less")).note(loc.t("tally-less-how")).flush(body)) }
}

fn figures_of(sum: &Sum) -> serde_json::Value {
    json!({"in": sum.came, "out": sum.went, "minutes": sum.minutes, "rated": sum.rated,
        "cost": (sum.rated > 0).then_some(sum.cost), "cost_each": sum.each()})
}

/// `GET /api/v1/contacts/report?from=&to=`.
async fn api(visit: Visit, q: Fields) -> Answer {
    let period = Period::of(&q, visit.today())?;
    let all = lines(&visit.ctx, period, None).await?;
    let key = |l: &Line| format!("{} {}", l.month(), l.channel);
    let items = by(&all, key).into_iter().map(|(key, sum)| {
        let (month, channel) = key.split_once(' ').unwrap_or(("", ""));
        let mut item = figures_of(&sum);
        item["month"] = month.into();
        item["channel"] = channel.into();
        item
    });
    let customers = customers(&visit.ctx, period, 100).await?;
    let customers = customers.iter().map(|c| {
        let mut item = figures_of(&c.sum);
        item["party_id"] = c.id.into();
        item["name"] = c.name.as_str().into();
        item
    });
    let less = often::all(&visit.ctx, period, 100).await?;
    let less = less.iter().map(|o| {
        json!({"party_id": o.party, "name": o.name, "most": o.limit.most, "per": o.limit.per, "channel": o.limit.channel,
            "had": o.had, "since": o.since.to_string()})
    });
    answer(
        StatusCode::OK,
        &json!({"from": period.from.to_string(), "to": period.to.to_string(), "currency": visit.house.currency.code(),
            "sum": figures_of(&total(&all)), "items": items.collect::<Vec<_>>(), "customers": customers.collect::<Vec<_>>(),
            "asked_for_less": less.collect::<Vec<_>>()}),
    )
}

/// `GET /contacts/report/export?from=&to=`: one row for each month, channel and direction, without anybody's name.
async fn export(visit: Visit, q: Fields) -> Answer {
    let period = Period::of(&q, visit.today())?;
    let text = csv(&lines(&visit.ctx, period, None).await?, visit.house.currency)?;
    let name = format!("contacts-{}-{}.csv", period.from, period.to);
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    Ok((headers, text).into_response())
}

fn csv(all: &[Line], currency: zhike_kernel::Currency) -> Result<String> {
    let mut out = String::from("\u{feff}month,channel,direction,contacts,minutes,cost,currency\r\n");
    let key = |l: &Line| {
        let direction = if l.sum.came > 0 { "in" } else { "out" };
        format!("{},{},{direction}", l.month(), l.channel)
    };
    for (key, sum) in by(all, key) {
        let cost = match sum.rated {
            0 => String::new(),
            _ => zhike_kernel::number::write_scaled(sum.cost, currency.decimals()),
        };
        out.push_str(&format!(
            "{key},{},{},{cost},{}\r\n",
            sum.all(),
            sum.minutes,
            currency.code()
        ));
    }
    Ok(out)
}
