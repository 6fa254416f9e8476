//! What stands on the page of a case: the bar of steps, the work to be done, the rail, the buttons; and a customer's cases.

use super::{
    kept::{self, Begun, Granted, Request, Round, Running},
    link,
    promise::{self, Promise},
    rail, view_work as work,
};
use crate::{
    Ports, hours,
    process::{self, Act, Definition},
    types::OPEN,
};
use maud::{Markup, html};
use std::{collections::HashMap, sync::Arc};
use zhike_kernel::{Filter, Result, Stamp};
use zhike_store::{Query as _, Record};
use zhike_web::{Place, Tab, Visit, records, ui};

/// All that the page of a case shows.
pub(crate) struct View<'a> {
    pub visit: &'a Visit,
    pub case: &'a Record,
    pub def: Definition,
    pub running: Option<Running>,
    pub steps: Vec<Begun>,
    pub rounds: Vec<Round>,
    pub granted: Vec<Granted>,
    pub requests: Vec<Request>,
    pub promises: Vec<Promise>,
    pub names: HashMap<i64, String>,
    pub link: Option<String>,
    /// A message can be handed to the gate.
    pub can_send: bool,
}

impl<'a> View<'a> {
    pub(crate) async fn read(visit: &'a Visit, case: &'a Record, ports: &Ports) -> Result<View<'a>> {
        let db = visit.db();
        let id = case.id;
        let link = link::find(db, id).await?.map(|l| link::path(&visit.app.secret, &l));
        let address = hours::settings(db).await?.address;
        Ok(View {
            def: process::version(
                db,
                case.int("process_id").unwrap_or(0),
                case.int("process_version").unwrap_or(0),
            )
            .await?,
            running: Running::of_case(db, id).await?,
            steps: kept::steps(db, id).await?,
            rounds: kept::rounds(db, id).await?,
            granted: kept::granted(db, id).await?,
            requests: kept::requests(db, id).await?,
            promises: promise::of_case(db, id).await?,
            names: visit.app.identity.names(visit.latin).await?,
            can_send: ports.outbound.is_some() && case.int("party_id").is_some() && !address.is_empty(),
            link,
            visit,
            case,
        })
    }
    pub(crate) fn name(&self, user: Option<i64>) -> &str {
        user.and_then(|u| self.names.get(&u)).map_or("—", String::as_str)
    }
    pub(crate) fn is_open(&self) -> bool {
        OPEN.contains(&self.case.text("status"))
    }
    pub(crate) fn may_edit(&self) -> bool {
        self.case.archived_at.is_none() && self.visit.may("case.edit")
    }
    pub(crate) fn round(&self) -> i64 {
        self.case.int("round").unwrap_or(1)
    }
    pub(crate) fn promise(&self) -> Option<&Promise> {
        self.promises.iter().find(|p| p.state == "open")
    }
    /// A form that acts on the case.
    pub(crate) fn form(&self, what: &str, body: Markup) -> Markup {
        self.sent_as(what, None, body)
    }
    /// The same with files.
    pub(crate) fn form_with_files(&self, what: &str, body: Markup) -> Markup {
        self.sent_as(what, Some("multipart/form-data"), body)
    }
    fn sent_as(&self, what: &str, kind: Option<&str>, body: Markup) -> Markup {
        html! {
            form.stack data-stay method="post" enctype=[kind] action={ "/cases/" (self.case.id) "/act/" (what) } style="margin:0;gap:12px" {
                (ui::hidden("version", &self.case.version.to_string())) (body)
            }
        }
    }
    /// A short moment, with the day when it is not today.
    pub(crate) fn when(&self, at: Stamp) -> Markup {
        let loc = &self.visit.loc;
        let (day, today) = (loc.day_of(at), loc.day_of(self.visit.now()));
        html! { time.num title=(loc.stamp(at)) { @if day != today { (loc.date_short(day, today)) " " } (loc.time(at)) } }
    }
}

/// The pieces.
pub(crate) fn tabs(ports: &Ports) -> Vec<Tab> {
    let view = "case.view";
    let piece = |key: &'static str, place, order, draw: fn(&View<'_>) -> Markup| {
        let ports = ports.clone();
        Tab::new("case", key, place, order, view, move |v, r| {
            let ports = ports.clone();
            Box::pin(async move { Ok(draw(&View::read(v, r, &ports).await?)) })
        })
    };
    let ports = Arc::new(ports.clone());
    let (a, b) = (ports.clone(), ports.clone());
    vec![
        piece("marks", Place::Mark, 10, marks),
        piece("steps", Place::Head, 10, steps),
        piece("buttons", Place::Action, 10, buttons),
        // It stands before the details: it is what one comes for.
        Tab::new("case", "work", Place::Tab, -10, view, move |v, r| {
            let ports = a.clone();
            Box::pin(async move { work::draw(&View::read(v, r, &ports).await?).await })
        }),
        Tab::new("case", "rail", Place::Rail, 10, view, move |v, r| {
            let ports = b.clone();
            Box::pin(async move { rail::draw(&View::read(v, r, &ports).await?).await })
        }),
        Tab::new("party", "case", Place::Tab, 25, view, |v, r| Box::pin(of_party(v, r))),
    ]
}

fn marks(v: &View<'_>) -> Markup {
    let loc = &v.visit.loc;
    let c = v.case;
    html! {
        @if c.text("severity") == "severe" { (ui::badge_icon(ui::Hue::Red, "flame", &loc.t("case-severity-severe"))) " " }
        @if c.text("urgency") == "high" { (ui::badge(ui::Hue::Amber, &loc.t("case-urgency-high"))) " " }
        @if let Some(tier) = ui::Tier::parse(c.text("tier")) { (ui::tier(loc, tier)) " " }
        @if c.get("late").truth() == Some(true) && v.is_open() { (ui::badge(ui::Hue::Red, &loc.t("case-overdue"))) " " }
    }
}

/// The bar: entered, the steps of the process, ended.
fn steps(v: &View<'_>) -> Markup {
    let loc = &v.visit.loc;
    let round = v.round();
    let brief = |at: Stamp| {
        let (day, today) = (loc.day_of(at), loc.day_of(v.visit.now()));
        let time = loc.time(at);
        if day == today {
            time
        } else {
            format!("{} {time}", loc.date_short(day, today))
        }
    };
    let begun = v.rounds.first().and_then(|r| r.started_at).unwrap_or(v.case.created_at);
    let first = if round > 1 {
        "case-bar-again"
    } else {
        "case-bar-entered"
    };
    let mut items = vec![ui::Step {
        label: loc.t("case-bar-registered"),
        note: Some(loc.tv(first, &[("when", brief(begun).into())])),
        href: None,
    }];
    let current = v.running.as_ref().and_then(|r| v.def.place(&r.step));
    let ended = v.case.int("closed_at").map(Stamp);
    for (i, step) in v.def.steps.iter().enumerate() {
        // The last time this step was taken, in this round or (what comes before the loop) an earlier one.
        let last = v.steps.iter().rev().find(|b| b.step == step.key);
        let note = match last {
            Some(b) if Some(i) == current => Some(match b.due_at {
                _ if b.act == Act::Verdict => loc.t("case-bar-verdict"),
                Some(due) if due < v.visit.now() => loc.t("case-bar-late"),
                Some(due) => loc.tv("case-bar-due", &[("when", brief(due).into())]),
                None => String::new(),
            }),
            Some(b) if b.ended_at.is_some() && b.outcome != "dropped" && current.is_none_or(|c| i < c) => {
                let at = b.ended_at.map(&brief).unwrap_or_default();
                Some(format!("{at} {}", b.ended_by.map_or("", |u| v.name(Some(u)))))
            }
            _ => match v.promise() {
                Some(p) if step.act == Act::Tell => {
                    Some(loc.tv("case-bar-promised", &[("when", brief(p.from).into())]))
                }
                _ => None,
            },
        };
        items.push(ui::Step {
            label: step.title(v.visit.latin).to_owned(),
            note,
            href: None,
        });
    }
    items.push(ui::Step {
        label: loc.t("case-bar-closed"),
        note: match ended {
            Some(at) => Some(brief(at)),
            None => Some(loc.tv("case-bar-next", &[("n", (round + 1).into())])),
        },
        href: None,
    });
    let now = match (ended, current) {
        (Some(_), _) => items.len(),
        (None, Some(i)) => i + 1,
        (None, None) => 1,
    };
    html! { div.case-bar { (ui::steps(&items, now)) } }
}

fn buttons(v: &View<'_>) -> Markup {
    let loc = &v.visit.loc;
    if !v.may_edit() || !v.is_open() {
        return html! {};
    }
    let me = v.visit.actor.user;
    let running = v.running.as_ref().filter(|r| r.act != Act::Verdict);
    let people: Vec<ui::Choice> = {
        let mut all: Vec<(&i64, &String)> = v.names.iter().collect();
        all.sort_by_key(|a| a.1);
        all.iter()
            .map(|(id, name)| ui::Choice::new(id.to_string(), (*name).clone()))
            .collect()
    };
    let time = v.form(
        "time",
        html! {
            (ui::Field::new("minutes", loc.t("case-time-minutes")).required(true).number(""))
            (ui::Field::new("note", loc.t("case-note")).text(""))
            div.btn-row { (ui::btn(loc.t("web-cancel")).closes()) (ui::btn(loc.t("case-time-add")).primary().submit()) }
        },
    );
    html! {
        @if running.is_some() {
            @if v.case.int("handler_id").is_none() || v.case.int("handler_id") != me {
                form data-stay method="post" action={ "/cases/" (v.case.id) "/act/assign" } style="margin:0" {
                    (ui::hidden("version", &v.case.version.to_string())) (ui::hidden("user", &me.unwrap_or(0).to_string()))
                    (ui::btn(loc.t("case-take")).icon("user-check").submit())
                }
            }
            (ui::btn(loc.t("case-assign")).icon("users").wide_only().opens("case-assign"))
            (ui::dialog("case-assign", &loc.t("case-assign"), v.form("assign", html! {
                (ui::Field::new("user", loc.t("case-handler_id")).id("case-assign-user").required(true).select(&people, "", Some("")))
                div.btn-row { (ui::btn(loc.t("web-cancel")).closes()) (ui::btn(loc.t("case-assign")).primary().submit()) }
            })))
        }
        @if v.case.int("improvement_id").is_none() && v.visit.may("improvement.create") {
            (ui::icon_btn("bulb", loc.t("case-improve")).opens("case-improve"))
            (ui::dialog("case-improve", &loc.t("case-improve"), v.form("improve", html! {
                p.sm.mut { (loc.t("case-improve-text")) }
                (ui::Field::new("improvement", loc.t("case-improve-there")).id("case-improve-there").combobox(loc, "/lookup/improvement", "", ""))
                (ui::Field::new("name", loc.t("case-improve-new")).id("case-improve-name").text(v.case.text("subject")))
                div.btn-row { (ui::btn(loc.t("web-cancel")).closes()) (ui::btn(loc.t("case-improve-do")).primary().submit()) }
            })))
        }
        @if let (Some(party), true) = (v.case.int("party_id"), v.visit.may("conversation.edit")) {
            (ui::icon_btn("mail", loc.t("inbox-write")).href(format!("/inbox/new?party={party}&record_type=case&record_id={}", v.case.id)))
        }
        (ui::btn(loc.t("case-time")).icon("clock").wide_only().opens("case-time"))
        (ui::dialog("case-time", &loc.t("case-time"), time))
    }
}

const SHOWN: [&str; 6] = ["subject", "number", "kind", "status", "opened_on", "verdict"];

async fn of_party(visit: &Visit, party: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let of = || Filter::is("party_id", party.id);
    let ended = Filter::None(Box::new(crate::types::open()));
    let sql = "SELECT count(*), CAST(COALESCE(SUM(cost), 0) AS BIGINT), CAST(COALESCE(SUM(minutes), 0) AS BIGINT) FROM service_case \
               WHERE party_id = $1 AND archived_at IS NULL";
    let sums = visit.db().one(sql, zhike_store::binds![party.id]).await?;
    let (n, cost, minutes) = match sums {
        Some(r) => (r.int(0)?, r.int(1)?, r.int(2)?),
        None => (0, 0, 0),
    };
    let sql = "SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM service_incident_grant WHERE party_id = $1";
    let given = visit.db().number(sql, zhike_store::binds![party.id]).await?;
    let brought = super::sale::of_party(&visit.ctx, party.id).await?;
    let new = html! { @if visit.may("case.create") {
        (ui::btn(loc.t("case-new")).icon("plus").small().href(format!("/cases/new?party_id={}", party.id)))
    } };
    Ok(html! {
        @if n > 0 && visit.may("cost.view") {
            (ui::kpis(&[
                ui::Kpi::new(loc.t("case-of-party"), loc.int(n)),
                ui::Kpi::new(loc.t("case-minutes"), loc.int(minutes)),
                ui::Kpi::new(loc.t("case-cost"), ui::money(loc, cost.saturating_add(given), visit.house.currency)),
                ui::Kpi::new(loc.t("case-revenue"), ui::money(loc, brought, visit.house.currency)),
            ]))
        }
        (super::partner::card(visit, party).await?)
        (ui::card(loc.t("case-view-open")).actions(new).flush(records::related(visit, "case", of().and(crate::types::open()), &SHOWN, 50).await?))
        (ui::card(loc.t("case-view-closed")).flush(records::related(visit, "case", of().and(ended), &SHOWN, 30).await?))
    })
}
