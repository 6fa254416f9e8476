//! The page of the programme: who is in it, what that costs and brings, what it changed so far, and what is assumed.

use super::gain::{self, Found, LEAST, Report};
use super::read::{self, Figures};
use super::settings::{self, Settings};
use crate::words::{dash, money, read_number};
use maud::{Markup, html};
use zhike_kernel::{Error, FieldError, Result, money::mul_div, number};
use zhike_value::matched::Few;
use zhike_web::ui::{self, Field, Kpi, Tier, Tone};
use zhike_web::{Answer, Fields, Form, Screen, Visit, answer};

const RATES: [(&str, usize); 3] = [("uplift_gold", 0), ("uplift_regular", 1), ("uplift_low", 2)];

/// `GET /care/programme`.
pub async fn show(visit: Visit) -> Answer {
    answer::html(page(&visit, &Fields::default(), &[]).await?)
}

async fn page(visit: &Visit, typed: &Fields, wrong: &[FieldError]) -> Result<Markup> {
    let loc = &visit.loc;
    let tiers = read::tiers(&visit.ctx).await?;
    let set = settings::load(visit.db(), visit.house.currency).await?;
    // What came of all customers is not told to who sees only some.
    let made = if visit.actor.owners().is_none() && visit.may("cost.view") {
        gain::latest(visit.db()).await?
    } else {
        None
    };
    let report = made.as_ref().map(|m| &m.1);
    let known = tiers.iter().any(|t| t.customers > 0);
    let actions = html! {
        (ui::btn(loc.t("programme-enrolments")).icon("list").href("/enrolments"))
        (ui::btn(loc.t("programme-customers")).icon("users").href("/care/programme/customers?part=proposed"))
    };
    let main = html! { div.page { div.stack.l {
        @if known {
            (figures(visit, &tiers, &set, report))
            (table(visit, &tiers, &set))
        } @else {
            (ui::empty("user-check", &loc.t("programme-none"), &loc.t("programme-none-text"), html! {
                @if visit.may("value.view") { (ui::btn(loc.t("nav-value")).primary().href("/value")) }
            }))
        }
        @if visit.may("cost.view") { div.g2 {
            (gained(visit, report, &set))
            (form(visit, &set, report, typed, wrong))
        } }
    } } };
    Ok(Screen::new(visit, loc.t("nav-programme"), "programme")
        .actions(actions)
        .markup(main))
}

fn figures(visit: &Visit, tiers: &[Figures], set: &Settings, report: Option<&Report>) -> Markup {
    let loc = &visit.loc;
    let sum = |of: fn(&Figures) -> i64| tiers.iter().map(of).sum::<i64>();
    let (now, new) = (sum(|t| t.enrolled), sum(|t| t.proposed));
    let mut items = vec![
        Kpi::new(loc.t("programme-enrolled"), loc.int(now)).href("/care/programme/customers?part=enrolled"),
        Kpi::new(loc.t("programme-proposed"), loc.int(new))
            .note(loc.tv("programme-beyond", &[("n", sum(|t| t.beyond).into())]))
            .href("/care/programme/customers?part=proposed"),
    ];
    if visit.may("cost.view") {
        let cost = now.saturating_mul(set.cost);
        let of = loc.money(set.budget, visit.house.currency);
        items.push(
            Kpi::new(loc.t("programme-cost"), money(visit, cost))
                .note(loc.tv("programme-of-budget", &[("budget", of.into())])),
        );
        let sum = report.and_then(Report::sum);
        let value = sum.map_or_else(dash, |s| money(visit, s.profit));
        let amount = |minor: i64| loc.money(minor, visit.house.currency);
        items.push(Kpi::new(loc.t("programme-profit"), value).note(html! {
            @if let Some(s) = sum { (loc.tv("programme-interval", &[("low", amount(s.low).into()), ("high", amount(s.high).into())])) br; }
            (loc.tv("programme-goal", &[("goal", amount(set.goal).into())]))
        }));
    }
    ui::kpis(&items)
}

fn table(visit: &Visit, tiers: &[Figures], set: &Settings) -> Markup {
    let loc = &visit.loc;
    let open = visit.may("cost.view");
    html! { (ui::card(loc.t("programme-tiers")).note(loc.t("programme-a-year")).flush(html! {
        table.tbl {
            thead { tr {
                th scope="col" { (loc.t("party-tier")) }
                th.r.hide-s scope="col" { (loc.t("programme-count")) }
                @if open { th.r.hide-s scope="col" { (loc.t("care-margin")) } }
                th.r scope="col" { (loc.t("programme-enrolled")) }
                th.r scope="col" { (loc.t("programme-proposed")) }
                @if open {
                    th.r.hide-s scope="col" { (loc.t("programme-expected")) }
                    th.r.hide-s scope="col" { (loc.t("programme-costs")) }
                    th.r.hide-s scope="col" { (loc.t("programme-left")) }
                }
            } }
            tbody { @for t in tiers { tr {
                @let benefit = t.benefit + t.would;
                @let cost = (t.enrolled + t.proposed).saturating_mul(set.cost);
                td { @if let Some(tier) = Tier::parse(&t.tier) { (ui::tier(loc, tier)) } }
                td.r.num.hide-s { (loc.int(t.customers)) }
                @if open { td.r.hide-s { (money(visit, t.margin)) } }
                td.r.num { (loc.int(t.enrolled)) }
                td.r.num { (loc.int(t.proposed)) }
                @if open {
                    td.r.hide-s { (money(visit, benefit)) }
                    td.r.hide-s { (money(visit, cost)) }
                    td.r.hide-s { b { (money(visit, benefit - cost)) } }
                }
            } } }
        }
    }).foot(html! { span.sm.mut { (loc.t("programme-rule")) } })) }
}

/// Why nothing can be said, in words.
fn few(visit: &Visit, few: Few) -> String {
    let n = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    match few {
        Few::Customers(many) => visit.loc.tv("programme-few", &[("n", n(many).into())]),
        Few::Matched(many) => visit.loc.tv("programme-few-matched", &[("n", n(many).into())]),
    }
}

#[allow(clippy::cast_possible_truncation, reason = "amounts far below the limits of i64")]
fn whole(value: f64) -> i64 {
    value.round() as i64
}

fn gained(visit: &Visit, report: Option<&Report>, set: &Settings) -> Markup {
    let loc = &visit.loc;
    let Some(r) = report else {
        return html! { (ui::card(loc.t("programme-gain")).body(html! { p.mut { (loc.t("programme-gain-none")) } })) };
    };
    let n = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let rows = ["all", "gold", "regular", "low"]
        .into_iter()
        .zip(std::iter::once(&r.all).chain(&r.tiers));
    html! { (ui::card(loc.t("programme-gain")).note(loc.tv("programme-until", &[("month", r.until.as_str().into())])).body(html! { div.stack {
        @if let Found::Few(why) = r.all { (ui::callout(Tone::Info, few(visit, why))) }
        @if let Some(sum) = r.sum() {
            (ui::kv(&[
                (loc.t("programme-gained"), money(visit, sum.gained)),
                (loc.t("programme-spent"), money(visit, sum.cost)),
                (loc.t("programme-profit"), html! { b { (money(visit, sum.profit)) } div.xs.mut { (loc.tv("programme-interval", &[
                    ("low", loc.money(sum.low, visit.house.currency).into()), ("high", loc.money(sum.high, visit.house.currency).into())])) } }),
                (loc.t("programme-reached"), html! { (reached(visit, sum.profit, set.goal)) }),
            ]))
        }
        div.tbl-wrap { table.tbl.plain {
            thead { tr {
                th scope="col" { (loc.t("party-tier")) }
                th.r scope="col" { (loc.t("programme-matched")) }
                th.r.hide-s scope="col" { (loc.t("programme-before")) }
                th.r.hide-s scope="col" { (loc.t("programme-otherwise")) }
                th.r.hide-s scope="col" { (loc.t("programme-after")) }
                th.r scope="col" { (loc.t("programme-effect")) }
            } }
            tbody { @for (tier, found) in rows { tr {
                td { @match Tier::parse(tier) { Some(t) => { (ui::tier(loc, t)) }, None => { (loc.t("programme-all")) } } }
                @match found {
                    Found::Effect(e) => {
                        td.r.num { (loc.int(n(e.matched))) }
                        @for amount in [e.before, e.otherwise, e.after] { td.r.hide-s { (money(visit, whole(amount))) } }
                        td.r {
                            b { (e.relative.map_or_else(|| "–".to_owned(), |p| loc.percent(p, 1))) }
                            div.xs.mut { (loc.tv("programme-interval", &[
                                ("low", loc.money(whole(e.low), visit.house.currency).into()), ("high", loc.money(whole(e.high), visit.house.currency).into())])) }
                        }
                    }
                    Found::Few(_) => { td.r { (dash()) } td.r.hide-s { (dash()) } td.r.hide-s { (dash()) } td.r.hide-s { (dash()) } td.r { span.sm.mut { (loc.t("programme-too-few")) } } }
                }
            } } }
        } }
        p.sm.mut { (loc.tv("programme-gain-text", &[("early", n(r.early).into()), ("new", n(r.new).into()), ("least", LEAST.into())])) }
    } })) }
}

fn reached(visit: &Visit, profit: i64, goal: i64) -> String {
    match mul_div(profit, 1_000_000, goal).filter(|_| goal > 0) {
        Some(part) => visit.loc.percent_ppm(part),
        None => "–".to_owned(),
    }
}

/// The measured uplift of a tier, parts per million of the margin, where it is beyond chance.
pub fn measured(report: Option<&Report>, place: usize) -> Option<i64> {
    let effect = report?.tiers.get(place)?.effect().filter(|e| e.low > 0.0)?;
    let relative = effect.relative?;
    Some(whole(relative * 1_000_000.0).clamp(0, 1_000_000))
}

fn rate(ppm: i64) -> String {
    let text = number::write_scaled(ppm, 4);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn form(visit: &Visit, set: &Settings, report: Option<&Report>, typed: &Fields, wrong: &[FieldError]) -> Markup {
    let loc = &visit.loc;
    let edits = visit.may("care.edit");
    let complaint = |name: &str| wrong.iter().find(|e| e.field == name).map(|e| loc.field_error(e));
    let shown = |name: &str, value: String| typed.get(name).map_or(value, str::to_owned);
    let field = |name: &'static str| {
        let field = Field::new(name, loc.t(&format!("programme-set-{name}")))
            .error(complaint(name))
            .required(true);
        if edits {
            field
        } else {
            field.attr("disabled", "disabled")
        }
    };
    let amount = |minor: i64| number::write_scaled(minor, visit.house.currency.decimals());
    let sign = visit.house.currency.sign();
    let terms = set.terms();
    let known = RATES.iter().any(|(_, at)| measured(report, *at).is_some());
    html! { (ui::card(loc.t("programme-assumed")).body(html! { div.stack {
        form.stack data-stay method="post" action="/care/programme/settings" {
            (ui::hidden("csrf", &visit.csrf)) (ui::hidden("version", &set.version.to_string()))
            p.sm.mut { (loc.t("programme-assumed-text")) }
            @if !wrong.is_empty() { (ui::form_errors(&[loc.t("error-fields")])) }
            div.form-grid {
                (field("cost").money(&shown("cost", amount(set.cost)), sign))
                (field("budget").money(&shown("budget", amount(set.budget)), sign))
                @for (name, at) in RATES {
                    @let hint = measured(report, at).map(|p| loc.tv("programme-measured", &[("rate", loc.percent_ppm(p).into())]));
                    @let f = field(name);
                    @let f = if let Some(hint) = hint { f.hint(hint) } else { f };
                    (f.money(&shown(name, rate(terms.uplift[at])), "%"))
                }
                (field("goal").money(&shown("goal", amount(set.goal)), sign))
            }
            @if edits { (ui::submit_row(loc, None, &loc.t("web-save"))) }
        }
        @if edits && known {
            form data-stay method="post" action="/care/programme/measured" style="margin:0" {
                (ui::hidden("csrf", &visit.csrf)) (ui::hidden("version", &set.version.to_string()))
                (ui::btn(loc.t("programme-take-measured")).small().icon("check").submit())
            }
        }
    } })) }
}

/// `POST /care/programme/settings`.
pub async fn save(visit: Visit, Form(form): Form) -> Answer {
    let mut wrong = vec![];
    let decimals = visit.house.currency.decimals();
    let mut read = |name: &str, places: u32| read_number(&form, name, places, &mut wrong);
    let new = Settings {
        cost: read("cost", decimals),
        uplift_gold: read("uplift_gold", 4),
        uplift_regular: read("uplift_regular", 4),
        uplift_low: read("uplift_low", 4),
        budget: read("budget", decimals),
        goal: read("goal", decimals),
        version: form.need_int("version")?,
    };
    if wrong.is_empty()
        && let Err(e) = new.check()
    {
        wrong.extend(e.fields);
    }
    if !wrong.is_empty() {
        let again = page(&visit, &form, &wrong).await?;
        return answer::html_with(axum::http::StatusCode::UNPROCESSABLE_ENTITY, again);
    }
    settings::keep(&visit.ctx, &new).await?;
    visit.app.nudge.notify_one();
    answer::go_saying(&visit, "/care/programme", &visit.loc.t("programme-said-settings"), None)
}

/// Takes the measured uplifts in the place of the stated ones.
pub async fn take(visit: &Visit, version: i64) -> Result<Settings> {
    visit.ctx.require("care.edit")?;
    let made = gain::latest(visit.db()).await?;
    let report = made.as_ref().map(|m| &m.1);
    let mut set = settings::load(visit.db(), visit.house.currency).await?;
    set.version = version;
    let mut any = false;
    for (name, at) in RATES {
        let Some(rate) = measured(report, at) else { continue };
        any = true;
        match name {
            "uplift_gold" => set.uplift_gold = rate,
            "uplift_regular" => set.uplift_regular = rate,
            _ => set.uplift_low = rate,
        }
    }
    if !any {
        return Err(Error::refused("error-programme-measured"));
    }
    settings::keep(&visit.ctx, &set).await?;
    visit.app.nudge.notify_one();
    settings::load(visit.db(), visit.house.currency).await
}

/// `POST /care/programme/measured`.
pub async fn take_measured(visit: Visit, Form(form): Form) -> Answer {
    take(&visit, form.need_int("version")?).await?;
    answer::go_saying(&visit, "/care/programme", &visit.loc.t("programme-said-settings"), None)
}
