//! “What would be held if we sent this to these customers?”: counted by verdict and rule, with the customers behind each.

use crate::{
    api::instant,
    bulk,
    gate::{self, target},
    rules::{Question, Said, Why},
    tab::verdict_badge,
    wish::{self, Topic},
    words,
};
use axum::http::StatusCode;
use jiff::civil::DateTime;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Value as Any, json};
use std::collections::BTreeMap;
use zhike_contract::{
    Channel,
    gate::{Class, Reason},
};
use zhike_kernel::{Error, FieldError, Result, Stamp};
use zhike_store::{List, list, read};
use zhike_web::{
    Answer, Fields, Json, Query, Screen, Visit,
    answer::{html_with, json as reply},
    records, ui,
};

/// So many customers are looked at at most by page and API.
const MOST: usize = 200_000;
/// So many are shown behind a count.
const SHOWN: usize = 200;

/// By verdict, deciding rule and channel: how many, and the first of them.
type Groups = BTreeMap<(u8, &'static str, &'static str), (i64, Vec<(i64, Said)>)>;

/// What would be sent.
struct Plan {
    class: Class,
    topic: String,
    channel: Channel,
    at: Stamp,
    may_change: bool,
    may_wait: bool,
}

impl Plan {
    fn question(&self) -> Question<'_> {
        Question {
            class: self.class,
            topic: &self.topic,
            channel: self.channel,
            address: None,
            at: self.at,
            may_change: self.may_change,
            may_wait: self.may_wait,
            agreed: false,
        }
    }
}

/// A group: verdict, rule, how many, the first of them.
type Group = (String, String, i64, Vec<(i64, Said)>);

/// The ids of a list, page by page.
async fn ids(visit: &Visit, mut ask: List) -> Result<(Vec<i64>, bool)> {
    let ty = visit.registry().get("party")?.clone();
    ask.limit = 1_000;
    ask.columns = vec![];
    ask.sort = "id".into();
    ask.descending = false;
    ask.cursor = None;
    let mut out = vec![];
    loop {
        let page = list::page(&visit.ctx, visit.db(), &ty, &ask).await?;
        out.extend(page.lines.iter().map(|l| l.id));
        match page.next {
            Some(next) if out.len() < MOST => ask.cursor = Some(next),
            Some(_) => return Ok((out, true)),
            None => return Ok((out, false)),
        }
    }
}

async fn run(visit: &Visit, parties: &[i64], plan: &Plan) -> Result<Vec<Group>> {
    let q = plan.question();
    let mut groups: Groups = BTreeMap::new();
    let book = crate::load::book(visit.db()).await?;
    for chunk in parties.chunks(bulk::CHUNK) {
        for (party, said) in bulk::decide(&visit.ctx, visit.db(), chunk, &q, book.as_ref()).await? {
            let order = ["allowed", "later", "elsewhere", "withheld"]
                .iter()
                .position(|w| *w == said.verdict.word());
            let key = (
                u8::try_from(order.unwrap_or(9)).unwrap_or(9),
                said.verdict.word(),
                said.rule(),
            );
            let group = groups.entry(key).or_default();
            group.0 += 1;
            if group.1.len() < SHOWN {
                group.1.push((party, said));
            }
        }
    }
    Ok(groups
        .into_iter()
        .map(|((_, verdict, rule), (n, first))| (verdict.to_owned(), rule.to_owned(), n, first))
        .collect())
}

/// The moment of the form: wall time in the house's zone.
fn moment(visit: &Visit, text: &str) -> Result<Stamp> {
    let wall: DateTime = text
        .trim()
        .parse()
        .map_err(|_| Error::field("at", "error-gate-moment"))?;
    let zoned = wall
        .to_zoned(visit.loc.zone.clone())
        .map_err(|_| Error::field("at", "error-gate-moment"))?;
    Ok(Stamp(zoned.timestamp().as_microsecond()))
}

fn plan(visit: &Visit, f: &Fields) -> Result<Plan> {
    let choice = |name: &str| Error::field(name, "error-not-a-choice");
    Ok(Plan {
        class: Class::of(f.get("class").unwrap_or("")).ok_or_else(|| choice("class"))?,
        topic: f.filled("topic").unwrap_or("").to_owned(),
        channel: Channel::of(f.get("channel").unwrap_or("")).ok_or_else(|| choice("channel"))?,
        at: moment(visit, f.get("at").unwrap_or(""))?,
        may_change: f.get("change").is_some(),
        may_wait: f.get("wait").is_some(),
    })
}

/// Tomorrow at nine, on the house's clock.
fn tomorrow(visit: &Visit) -> String {
    let day = visit.today().tomorrow().unwrap_or(visit.today());
    format!("{day}T09:00")
}

/// `GET /gate/simulate`: the form, and the result once it is asked for.
pub(crate) async fn page(visit: Visit, Query(f): Query) -> Answer {
    let topics = wish::topics(visit.db()).await?;
    let asked = f.get("class").is_some();
    let mut error = None;
    let mut result = None;
    if asked {
        match look(&visit, &f).await {
            Ok(found) => result = Some(found),
            Err(e) if e.kind == zhike_kernel::Kind::Invalid => error = Some(e),
            Err(e) => return Err(e.into()),
        }
    }
    let drill = match (&result, f.filled("verdict"), f.filled("rule")) {
        (Some((groups, ..)), Some(verdict), Some(rule)) => groups.iter().find(|g| g.0 == verdict && g.1 == rule),
        _ => None,
    };
    let body = html! {
        p.mut { (visit.loc.t("simulate-text")) }
        (ui::card(String::new()).body(form(&visit, &f, &topics, asked, error.as_ref()).await?))
        @if let Some((groups, n, cut)) = &result { (counts(&visit, &f, &topics, groups, *n, *cut)) }
        @if let Some(group) = drill { (customers(&visit, &topics, group).await?) }
    };
    let code = if error.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let page = Screen::new(&visit, visit.loc.t("simulate-title"), "simulate").markup(ui::page_body(body));
    html_with(code, page)
}

async fn look(visit: &Visit, f: &Fields) -> Result<(Vec<Group>, usize, bool)> {
    let plan = plan(visit, f)?;
    let ty = visit.registry().get("party")?.clone();
    let pairs = f.filled("view").map(|v| ("view".to_owned(), v.to_owned()));
    let list = records::chosen(visit, &ty, &Fields(pairs.into_iter().collect())).await?;
    let (parties, cut) = ids(visit, list).await?;
    Ok((run(visit, &parties, &plan).await?, parties.len(), cut))
}

async fn form(visit: &Visit, f: &Fields, topics: &[Topic], asked: bool, error: Option<&Error>) -> Result<Markup> {
    let loc = &visit.loc;
    let ty = visit.registry().get("party")?.clone();
    let views = records::choices(visit, &ty).await?;
    let wrong = |name: &str| {
        let found = error.and_then(|e| e.fields.iter().find(|x: &&FieldError| x.field == name));
        found.map(|x| loc.field_error(x))
    };
    let classes = Class::ALL.map(|c| ui::Choice::new(c.word(), loc.t(&format!("class-{}", c.word()))));
    let ways = Channel::ALL.map(|c| ui::Choice::new(c.word(), loc.t(&format!("channel-{}", c.word()))));
    let offered: Vec<ui::Choice> = topics
        .iter()
        .map(|t| ui::Choice::new(t.code.clone(), t.title(visit.latin)))
        .collect();
    let at = f.get("at").map_or_else(|| tomorrow(visit), str::to_owned);
    let cell = |inside: Markup| html! { div style="flex:1 1 180px" { (inside) } };
    Ok(html! {
        form.stack method="get" action="/gate/simulate" {
            @if let Some(e) = error { (ui::form_errors(&[loc.error(e)])) }
            div.row.wrap style="gap:8px 14px;align-items:flex-start" {
                (cell(ui::Field::new("view", loc.t("simulate-view")).select(&views, f.get("view").unwrap_or(""), Some(&loc.t("simulate-all")))))
                (cell(ui::Field::new("class", loc.t("simulate-class")).error(wrong("class")).select(&classes, f.get("class").unwrap_or("promotion"), None)))
                (cell(ui::Field::new("topic", loc.t("simulate-topic")).select(&offered, f.get("topic").unwrap_or(""), Some("—"))))
                (cell(ui::Field::new("channel", loc.t("simulate-channel")).error(wrong("channel")).select(&ways, f.get("channel").unwrap_or("email"), None)))
                (cell(ui::Field::new("at", loc.t("simulate-at")).error(wrong("at")).attr("placeholder", "2026-11-24T09:00").text(&at)))
            }
            div.row.wrap style="gap:4px 18px" {
                (ui::Field::new("change", loc.t("simulate-change")).checkbox(!asked || f.get("change").is_some()))
                (ui::Field::new("wait", loc.t("simulate-wait")).checkbox(!asked || f.get("wait").is_some()))
            }
            div.btn-row { (ui::btn(loc.t("simulate-run")).icon("player-play").primary().submit()) }
        }
    })
}

/// A reason of many: the days and moments are those of one of them, and left out.
fn general(why: &Why) -> Reason {
    let mut reason = gate::reason(why);
    if let Any::Object(args) = &mut reason.args {
        for (name, value) in args.iter_mut() {
            match name.as_str() {
                "day" if why.rule == "gate-ok-consent" => *value = "none".into(),
                "day" | "since" | "at" => *value = "…".into(),
                _ => {}
            }
        }
    }
    reason
}

fn counts(visit: &Visit, f: &Fields, topics: &[Topic], groups: &[Group], n: usize, cut: bool) -> Markup {
    let loc = &visit.loc;
    if n == 0 {
        return ui::empty("users", &loc.t("simulate-none"), "", html! {});
    }
    let rest = f.without(&["verdict", "rule"]);
    let note = loc.tv("simulate-count", &[("n", n.into())]);
    let sums: Vec<ui::Kpi> = ["allowed", "later", "elsewhere", "withheld"]
        .into_iter()
        .map(|verdict| {
            let sum: i64 = groups.iter().filter(|g| g.0 == verdict).map(|g| g.2).sum();
            ui::Kpi::new(loc.t(&format!("verdict-{verdict}")), loc.int(sum))
        })
        .collect();
    let table = html! {
        table.tbl.plain {
            thead { tr { th scope="col" { (loc.t("wish-col-verdict")) } th scope="col" { (loc.t("simulate-rule")) } th.r scope="col" { (loc.t("simulate-view")) } } }
            tbody data-rows { @for (verdict, rule, n, first) in groups { tr {
                td { (verdict_badge(loc, verdict)) }
                td style="white-space:normal" { @if let Some((_, said)) = first.first() { @if let Some(w) = said.reasons.first() { (words::sentence(visit, topics, &general(w))) } } }
                td.r.num { a.link href={ "/gate/simulate?" (rest) "&verdict=" (verdict) "&rule=" (rule) "#customers" } { (loc.int(*n)) } }
            } } }
        }
    };
    html! {
        (ui::kpis(&sums))
        @if cut { (ui::callout(ui::Tone::Warn, loc.tv("simulate-most", &[("n", n.into())]))) }
        (ui::card(note).flush(table))
    }
}

async fn customers(visit: &Visit, topics: &[Topic], group: &Group) -> Result<Markup> {
    let loc = &visit.loc;
    let ids: Vec<i64> = group.3.iter().map(|g| g.0).collect();
    let names = read::titles(visit.db(), visit.registry(), "party", &ids, visit.latin).await?;
    let table = html! {
        table.tbl.plain {
            thead { tr { th scope="col" { (loc.t("message-party_id")) } th scope="col" { (loc.t("message-via")) } th scope="col" { (loc.t("message-not_before")) } th scope="col" { (loc.t("wish-col-why")) } } }
            tbody data-rows { @for (party, said) in &group.3 {
                @let (via, at) = target(said.verdict, Channel::Email, Stamp(0));
                tr {
                    td { a.link href={ "/parties/" (party) "/wishes" } { (names.get(party).cloned().unwrap_or_default()) } }
                    td { @if said.verdict.word() == "elsewhere" { @if let Some(c) = via { (loc.t(&format!("channel-{}", c.word()))) } } }
                    td.num { @if let Some(at) = at.filter(|a| a.0 > 0) { (loc.stamp(at)) } }
                    td.sm style="white-space:normal" { @for w in said.reasons.iter().take(2) { div { (words::sentence(visit, topics, &gate::reason(w))) } } }
                }
            } }
        }
    };
    let more = (group.2 > i64::try_from(group.3.len()).unwrap_or(0))
        .then(|| loc.tv("simulate-more", &[("n", group.3.len().into())]));
    Ok(html! {
        div id="customers" { (ui::card(loc.t(&format!("verdict-{}", group.0))).flush(table)) }
        @if let Some(more) = more { p.xs.mut { (more) } }
    })
}

fn yes() -> bool {
    true
}

/// Body of `POST /api/v1/gate/simulate`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sent {
    /// Customers by id; none: those of the view, or all that the asker sees.
    parties: Option<Vec<i64>>,
    view: Option<String>,
    class: String,
    #[serde(default)]
    topic: String,
    channel: String,
    at: Option<String>,
    #[serde(default = "yes")]
    may_change: bool,
    #[serde(default = "yes")]
    may_wait: bool,
}

/// `POST /api/v1/gate/simulate`.
pub(crate) async fn api(visit: Visit, Json(s): Json<Sent>) -> Answer {
    let ty = visit.registry().get("party")?.clone();
    let plan = Plan {
        class: Class::of(&s.class).ok_or_else(|| Error::field("class", "error-not-a-choice"))?,
        topic: s.topic,
        channel: Channel::of(&s.channel).ok_or_else(|| Error::field("channel", "error-not-a-choice"))?,
        at: match &s.at {
            Some(at) => instant("at", at)?,
            None => visit.now(),
        },
        may_change: s.may_change,
        may_wait: s.may_wait,
    };
    let pairs = s.view.map(|v| ("view".to_owned(), v));
    let mut list = records::chosen(&visit, &ty, &Fields(pairs.into_iter().collect())).await?;
    list.ids = s.parties.or(list.ids);
    let (parties, cut) = ids(&visit, list).await?;
    let topics = wish::topics(visit.db()).await?;
    let groups: Vec<Any> = run(&visit, &parties, &plan)
        .await?
        .iter()
        .map(|(verdict, rule, n, first)| {
            let why = first.first().and_then(|(_, said)| said.reasons.first());
            let text = why.map(|w| words::sentence(&visit, &topics, &gate::reason(w)));
            let some: Vec<Any> = first
                .iter()
                .map(|(party, said)| {
                    let (via, at) = target(said.verdict, plan.channel, plan.at);
                    json!({"party": party, "channel": via.map(|c| c.word()), "at": at.map(Stamp::rfc3339)})
                })
                .collect();
            json!({"verdict": verdict, "rule": rule, "text": text, "count": n, "first": some})
        })
        .collect();
    reply(
        StatusCode::OK,
        &json!({"customers": parties.len(), "cut": cut, "groups": groups}),
    )
}
