//! From state to state: asked for approval, in force, over, made anew.

use super::{approve::plan, rules};
use crate::quote::Ports;
use axum::{extract::Path, http::StatusCode};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::Value as Json;
use zhike_kernel::{Error, Result, Value, Values};
use zhike_store::{Ctx, Event, Record, Tx, read, write};
use zhike_web::{
    Form, Json as Body, Visit,
    answer::{Answer, go, json},
    api::value,
    ui,
};

/// Fields that a new version takes over.
const HEAD: [&str; 15] = [
    "name",
    "party_id",
    "other_id",
    "owner_id",
    "deal_id",
    "quote_id",
    "starts_on",
    "ends_on",
    "auto_renew",
    "renew_months",
    "notice_days",
    "value",
    "currency",
    "terms",
    "note",
];

/// The contract behind an id of an address.
pub(crate) async fn need(visit: &Visit, id: &str) -> Result<Record> {
    let id: i64 = id.parse().map_err(|_| Error::missing())?;
    read::need(&visit.ctx, visit.db(), visit.registry().get("contract")?, id).await
}

/// Writes an event on a contract.
pub(crate) async fn tell(ctx: &Ctx, tx: &Tx, contract: &Record, what: &str, note: Option<String>) -> Result<()> {
    let event = Event {
        kind: format!("contract.{what}.v1"),
        record_type: "contract",
        record: contract.id,
        party: contract.int("party_id"),
        note,
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await.map(|_| ())
}

async fn to(ctx: &Ctx, tx: &Tx, c: &Record, version: i64, changes: Values) -> Result<()> {
    ctx.require("contract.edit")?;
    write::update(ctx, tx, ctx.registry().get("contract")?, c.id, version, changes)
        .await
        .map(|_| ())
}

fn status(word: &str) -> Values {
    Values::from([("status".to_owned(), Value::from(word))])
}

/// Does one step; the id of the contract to show then.
pub(crate) async fn step(
    visit: &Visit,
    ports: &Ports,
    c: &Record,
    what: &str,
    version: i64,
    note: Option<&str>,
) -> Result<i64> {
    let from: &[&str] = match what {
        "submit" => &["draft"],
        "withdraw" => &["approval"],
        "activate" => &["approved"],
        "terminate" => &["active"],
        "revise" => &["active", "ended", "approved"],
        _ => return Err(Error::missing()),
    };
    if c.archived_at.is_some() || !from.contains(&c.text("status")) {
        return Err(Error::refused("error-contract-state"));
    }
    let ctx = &visit.ctx;
    let tx = ctx.begin().await?;
    let mut show = c.id;
    match what {
        "submit" => {
            fits(ctx, &tx, c).await?;
            to(ctx, &tx, c, version, status("approval")).await?;
            if ports.approvals.ask(ctx, &tx, "contract", c.id, note).await?.is_none() {
                crate::quote::approve::settle(ctx, &tx, "contract", c.id, "approved").await?;
            }
        }
        "withdraw" => {
            to(ctx, &tx, c, version, status("draft")).await?;
            ports.approvals.withdraw(ctx, &tx, "contract", c.id).await?;
        }
        "activate" => {
            if c.date("starts_on").is_none() {
                return Err(Error::refused("error-contract-no-start"));
            }
            let mut changes = status("active");
            changes.insert("signed_on".into(), ctx.today().into());
            to(ctx, &tx, c, version, changes).await?;
            tell(ctx, &tx, c, "activated", note.map(str::to_owned)).await?;
        }
        "terminate" => {
            let Some(note) = note else {
                return Err(Error::field("note", "error-contract-reason"));
            };
            to(ctx, &tx, c, version, status("terminated")).await?;
            tell(ctx, &tx, c, "terminated", Some(note.to_owned())).await?;
        }
        _ => show = revise(ctx, &tx, c, version).await?,
    }
    tx.commit().await?;
    Ok(show)
}

/// A plan, where there is one, pays the whole value.
async fn fits(ctx: &Ctx, tx: &Tx, c: &Record) -> Result<()> {
    let lines = plan(ctx, tx, c.id).await?;
    let sum: i64 = lines.iter().filter_map(|l| l.int("amount")).sum();
    if !lines.is_empty() && Some(sum) != c.int("value") {
        return Err(Error::refused("error-contract-plan"));
    }
    Ok(())
}

/// A new version: a draft with what is not invoiced of the plan; the old one stays as it is.
async fn revise(ctx: &Ctx, tx: &Tx, c: &Record, version: i64) -> Result<i64> {
    let lines = plan(ctx, tx, c.id).await?;
    if lines.iter().any(|l| l.int("invoice_id").is_some()) {
        return Err(Error::refused("error-contract-invoiced"));
    }
    to(ctx, tx, c, version, status("superseded")).await?;
    let revision = c.int("revision").unwrap_or(1);
    let mut head: Values = HEAD.iter().map(|f| ((*f).to_owned(), c.get(f).clone())).collect();
    let own = format!("-{revision}");
    let number = c.text("number");
    let base = if revision > 1 {
        number.strip_suffix(&own).unwrap_or(number)
    } else {
        number
    };
    head.insert("number".into(), format!("{base}-{}", revision + 1).into());
    head.insert("revision".into(), (revision + 1).into());
    head.insert("previous_id".into(), c.id.into());
    let new = write::create(ctx, tx, ctx.registry().get("contract")?, head).await?;
    let rows: Vec<Values> = lines
        .iter()
        .map(|l| {
            let mut row: Values = ["due_on", "amount", "condition"]
                .iter()
                .map(|f| ((*f).to_owned(), l.get(f).clone()))
                .collect();
            row.insert("contract_id".into(), new.into());
            row
        })
        .collect();
    write::insert_many(ctx, tx, ctx.registry().get("contract_plan")?, rows, None).await?;
    tell(ctx, tx, c, "revised", Some(format!("{base}-{}", revision + 1))).await?;
    Ok(new)
}

/// The buttons in the bar.
pub(crate) async fn actions(visit: &Visit, c: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    if c.archived_at.is_some() || !visit.may("contract.edit") {
        return Ok(html! {});
    }
    let form = |what: &str, inside: Markup| {
        html! {
            form.row method="post" action={ "/contracts/" (c.id) "/do/" (what) } style="margin:0" {
                (ui::hidden("csrf", &visit.csrf))
                (ui::hidden("version", &c.version.to_string()))
                (inside)
            }
        }
    };
    let plain = |what: &str, icon: &str, main: bool| {
        let button = ui::btn(loc.t(&format!("contract-do-{what}"))).icon(icon).submit();
        form(
            what,
            html! { (if main { button.primary() } else { button.wide_only() }) },
        )
    };
    Ok(html! {
        @match c.text("status") {
            "draft" => (plain("submit", "send", true)),
            "approval" => (plain("withdraw", "arrow-back-up", false)),
            "approved" => (plain("activate", "check", true)),
            "active" => {
                (ui::btn(loc.t("contract-do-terminate")).icon("ban").wide_only().opens("terminate"))
                (ui::dialog("terminate", &loc.t("contract-do-terminate"), form("terminate", html! {
                    div.stack {
                        (ui::Field::new("note", loc.t("contract-reason")).required(true).textarea("", 3))
                        (ui::btn(loc.t("contract-do-terminate")).danger_solid().submit())
                    }
                })))
            },
            _ => {},
        }
        @if matches!(c.text("status"), "active" | "ended" | "approved") { (plain("revise", "copy", false)) }
    })
}

/// `POST /contracts/{id}/do/{what}`.
pub(crate) async fn post(
    visit: Visit,
    Path((id, what)): Path<(String, String)>,
    ports: Ports,
    Form(f): Form,
) -> Answer {
    let c = need(&visit, &id).await?;
    let show = step(&visit, &ports, &c, &what, f.need_int("version")?, f.filled("note")).await?;
    go(&visit, &format!("/contracts/{show}"))
}

/// From which version, with which words.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    version: i64,
    note: Option<String>,
}

/// `POST /api/v1/contracts/{id}/submit` and so on.
pub(crate) async fn api(
    visit: Visit,
    Path(id): Path<String>,
    what: &'static str,
    ports: Ports,
    Body(s): Body<Step>,
) -> Answer {
    let c = need(&visit, &id).await?;
    let show = step(
        &visit,
        &ports,
        &c,
        what,
        s.version,
        s.note.as_deref().map(str::trim).filter(|n| !n.is_empty()),
    )
    .await?;
    let ty = visit.registry().get("contract")?;
    let record = read::need(&visit.ctx, visit.db(), ty, show).await?;
    let code = if show == c.id {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    json(code, &Json::Object(value::record(&visit.ctx, ty, &record)))
}

/// Above the tabs: what the calendar says.
pub(crate) async fn head(visit: &Visit, c: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let today = visit.today();
    let active = c.text("status") == "active";
    let due = c.date("notice_on").filter(|n| active && *n <= today);
    let open = rules::open(c.text("status"));
    Ok(html! {
        @if let (Some(_), Some(end)) = (due, c.date("ends_on")) {
            @let key = if c.get("auto_renew").truth() == Some(true) { "contract-is-renewing" } else { "contract-is-ending" };
            (ui::callout(ui::Tone::Warn, loc.tv(key, &[("end", loc.date(end, today).into())])))
        }
        @if c.text("status") == "superseded" { (ui::callout(ui::Tone::Quiet, loc.t("contract-is-superseded"))) }
        @if open && rules::bound(c.text("status")) { (ui::callout(ui::Tone::Info, loc.t("contract-bound"))) }
    })
}
