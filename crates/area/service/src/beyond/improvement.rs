//! An improvement of a product: brought to its owner with everyone who asked and what they are worth; when it ships, all of
//! them are told.

use super::{Word, in_language, language};
use crate::Ports;
use async_trait::async_trait;
use axum::{extract::Path, http::StatusCode};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;
use zhike_contract::{
    Channel,
    gate::{Ask, Class},
};
use zhike_kernel::{Arg, Error, Result, Stamp, Value, Values};
use zhike_store::{Ctx, Event, Hooks, Query, Record, Tx, binds, read, write};
use zhike_web::{
    Form, Json as Body, Place, Routes, Tab, Visit,
    answer::{go_saying, json as answer},
    ui::{self, Field},
};

pub(crate) struct ImprovementHooks;

#[async_trait]
impl Hooks for ImprovementHooks {
    async fn check(&self, _: &Tx, _: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        for name in ["asked", "worth", "cost"] {
            if new.get(name).is_none_or(Value::is_empty) {
                new.insert(name.into(), 0_i64.into());
            }
        }
        // Shipping tells people: it has a button of its own.
        let shipped = new.get("status").and_then(Value::text) == Some("shipped");
        let stays = old.is_some_and(|o| o.text("status") == "shipped");
        if shipped && !stays && new.get("shipped_on").is_none_or(Value::is_empty) {
            return Err(Error::field("status", "error-improvement-ship"));
        }
        Ok(())
    }
}

/// How many asked, what they bought in the last analysis, what their cases have cost.
async fn count(q: &dyn Query, id: i64) -> Result<Values> {
    let sql = "SELECT count(*), CAST(COALESCE(SUM(i.revenue), 0) AS BIGINT), CAST(COALESCE(SUM(c.cost), 0) AS BIGINT) FROM service_wish w \
               LEFT JOIN insight_customer i ON i.party_id = w.party_id LEFT JOIN service_case c ON c.id = w.case_id WHERE w.improvement_id = $1";
    let row = q.one(sql, binds![id]).await?.ok_or_else(Error::missing)?;
    Ok(Values::from([
        ("asked".to_owned(), row.int(0)?.into()),
        ("worth".to_owned(), row.int(1)?.into()),
        ("cost".to_owned(), row.int(2)?.into()),
    ]))
}

/// Puts a customer's wish with an improvement, in the transaction of the case it came by.
pub(crate) async fn ask(ctx: &Ctx, tx: &Tx, id: i64, party: Option<i64>, case: i64) -> Result<()> {
    let ty = ctx.registry().get("improvement")?.clone();
    let record = read::find(ctx, tx, &ty, id).await?.filter(|r| r.archived_at.is_none());
    let record = record.ok_or_else(|| Error::field("improvement", "error-not-a-record"))?;
    if let Some(party) = party {
        let sql = "INSERT INTO service_wish (improvement_id, party_id, case_id, at) VALUES ($1,$2,$3,$4) ON CONFLICT (improvement_id, party_id) DO NOTHING";
        tx.exec(sql, binds![id, party, case, tx.at.0]).await?;
    }
    let changes = count(tx, id).await?;
    let house = Ctx::system(&ctx.house, ctx.door);
    let version = record.version;
    write::update_from(&house, tx, &ty, record, version, changes)
        .await
        .map(|_| ())
}

/// It shipped: everyone who asked and was not told is told. How many.
pub(crate) async fn ship(ctx: &Ctx, ports: &Ports, id: i64, version: i64, answer: (String, String)) -> Result<i64> {
    ctx.require("improvement.edit")?;
    if answer.0.trim().is_empty() && answer.1.trim().is_empty() {
        return Err(Error::field("answer", "error-improvement-answer"));
    }
    let tx = ctx.begin().await?;
    let ty = ctx.registry().get("improvement")?.clone();
    let record = read::need(ctx, &tx, &ty, id).await?;
    let (name, latin) = (record.text("name").to_owned(), record.text("name_latin").to_owned());
    let of = |t: &str| Some(t.trim().to_owned()).filter(|t| !t.is_empty());
    let changes = Values::from([
        ("status".to_owned(), "shipped".into()),
        ("shipped_on".to_owned(), tx.at.date(&ctx.house.zone).into()),
        ("answer".to_owned(), of(&answer.0).into()),
        ("answer_latin".to_owned(), of(&answer.1).into()),
    ]);
    write::update_from(ctx, &tx, &ty, record, version, changes).await?;
    let rows = tx
        .all(
            "SELECT party_id FROM service_wish WHERE improvement_id = $1 AND told_at IS NULL ORDER BY id",
            binds![id],
        )
        .await?;
    for row in &rows {
        let party = row.int(0)?;
        let english = language(&tx, party).await?;
        let called = in_language(english, &name, &latin).to_owned();
        let args = [
            ("name", Arg::from(called.clone())),
            ("answer", in_language(english, &answer.0, &answer.1).into()),
        ];
        let word = Word {
            party,
            class: Class::Service,
            topic: "improvement",
            subject: super::words(ctx, english, "letter-shipped-subject", &args)?,
            body: super::words(ctx, english, "letter-shipped", &args)?,
            record: ("improvement", id),
            key: format!("improvement:{id}:{party}"),
            kind: "follow_up",
        };
        let (message, verdict) = super::tell(ctx, &tx, ports, word).await?;
        let sql = "UPDATE service_wish SET told_at = $1, message_id = $2, verdict = $3 WHERE improvement_id = $4 AND party_id = $5";
        tx.exec(sql, binds![tx.at.0, message, verdict, id, party]).await?;
        let event = Event {
            kind: "improvement.told.v1".into(),
            record_type: "improvement",
            record: id,
            party: Some(party),
            note: Some(called),
            ..Event::default()
        };
        tx.emit(ctx.registry().listeners(), event).await?;
    }
    tx.commit().await?;
    i64::try_from(rows.len()).map_err(Error::broken)
}

/// Somebody tells a customer by telephone or face to face: the gate is asked, and what it says is kept and counted. Refused
/// with its reason when the customer does not want that.
async fn told(visit: &Visit, ports: &Ports, id: i64, s: &Told) -> Result<()> {
    let ctx = &visit.ctx;
    ctx.require("improvement.edit")?;
    let party = s.party_id.ok_or_else(|| Error::field("party_id", "error-required"))?;
    let channel = Channel::of(s.channel.as_deref().unwrap_or("phone"))
        .ok_or_else(|| Error::field("channel", "error-not-a-choice"))?;
    let tx = ctx.begin().await?;
    let ty = ctx.registry().get("improvement")?.clone();
    let record = read::need(ctx, &tx, &ty, id).await?;
    if s.version != Some(record.version) {
        return Err(Error::stale());
    }
    if record.text("status") != "shipped" {
        return Err(Error::refused("error-improvement-not-shipped"));
    }
    let ask = Ask {
        party,
        class: Class::Service,
        topic: "improvement".to_owned(),
        channel,
        address: None,
        at: tx.at,
        may_change: false,
        may_wait: true,
        agreed: false,
    };
    let (said, permit) = ports.gate.pass(ctx, &tx, &ask, s.why.as_deref()).await?;
    if permit.is_none() {
        // The refusal is kept like every word of the gate.
        tx.commit().await?;
        let why = said.reasons.first().map(|r| zhike_web::gate::sentence(&visit.loc, r));
        return Err(Error::refused("error-improvement-gate").with("why", why.unwrap_or_default()));
    }
    let sql = "UPDATE service_wish SET told_at = $1, verdict = 'by_hand' WHERE improvement_id = $2 AND party_id = $3 \
               AND (told_at IS NULL OR verdict = 'withheld')";
    if tx.exec(sql, binds![tx.at.0, id, party]).await? == 0 {
        return Err(Error::refused("error-incident-told"));
    }
    let event = Event {
        kind: "improvement.told.v1".into(),
        record_type: "improvement",
        record: id,
        party: Some(party),
        note: Some(record.text("name").to_owned()),
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await?;
    tx.commit().await
}

/// What is sent of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    version: Option<i64>,
    party_id: Option<i64>,
    channel: Option<String>,
    why: Option<String>,
}

/// What is sent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    version: Option<i64>,
    answer: Option<String>,
    answer_latin: Option<String>,
}

/// Its routes.
pub(crate) fn routes(ports: &Ports) -> Routes {
    let (a, b) = (ports.clone(), ports.clone());
    let (c, d) = (ports.clone(), ports.clone());
    Routes::new()
        .post(
            "/improvements/{id}/told",
            "improvement.edit",
            move |visit: Visit, Path(id): Path<i64>, Form(f): Form| {
                let ports = c.clone();
                Box::pin(async move {
                    let s = Told {
                        version: f.int("version"),
                        party_id: f.int("party"),
                        channel: f.filled("channel").map(str::to_owned),
                        why: f.filled("why").map(str::to_owned),
                    };
                    told(&visit, &ports, id, &s).await?;
                    go_saying(
                        &visit,
                        &format!("/improvements/{id}"),
                        &visit.loc.t("improvement-did-told"),
                        None,
                    )
                })
            },
        )
        .post(
            "/api/v1/improvements/{id}/told",
            "improvement.edit",
            move |visit: Visit, Path(id): Path<i64>, Body(s): Body<Told>| {
                let ports = d.clone();
                Box::pin(async move {
                    told(&visit, &ports, id, &s).await?;
                    answer(StatusCode::OK, &json!({"id": id, "party_id": s.party_id}))
                })
            },
        )
        .post(
            "/improvements/{id}/ship",
            "improvement.edit",
            move |visit: Visit, Path(id): Path<i64>, Form(f): Form| {
                let ports = a.clone();
                Box::pin(async move {
                    let text = |name: &str| f.get(name).unwrap_or("").to_owned();
                    let n = ship(
                        &visit.ctx,
                        &ports,
                        id,
                        f.need_int("version")?,
                        (text("answer"), text("answer_latin")),
                    )
                    .await?;
                    let words = visit.loc.tv("improvement-did-ship", &[("n", n.into())]);
                    go_saying(&visit, &format!("/improvements/{id}"), &words, None)
                })
            },
        )
        .post(
            "/api/v1/improvements/{id}/ship",
            "improvement.edit",
            move |visit: Visit, Path(id): Path<i64>, Body(s): Body<Sent>| {
                let ports = b.clone();
                Box::pin(async move {
                    let version = s.version.ok_or_else(|| Error::field("version", "error-required"))?;
                    let texts = (s.answer.unwrap_or_default(), s.answer_latin.unwrap_or_default());
                    let n = ship(&visit.ctx, &ports, id, version, texts).await?;
                    answer(StatusCode::OK, &json!({"id": id, "told": n}))
                })
            },
        )
}

/// Its pieces.
pub(crate) fn tabs() -> Vec<Tab> {
    vec![Tab::new(
        "improvement",
        "asked",
        Place::Tab,
        -10,
        "improvement.view",
        |v, r| Box::pin(asked(v, r)),
    )]
}

async fn asked(visit: &Visit, i: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let sql = "SELECT w.party_id, w.case_id, w.at, w.told_at, COALESCE(w.verdict, ''), c.number, n.revenue FROM service_wish w LEFT JOIN service_case c ON c.id = w.case_id \
               LEFT JOIN insight_customer n ON n.party_id = w.party_id WHERE w.improvement_id = $1 ORDER BY n.revenue IS NULL, n.revenue DESC, w.id LIMIT 300";
    let rows = visit.db().all(sql, binds![i.id]).await?;
    let ids: Vec<i64> = rows.iter().map(|r| r.int(0)).collect::<Result<_>>()?;
    let names = read::titles(visit.db(), visit.registry(), "party", &ids, visit.latin).await?;
    let mut lines = vec![];
    for r in &rows {
        let party = r.int(0)?;
        let name = names.get(&party).cloned().unwrap_or_default();
        lines.push((
            party,
            name,
            r.opt_int(1)?,
            r.opt_text(5)?,
            Stamp(r.int(2)?),
            r.opt_int(3)?.map(Stamp),
            r.opt_int(6)?,
            r.text(4)?,
        ));
    }
    let c = visit.house.currency;
    let may = visit.may("improvement.edit") && i.archived_at.is_none();
    let by_hand = may && i.text("status") == "shipped";
    let body = html! {
        @if lines.is_empty() { p.mut style="padding:14px" { (loc.t("improvement-none")) } } @else { table.tbl.plain {
            thead { tr { th scope="col" { (loc.t("case-party_id")) } th scope="col" { (loc.t("case-one")) } th scope="col" { (loc.t("improvement-since")) } th.r scope="col" { (loc.t("party-revenue")) } th scope="col" { (loc.t("incident-told-at")) } } }
            tbody data-rows { @for (party, name, case, number, at, told, revenue, verdict) in &lines { tr {
                td { a.link href={ "/parties/" (party) } { (name) } }
                td { @if let (Some(id), Some(n)) = (case, number) { a.link.num href={ "/cases/" (id) } { (n) } } }
                td.num { (loc.date_iso(loc.day_of(*at))) }
                td.r { @if let Some(n) = revenue { (ui::money(loc, *n, c)) } @else { "—" } }
                td.num {
                    @if let Some(at) = told { (loc.stamp(*at)) @if verdict == "withheld" { " " (ui::badge(ui::Hue::Amber, &loc.t("incident-said-withheld"))) } } @else { span.dim { "—" } }
                    @if by_hand && (told.is_none() || verdict == "withheld") {
                        " " form data-stay method="post" action={ "/improvements/" (i.id) "/told" } style="display:inline" {
                            (ui::hidden("version", &i.version.to_string())) (ui::hidden("party", &party.to_string()))
                            (ui::btn(loc.t("improvement-told-phone")).small().icon("phone").submit())
                        }
                    }
                }
            } } }
        } }
    };
    let unheard = lines.iter().filter(|l| l.5.is_none()).count();
    Ok(html! {
        @if may && (i.text("status") != "shipped" || unheard > 0) {
            (ui::card(loc.t("improvement-ship")).body(html! { form.stack data-stay method="post" action={ "/improvements/" (i.id) "/ship" } {
                (ui::hidden("version", &i.version.to_string()))
                p.sm.mut { (loc.t("improvement-ship-text")) }
                div.g2 {
                    (Field::new("answer", loc.t("improvement-answer")).textarea(i.text("answer"), 3))
                    (Field::new("answer_latin", loc.t("improvement-answer_latin")).textarea(i.text("answer_latin"), 3))
                }
                div.btn-row.end { (ui::btn(loc.tv("improvement-ship-do", &[("n", unheard.into())])).icon("send").primary().submit()) }
            } }))
        }
        (ui::card(loc.t("improvement-asked")).flush(body))
    })
}
