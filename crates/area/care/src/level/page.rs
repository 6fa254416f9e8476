//! The page of the levels: how many customers stand where, Kotler's table with this house's numbers, what each level does for
//! customers, and where the cuts are.

use super::read::{self, Figures, Line, Summary};
use super::settings::{self, AMONG, Settings};
use super::types::LEVELS;
use crate::policy::{job, types as policy};
use crate::words::{dash, money, read_number};
use maud::{Markup, html};
use zhike_kernel::{FieldError, Result, number};
use zhike_value::kotler::Size;
use zhike_web::ui::{self, Choice, Field, Hue, Kpi};
use zhike_web::{Answer, Fields, Form, Screen, Visit, answer};

/// A level as a badge.
pub fn level_badge(visit: &Visit, level: Option<&str>) -> Markup {
    let hue = match level {
        Some("partnership") => Hue::Gold,
        Some("proactive") => Hue::Green,
        Some("accountable") => Hue::Blue,
        Some("reactive") => Hue::Amber,
        Some(_) => Hue::Grey,
        None => return dash(),
    };
    ui::badge(hue, &visit.loc.t(&format!("care_level-level-{}", level.unwrap_or(""))))
}

/// The reason of a recommendation in words.
pub fn why(visit: &Visit, l: &Line) -> String {
    match (&l.margin_size, &l.number_size) {
        (Some(margin), Some(number)) => visit.loc.tv(
            "care-why-text",
            &[
                ("margin", visit.loc.t(&format!("care-margin-{margin}")).into()),
                ("peers", l.peers.into()),
                ("number", visit.loc.t(&format!("care-number-{number}")).into()),
            ],
        ),
        _ => visit.loc.t("care-why-none"),
    }
}

/// `GET /care`.
pub async fn show(visit: Visit) -> Answer {
    answer::html(page(&visit, &Fields::default(), &[]).await?)
}

async fn page(visit: &Visit, typed: &Fields, wrong: &[FieldError]) -> Result<Markup> {
    let loc = &visit.loc;
    let found = read::summary(&visit.ctx).await?;
    let set = settings::load(visit.db(), visit.house.currency).await?;
    let rules = policy::all(visit.db()).await?;
    let known = found.levels.iter().any(|l| l.set + l.advised > 0);
    let actions = html! {
        @if visit.may("care.edit") {
            form data-stay method="post" action="/care/follow-ups" style="margin:0" {
                (ui::hidden("csrf", &visit.csrf)) (ui::btn(loc.t("care-look")).icon("refresh").submit())
            }
        }
        (ui::btn(loc.t("care-customers")).icon("list").href("/care/customers"))
    };
    let main = html! { div.page { div.stack.l {
        @if known { (figures(visit, &found)) } @else {
            (ui::empty("heart-handshake", &loc.t("care-none"), &loc.t("care-none-text"), html! {
                @if visit.may("value.view") { (ui::btn(loc.t("nav-value")).primary().href("/value")) }
            }))
        }
        (levels(visit, &found, &rules))
        div.g2 {
            (field_card(visit, &found, &set))
            (form(visit, &set, typed, wrong))
        }
    } } };
    Ok(Screen::new(visit, loc.t("nav-care"), "care")
        .actions(actions)
        .markup(main))
}

fn figures(visit: &Visit, found: &Summary) -> Markup {
    let loc = &visit.loc;
    let sum = |of: fn(&Figures) -> i64| found.levels.iter().map(of).sum::<i64>();
    let (open, late) = (sum(|l| l.pending) + sum(|l| l.late), sum(|l| l.late));
    ui::kpis(&[
        Kpi::new(loc.t("care-kpi-set"), loc.int(sum(|l| l.set))).href("/care/customers"),
        Kpi::new(loc.t("care-kpi-unset"), loc.int(found.unset))
            .note(loc.t("care-kpi-unset-note"))
            .href("/care/customers?part=unset"),
        Kpi::new(loc.t("care-kpi-differs"), loc.int(found.differs)).href("/care/customers?part=differs"),
        Kpi::new(loc.t("care-kpi-open"), loc.int(open)).note(loc.tv("care-late", &[("n", late.into())])),
    ])
}

fn levels(visit: &Visit, found: &Summary, rules: &[policy::Rule]) -> Markup {
    let loc = &visit.loc;
    let open = visit.may("cost.view");
    let edit = html! { @if visit.may("care.edit") { (ui::btn(loc.t("care-rules")).small().icon("list-details").href("/care-rules")) } };
    html! { (ui::card(loc.t("care-levels")).note(loc.t("care-lately")).actions(edit).flush(html! {
        table.tbl {
            thead { tr {
                th scope="col" { (loc.t("care_level-level")) }
                th.hide-s scope="col" { (loc.t("care-policy")) }
                th.r scope="col" { (loc.t("care-set")) }
                th.r scope="col" { (loc.t("care-advised")) }
                @if open { th.r.hide-s scope="col" { (loc.t("care-margin")) } th.r.hide-s scope="col" { (loc.t("care-service")) } }
                th.r.hide-s scope="col" { (loc.t("care-opened")) }
                th.r.hide-s scope="col" { (loc.t("care-done")) }
                th.r scope="col" { (loc.t("care-overdue")) }
            } }
            tbody { @for l in &found.levels { tr {
                td { (level_badge(visit, Some(&l.level))) div.xs.mut.hide-s { (loc.t(&format!("care-means-{}", l.level))) } }
                td.hide-s.wrap { (policies(visit, rules, &l.level)) }
                td.r.num { (counted(visit, l.set, &format!("level={}", l.level))) }
                td.r.num { (counted(visit, l.advised, &format!("advised={}", l.level))) }
                @if open { td.r.hide-s { (money(visit, l.margin)) } td.r.hide-s { (money(visit, l.service)) } }
                td.r.num.hide-s { (loc.int(l.opened)) }
                td.r.num.hide-s { (loc.int(l.done)) }
                td.r.num { @if l.late > 0 { (ui::badge(Hue::Red, &loc.int(l.late))) } @else { (loc.int(0)) } }
            } } }
        }
    })) }
}

fn counted(visit: &Visit, n: i64, query: &str) -> Markup {
    html! { @if n > 0 { a.link href={ "/care/customers?" (query) } { (visit.loc.int(n)) } } @else { span.dim { "0" } } }
}

fn policies(visit: &Visit, rules: &[policy::Rule], level: &str) -> Markup {
    let mine: Vec<&policy::Rule> = rules.iter().filter(|r| r.level == level && r.active).collect();
    html! {
        @if mine.is_empty() { span.sm.mut { (visit.loc.t("care-no-policy")) } }
        @for rule in mine { div.sm { (policy::words(visit, rule)) } }
    }
}

/// Kotler's table with the customers in each field.
fn field_card(visit: &Visit, found: &Summary, set: &Settings) -> Markup {
    let loc = &visit.loc;
    let table = set.levels();
    html! { (ui::card(loc.t("care-table")).note(loc.t(&format!("care-among-{}", set.among))).body(html! {
        div.matrix role="table" aria-label=(loc.t("care-table")) {
            span.ax {}
            @for number in Size::ALL { span.ax.top { (loc.t(&format!("care-number-{}", number.word()))) } }
            @for margin in [Size::High, Size::Medium, Size::Low] {
                span.ax { (loc.t(&format!("care-margin-{}", margin.word()))) }
                @for number in Size::ALL {
                    @let many = found.fields[margin.index()][number.index()];
                    @let level = table[margin.index()][number.index()].word();
                    a.cell.a[many > 0] href={ "/care/customers?advised=" (level) } {
                        b { (loc.int(many)) }
                        small { (loc.t(&format!("care_level-level-{level}"))) }
                    }
                }
            }
        }
        p.sm.mut style="margin:10px 0 0" { (loc.t("care-table-note")) }
    })) }
}

fn form(visit: &Visit, set: &Settings, typed: &Fields, wrong: &[FieldError]) -> Markup {
    let loc = &visit.loc;
    let edits = visit.may("care.edit");
    let complaint = |name: &str| wrong.iter().find(|e| e.field == name).map(|e| loc.field_error(e));
    let shown = |name: &str, value: String| typed.get(name).map_or(value, str::to_owned);
    let off = |f: Field| if edits { f } else { f.attr("disabled", "disabled") };
    let field = |name: &'static str| {
        off(Field::new(name, loc.t(&format!("care-cut-{name}")))
            .error(complaint(name))
            .required(true))
    };
    let amount = |minor: i64| number::write_scaled(minor, visit.house.currency.decimals());
    let sign = visit.house.currency.sign();
    let among: Vec<Choice> = AMONG
        .iter()
        .map(|w| Choice::new(*w, loc.t(&format!("care-among-{w}"))))
        .collect();
    let levels: Vec<Choice> = LEVELS
        .iter()
        .map(|l| Choice::new(*l, loc.t(&format!("care_level-level-{l}"))))
        .collect();
    html! { (ui::card(loc.t("care-settings")).body(html! {
        form.stack data-stay method="post" action="/care/settings" {
            (ui::hidden("csrf", &visit.csrf)) (ui::hidden("version", &set.version.to_string()))
            p.sm.mut { (loc.t("care-settings-text")) }
            @if !wrong.is_empty() { (ui::form_errors(&[loc.t("error-fields")])) }
            div.form-grid {
                (field("medium").money(&shown("medium", amount(set.medium)), sign))
                (field("high").money(&shown("high", amount(set.high)), sign))
                (field("several").number(&shown("several", set.several.to_string())))
                (field("many").number(&shown("many", set.many.to_string())))
            }
            (off(Field::new("among", loc.t("care-cut-among")).error(complaint("among"))).select(&among, &shown("among", set.among.clone()), None))
            details {
                summary.sm { (loc.t("care-table-edit")) }
                div.stack style="margin-top:10px" { @for margin in [Size::High, Size::Medium, Size::Low] {
                    div.g3 { @for number in Size::ALL {
                        @let name = cell(margin, number);
                        @let label = format!("{} · {}", loc.t(&format!("care-margin-{}", margin.word())), loc.t(&format!("care-number-{}", number.word())));
                        @let now = set.levels()[margin.index()][number.index()].word().to_owned();
                        (off(Field::new(name.as_str(), label)).select(&levels, &shown(&name, now), None))
                    } }
                } }
            }
            @if edits { (ui::submit_row(loc, None, &loc.t("web-save"))) }
        }
    })) }
}

fn cell(margin: Size, number: Size) -> String {
    format!("level_{}_{}", margin.word(), number.word())
}

/// `POST /care/settings`.
pub async fn save(visit: Visit, Form(form): Form) -> Answer {
    let mut wrong = vec![];
    let decimals = visit.house.currency.decimals();
    let mut read = |name: &str, places: u32| read_number(&form, name, places, &mut wrong);
    let word = |name: &str| form.get(name).unwrap_or("").to_owned();
    let row = |margin: Size| -> Vec<String> { Size::ALL.iter().map(|n| word(&cell(margin, *n))).collect() };
    let new = Settings {
        medium: read("medium", decimals),
        high: read("high", decimals),
        several: read("several", 0),
        many: read("many", 0),
        among: word("among"),
        table: Size::ALL.iter().map(|m| row(*m)).collect(),
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
    answer::go_saying(&visit, "/care", &visit.loc.t("care-said-settings"), None)
}

/// `POST /care/follow-ups`: looks for follow-ups that are due now instead of in the night.
pub async fn look(visit: Visit) -> Answer {
    job::ask(&visit.ctx).await?;
    visit.app.nudge.notify_one();
    answer::go_saying(&visit, "/care", &visit.loc.t("care-said-look"), None)
}
