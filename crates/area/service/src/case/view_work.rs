//! The middle of a case's page: the clock, the customer's wish, the round that runs with what is to be done now, and the
//! rounds before it.

use super::{
    act::input_name,
    kept::{Begun, Round},
    pieces::View,
    view_solve,
};
use crate::process::{Act, Ask, Kind};
use maud::{Markup, html};
use zhike_kernel::{Result, Stamp};
use zhike_web::{
    files::along,
    ui::{self, Choice, Field, Tone},
};

/// Draws it.
pub(crate) async fn draw(v: &View<'_>) -> Result<Markup> {
    let rest = v.rounds.iter().filter(|r| r.number < v.round());
    let current = v.rounds.iter().find(|r| r.number == v.round());
    Ok(html! {
        div.stack style="gap:16px" {
            @if v.is_open() { div.g2 { (clock(v).await?) (wish(v)) } }
            @else { (ended(v)) }
            @if let Some(round) = current { (running(v, round).await?) }
            @for round in rest { (past(v, round)) }
        }
    })
}

/// How long this step may take, in business time.
async fn clock(v: &View<'_>) -> Result<Markup> {
    let loc = &v.visit.loc;
    let Some(r) = &v.running else {
        return Ok(html! {});
    };
    let now = v.visit.now();
    let Some(due) = r.due_at else {
        let round = v.rounds.first();
        return Ok(html! {
            section.sla.ok aria-label=(loc.t("case-clock")) {
                div.row.xs.m { (ui::icon_class("hourglass", "s")) (loc.t("case-clock-verdict")) }
                @if let Some(by) = round.and_then(|r| r.answer_by) {
                    div.t { b { (loc.date(loc.day_of(by), loc.day_of(now))) } }
                    p.xs.mut { (loc.tv("case-clock-silence", &[("days", v.def.no_answer_days.into())])) }
                }
            }
        });
    };
    let calendar = crate::hours::calendar(&v.visit.ctx, v.visit.db()).await?;
    let used = calendar.between(r.started_at, now);
    let allowed = r.minutes.unwrap_or(0).max(1);
    let left = calendar.between(now, due);
    let late = due < now;
    let share =
        f64::from(i32::try_from(used).unwrap_or(i32::MAX)) / f64::from(i32::try_from(allowed).unwrap_or(i32::MAX));
    let class = if late { "sla" } else { "sla ok" };
    let time = |m: i64| minutes(v, m.abs());
    Ok(html! {
        section class=(class) aria-label=(loc.t("case-clock")) {
            div.row.xs.m { (ui::icon_class("alarm", "s")) (loc.tv("case-clock-allowed", &[("time", time(allowed).into())])) @if r.round > 1 && v.def.halve { " · " (loc.t("case-clock-halved")) } }
            div.t { b { (time(left)) } small { (loc.t(if late { "case-clock-over" } else { "case-clock-left" })) } }
            (ui::meter(loc, share.min(1.0), if late { ui::Hue::Red } else { ui::Hue::Blue }, None))
            div.row.xs { span { (loc.t("case-clock-from")) " " (v.when(r.started_at)) } span.sp {} span { (loc.t("case-clock-due")) " " (v.when(due)) } }
        }
    })
}

/// Minutes in words.
pub(crate) fn minutes(v: &View<'_>, n: i64) -> String {
    let loc = &v.visit.loc;
    if n < 60 {
        return loc.tv("case-minutes-m", &[("m", n.into())]);
    }
    if n % 60 == 0 {
        return loc.tv("case-minutes-h", &[("h", (n / 60).into())]);
    }
    loc.tv("case-minutes-hm", &[("h", (n / 60).into()), ("m", (n % 60).into())])
}

/// What the customer said about when and how.
fn wish(v: &View<'_>) -> Markup {
    let loc = &v.visit.loc;
    let ask = v.may_edit() && v.running.as_ref().is_some_and(|r| r.act != Act::Verdict);
    let dialog = |p: Option<&str>| {
        let channels: Vec<Choice> = zhike_contract::Channel::ALL
            .iter()
            .map(|c| Choice::new(c.word(), loc.t(&format!("case-by-{}", c.word()))))
            .collect();
        ui::dialog("case-promise", &loc.t("case-promise-ask"), v.form("promise", html! {
            p.sm.mut { (loc.t("case-promise-say")) }
            div.g3 {
                (Field::new("day", loc.t("case-promise-day")).required(true).date(&loc.day_of(v.visit.now()).to_string()))
                (Field::new("from", loc.t("case-promise-from")).required(true).attr("placeholder", "16:00").text(""))
                (Field::new("until", loc.t("case-promise-until")).required(true).attr("placeholder", "16:30").text(""))
            }
            (Field::new("channel", loc.t("case-promise-channel")).id("case-promise-channel").select(&channels, p.unwrap_or("phone"), None))
            (Field::new("contact", loc.t("case-promise-contact")).id("case-promise-contact").text(v.case.text("contact_phone")))
            (Field::new("note", loc.t("case-note")).id("case-promise-note").text(""))
            div.btn-row { (ui::btn(loc.t("web-cancel")).closes()) (ui::btn(loc.t("case-promise-keep")).primary().submit()) }
        }))
    };
    html! {
        section.voice.promise aria-label=(loc.t("case-promise")) {
            div.card-h style="padding-bottom:0" { h3 { (ui::icon("user-heart")) (loc.t("case-promise")) } }
            div style="padding:0 14px 12px" {
                @match v.promise() {
                    Some(p) => {
                        div.when { (loc.date(loc.day_of(p.from), loc.day_of(v.visit.now()))) " " (loc.time(p.from)) "–" (loc.time(p.until)) }
                        div.row.wrap.sm style="gap:4px 14px;margin-top:6px" { span { (loc.t(&format!("case-by-{}", p.channel))) @if !p.contact.is_empty() { " · " (p.contact) } } }
                        @if !p.note.is_empty() { p.sm { (p.note) } }
                        div.xs.dim style="margin-top:5px" {
                            @if p.by_customer { (loc.tv("case-promise-by-customer", &[("when", loc.stamp(p.made_at).into())])) }
                            @else { (loc.tv("case-promise-by-user", &[("who", v.name(p.made_by).into()), ("when", loc.stamp(p.made_at).into())])) }
                        }
                        @if v.may_edit() { div.btn-row style="margin-top:8px" {
                            (ui::btn(loc.t("case-promise-met")).small().icon("check").opens("case-met"))
                            @if ask && !p.by_customer { (ui::btn(loc.t("case-promise-change")).small().opens("case-promise")) (dialog(Some(&p.channel))) }
                        }
                        (ui::dialog("case-met", &loc.t("case-promise-met"), v.form("answered", html! {
                            (Field::new("note", loc.t("case-promise-said")).id("case-met-note").textarea("", 3))
                            div.btn-row { (ui::btn(loc.t("web-cancel")).closes()) (ui::btn(loc.t("case-promise-met")).primary().submit()) }
                        }))) }
                    }
                    None => {
                        p.sm.mut style="margin-top:6px" { (loc.t("case-promise-none")) }
                        @if ask { div.btn-row style="margin-top:8px" { (ui::btn(loc.t("case-promise-ask")).small().jade().icon("calendar-event").opens("case-promise")) } (dialog(None)) }
                    }
                }
            }
        }
    }
}

/// How it ended.
fn ended(v: &View<'_>) -> Markup {
    let loc = &v.visit.loc;
    let status = v.case.text("status");
    let tone = match status {
        "satisfied" => Tone::Customer,
        "no_answer" => Tone::Warn,
        _ => Tone::Good,
    };
    let at = v.case.int("closed_at").map(|s| loc.stamp(Stamp(s))).unwrap_or_default();
    ui::callout(
        tone,
        html! { b { (loc.t(&format!("case-ended-{status}"))) } " " span.num { (at) } },
    )
}

async fn running(v: &View<'_>, round: &Round) -> Result<Markup> {
    let loc = &v.visit.loc;
    let title = if v.is_open() {
        "case-round-now"
    } else {
        "case-round-last"
    };
    let step = v
        .running
        .as_ref()
        .and_then(|r| v.def.place(&r.step))
        .and_then(|i| v.def.steps.get(i));
    let body = match (&v.running, step) {
        (Some(r), Some(step)) if v.may_edit() => match r.act {
            Act::Work => work_form(v, &step.fields),
            Act::Solve => view_solve::draw(v, round).await?,
            Act::Tell => tell_form(v),
            Act::Verdict => verdict(v),
        },
        _ => html! {},
    };
    let done: Vec<&Begun> = v
        .steps
        .iter()
        .filter(|b| b.round == round.number && b.ended_at.is_some())
        .collect();
    Ok(html! {
        section.cycle.cur {
            header {
                b { (loc.tv(title, &[("n", round.number.into())])) }
                @if let Some(at) = round.started_at { span.dim.xs { (loc.t("case-clock-from")) " " (v.when(at)) } }
                span.sp {}
                @if let Some(step) = step { span.badge { (step.title(v.visit.latin)) } }
                (judged(v, round))
            }
            @if !body.0.is_empty() { div style="padding:14px" { (body) } }
            @if !done.is_empty() || !v.is_open() { div style="padding:12px 14px" { (path(v, round, &done)) } }
        }
    })
}

fn past(v: &View<'_>, round: &Round) -> Markup {
    let loc = &v.visit.loc;
    let done: Vec<&Begun> = v
        .steps
        .iter()
        .filter(|b| b.round == round.number && b.ended_at.is_some())
        .collect();
    html! {
        section.cycle {
            header {
                b { (loc.tv("case-round-n", &[("n", round.number.into())])) }
                @if let (Some(a), Some(b)) = (round.started_at, round.ended_at) { span.dim.xs { (v.when(a)) " → " (v.when(b)) } }
                span.sp {}
                (judged(v, round))
            }
            div style="padding:12px 14px" { (path(v, round, &done)) }
        }
    }
}

fn judged(v: &View<'_>, round: &Round) -> Markup {
    let loc = &v.visit.loc;
    match round.verdict.as_str() {
        "satisfied" => ui::badge_icon(ui::Hue::Jade, "mood-smile", &loc.t("case-said-satisfied")),
        "unsatisfied" => ui::badge_icon(ui::Hue::Red, "thumb-down", &loc.t("case-said-unsatisfied")),
        _ => html! {},
    }
}

/// Stars out of five.
pub(crate) fn stars(n: i64) -> Markup {
    html! { span.stars role="img" aria-label={ (n) "/5" } { @for i in 1..=5 { span.o[i > n] { (ui::icon("star-filled")) } } } }
}

/// The steps of a round as they were taken, with what came of them.
fn path(v: &View<'_>, round: &Round, done: &[&Begun]) -> Markup {
    let loc = &v.visit.loc;
    let by = |user: Option<i64>| {
        if user.is_some() {
            v.name(user).to_owned()
        } else {
            String::new()
        }
    };
    html! {
        ol.tl {
            @for b in done {
                @let late = b.due_at.zip(b.ended_at).is_some_and(|(due, end)| end > due);
                @let (icon, hue) = match b.act { Act::Work => ("tool", "blue"), Act::Solve => ("bulb", "blue"), Act::Tell => ("user-heart", "jade"), Act::Verdict => ("mood-neutral", if b.outcome == "satisfied" { "green" } else { "red" }) };
                li class=(hue) {
                    span.ti { (ui::icon(icon)) }
                    div.th {
                        b { (b.title(v.visit.latin)) } span.dim.sm { (by(b.ended_by)) }
                        @if b.outcome == "dropped" { (ui::badge(ui::Hue::Grey, &loc.t("case-step-dropped"))) }
                        @if late { (ui::badge(ui::Hue::Red, &loc.t("case-overdue"))) }
                        @if b.act == Act::Verdict { @if let Some(n) = round.stars { (stars(n)) } }
                        @if let Some(at) = b.ended_at { time { (v.when(at)) } }
                    }
                    @match b.act {
                        Act::Solve if !round.solution.is_empty() => { div.tb { p style="white-space:pre-wrap" { (round.solution) } (view_solve::given(v, round.number)) } }
                        Act::Tell => { div.tb { (loc.t(&format!("case-by-{}", round.channel))) @if !b.note.is_empty() { ": " (b.note) } } }
                        Act::Verdict if !round.words.is_empty() => { div.tb { p.quote { (round.words) } } }
                        _ => { (answers(v, b)) }
                    }
                }
            }
        }
    }
}

/// What was filled in at a step.
fn answers(v: &View<'_>, b: &Begun) -> Markup {
    let loc = &v.visit.loc;
    let body: serde_json::Value = serde_json::from_str(&b.body).unwrap_or_default();
    let fields = v
        .def
        .place(&b.step)
        .and_then(|i| v.def.steps.get(i))
        .map(|s| s.fields.as_slice())
        .unwrap_or_default();
    let mut rows = vec![];
    if let Some(map) = body.as_object() {
        for (key, value) in map {
            let label = fields
                .iter()
                .find(|f| f.key == *key)
                .map_or(key.as_str(), |f| label(v, f));
            let words = match value {
                serde_json::Value::Bool(yes) => loc.t(if *yes { "records-yes" } else { "records-no" }),
                other => other.as_str().unwrap_or_default().to_owned(),
            };
            rows.push((
                label.to_owned(),
                html! { span style="white-space:pre-wrap" { (words) } },
            ));
        }
    }
    html! {
        @if !rows.is_empty() || !b.note.is_empty() { div.tb {
            @if !rows.is_empty() { (ui::kv(&rows)) }
            @if !b.note.is_empty() { p { (b.note) } }
        } }
    }
}

pub(crate) fn label<'a>(v: &View<'_>, f: &'a Ask) -> &'a str {
    if v.visit.latin && !f.label_en.is_empty() {
        &f.label_en
    } else {
        &f.label
    }
}

/// The form of a step of plain work.
fn work_form(v: &View<'_>, fields: &[Ask]) -> Markup {
    let loc = &v.visit.loc;
    let one = |f: &Ask| {
        let field = Field::new(input_name(&f.key), label(v, f)).required(f.required && f.kind != Kind::Yes);
        match f.kind {
            Kind::Text => field.text(""),
            Kind::Long => field.textarea("", 3),
            Kind::Number => field.number(""),
            Kind::Date => field.date(""),
            Kind::Yes => field.checkbox(false),
            Kind::Choice => {
                let all: Vec<Choice> = f.choices.iter().map(|c| Choice::new(c.clone(), c.clone())).collect();
                field.select(&all, "", Some("—"))
            }
        }
    };
    v.form(
        "complete",
        html! {
            @for f in fields { (one(f)) }
            (Field::new("note", loc.t("case-note")).text(""))
            div.btn-row.end { (ui::btn(loc.t("case-complete")).icon("check").primary().submit()) }
        },
    )
}

fn tell_form(v: &View<'_>) -> Markup {
    let loc = &v.visit.loc;
    let channels: Vec<Choice> = zhike_contract::Channel::ALL
        .iter()
        .map(|c| Choice::new(c.word(), loc.t(&format!("case-by-{}", c.word()))))
        .collect();
    let usual = v
        .promise()
        .map_or_else(|| v.case.text("channel").to_owned(), |p| p.channel.clone());
    v.form_with_files("tell", html! {
        div.tb { p style="white-space:pre-wrap" { (v.case.text("solution")) } (view_solve::given(v, v.round())) }
        @if !v.can_send { (ui::callout(Tone::Info, loc.t("case-tell-by-hand-only"))) }
        div.g2 {
            (Field::new("channel", loc.t("case-tell-channel")).select(&channels, &usual, None))
            (Field::new("note", loc.t("case-tell-note")).text(""))
        }
        @if v.can_send { (along::field(v.visit, "case-tell-file")) }
        div.btn-row.end.wrap {
            (ui::btn(loc.t("case-tell-said")).icon("phone").submit().attr("name", "by").attr("value", "hand"))
            @if v.can_send { (ui::btn(loc.t("case-tell-send")).icon("send").primary().submit().attr("name", "by").attr("value", "gate")) }
        }
    })
}

fn verdict(v: &View<'_>) -> Markup {
    let loc = &v.visit.loc;
    html! {
        div.stack style="gap:12px" {
            (ui::callout(Tone::Customer, loc.t("case-verdict-waits")))
            @match &v.link {
                Some(link) => { div.row.wrap style="gap:8px" {
                    a.link href=(link) target="_blank" data-case-link { (loc.t("case-verdict-link")) }
                    (ui::icon_btn("copy", loc.t("case-verdict-copy")).small().attr("data-copy", link.as_str()))
                } }
                None => { (v.form("link", html! { div.btn-row { (ui::btn(loc.t("case-verdict-make")).small().icon("link").submit()) } })) }
            }
            details { summary.sm { (loc.t("case-verdict-heard")) } div style="padding-top:10px" { (v.form("unsatisfied", html! {
                (Field::new("words", loc.t("case-verdict-words")).id("case-words").required(true).textarea("", 3))
                div.btn-row.end { (ui::btn(loc.t("case-verdict-again")).icon("rotate").submit()) }
            })) } }
        }
    }
}
