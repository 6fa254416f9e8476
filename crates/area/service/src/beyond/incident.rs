//! An incident: one disturbance, the customers it hit, told all alike through the gate, compensated under one rule.

use super::{Word, in_language, language};
use crate::Ports;
use async_trait::async_trait;
use axum::{extract::Path, http::StatusCode};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;
use zhike_contract::gate::Class;
use zhike_kernel::{Error, Result, Stamp, Value, Values};
use zhike_store::{Ctx, Event, Hooks, Query as _, Record, Tx, binds, read, write};
use zhike_web::{
    Answer, Form, Json as Body, Place, Routes, Tab, Visit,
    answer::{go_saying, json as answer},
    ui,
};

/// Customers told in one transaction.
const CHUNK: i64 = 200;

pub(crate) struct IncidentHooks;

#[async_trait]
impl Hooks for IncidentHooks {
    async fn check(&self, _: &Tx, ctx: &Ctx, _: Option<&Record>, new: &mut Values) -> Result<()> {
        for (name, first) in [
            ("status", Value::from("open")),
            ("hit", 0_i64.into()),
            ("told", 0_i64.into()),
        ] {
            if new.get(name).is_none_or(Value::is_empty) {
                new.insert(name.into(), first);
            }
        }
        if new.get("owner_id").is_none_or(Value::is_empty) {
            new.insert("owner_id".into(), ctx.actor.user.into());
        }
        let day = |name: &str| new.get(name).and_then(Value::text).map(str::to_owned);
        if let (Some(a), Some(b)) = (day("from_on"), day("until_on"))
            && a > b
        {
            return Err(Error::field("until_on", "error-days-order"));
        }
        Ok(())
    }
}

/// The incident at a version, for whoever may change it.
pub(crate) async fn at(ctx: &Ctx, tx: &Tx, id: i64, version: i64) -> Result<Record> {
    ctx.require("incident.edit")?;
    let ty = ctx.registry().get("incident")?.clone();
    let record = read::need(ctx, tx, &ty, id).await?;
    if record.version != version {
        return Err(Error::stale());
    }
    Ok(record)
}

async fn set(ctx: &Ctx, tx: &Tx, record: Record, changes: Values) -> Result<i64> {
    let ty = ctx.registry().get("incident")?.clone();
    let version = record.version;
    write::update_from(ctx, tx, &ty, record, version, changes).await
}

/// Finds the customers: who bought the product in the days, and who complained about it (and the batch). How many are new.
pub(crate) async fn find(ctx: &Ctx, id: i64, version: i64) -> Result<i64> {
    let tx = ctx.begin().await?;
    let i = at(ctx, &tx, id, version).await?;
    let Some(product) = i.int("product_id") else {
        return Err(Error::field("product_id", "error-incident-product"));
    };
    let first = Some(i.text("from_on"))
        .filter(|d| !d.is_empty())
        .unwrap_or("0000-01-01")
        .to_owned();
    let last = Some(i.text("until_on"))
        .filter(|d| !d.is_empty())
        .unwrap_or("9999-12-31")
        .to_owned();
    let mut found = 0;
    let sql = "INSERT INTO service_incident_party (incident_id, party_id, why, found_at, spared) \
               SELECT $1, o.party_id, 'bought', $2, FALSE FROM order_order o WHERE o.kind = 'sale' AND o.status NOT IN ('draft','cancelled') AND o.archived_at IS NULL \
               AND o.ordered_on >= $3 AND o.ordered_on <= $4 AND EXISTS (SELECT 1 FROM order_line l WHERE l.order_id = o.id AND l.product_id = $5 AND l.archived_at IS NULL) \
               GROUP BY o.party_id ON CONFLICT (incident_id, party_id) DO NOTHING";
    found += tx.exec(sql, binds![id, tx.at.0, first, last, product]).await?;
    let sql = "INSERT INTO service_incident_party (incident_id, party_id, why, found_at, spared) \
               SELECT $1, c.party_id, 'complained', $2, FALSE FROM service_case c WHERE c.product_id = $3 AND (c.batch = $4 OR $5 = '') AND c.party_id IS NOT NULL \
               AND c.archived_at IS NULL GROUP BY c.party_id ON CONFLICT (incident_id, party_id) DO NOTHING";
    let batch = i.text("batch").to_owned();
    found += tx
        .exec(sql, binds![id, tx.at.0, product, batch.as_str(), batch.as_str()])
        .await?;
    // Their open cases about it belong to it.
    let sql = "UPDATE service_case SET incident_id = $1 WHERE product_id = $2 AND (batch = $3 OR $4 = '') AND status IN ('new','working','told') \
               AND incident_id IS NULL AND archived_at IS NULL";
    tx.exec(sql, binds![id, product, batch.as_str(), batch.as_str()])
        .await?;
    count(ctx, &tx, i, None).await?;
    tx.commit().await?;
    i64::try_from(found).map_err(Error::broken)
}

async fn count(ctx: &Ctx, tx: &Tx, i: Record, status: Option<&str>) -> Result<()> {
    let sql = "SELECT count(*), count(told_at) FROM service_incident_party WHERE incident_id = $1 AND NOT spared";
    let row = tx.one(sql, binds![i.id]).await?.ok_or_else(Error::missing)?;
    let mut changes = Values::from([
        ("hit".to_owned(), row.int(0)?.into()),
        ("told".to_owned(), row.int(1)?.into()),
    ]);
    if let Some(status) = status {
        changes.insert("status".into(), status.into());
    }
    set(ctx, tx, i, changes).await.map(|_| ())
}

/// A customer who was found is not hit after all, or is.
async fn spare(ctx: &Ctx, id: i64, version: i64, party: i64, spared: bool) -> Result<()> {
    let tx = ctx.begin().await?;
    let i = at(ctx, &tx, id, version).await?;
    let sql =
        "UPDATE service_incident_party SET spared = $1 WHERE incident_id = $2 AND party_id = $3 AND told_at IS NULL";
    if tx.exec(sql, binds![spared, id, party]).await? == 0 {
        return Err(Error::refused("error-incident-told"));
    }
    count(ctx, &tx, i, None).await?;
    tx.commit().await
}

/// Tells all who were not told; how many. A second call tells those found since.
pub(crate) async fn tell(ctx: &Ctx, ports: &Ports, id: i64, version: i64) -> Result<i64> {
    let tx = ctx.begin().await?;
    let i = at(ctx, &tx, id, version).await?;
    let (zh, en) = (i.text("letter").to_owned(), i.text("letter_latin").to_owned());
    if zh.trim().is_empty() && en.trim().is_empty() {
        return Err(Error::field("letter", "error-incident-letter"));
    }
    drop(tx);
    let mut told = 0;
    loop {
        let tx = ctx.begin().await?;
        let sql = "SELECT party_id FROM service_incident_party WHERE incident_id = $1 AND NOT spared AND told_at IS NULL ORDER BY id LIMIT $2";
        let rows = tx.all(sql, binds![id, CHUNK]).await?;
        for row in &rows {
            let party = row.int(0)?;
            let english = language(&tx, party).await?;
            let name = if english && !i.text("name_latin").is_empty() {
                i.text("name_latin")
            } else {
                i.text("name")
            };
            let word = Word {
                party,
                class: Class::of(i.text("class")).unwrap_or(Class::Service),
                topic: "incident",
                subject: name.to_owned(),
                body: in_language(english, &zh, &en).to_owned(),
                record: ("incident", id),
                key: format!("incident:{id}:{party}"),
                kind: "incident",
            };
            let (message, verdict) = super::tell(ctx, &tx, ports, word).await?;
            let sql = "UPDATE service_incident_party SET told_at = $1, message_id = $2, verdict = $3 WHERE incident_id = $4 AND party_id = $5";
            tx.exec(sql, binds![tx.at.0, message, verdict, id, party]).await?;
            let event = Event {
                kind: "incident.told.v1".into(),
                record_type: "incident",
                record: id,
                party: Some(party),
                note: Some(name.to_owned()),
                ..Event::default()
            };
            tx.emit(ctx.registry().listeners(), event).await?;
            told += 1;
        }
        tx.commit().await?;
        if i64::try_from(rows.len()).unwrap_or(0) < CHUNK {
            break;
        }
    }
    let tx = ctx.begin().await?;
    let ty = ctx.registry().get("incident")?.clone();
    let now = read::need(ctx, &tx, &ty, id).await?;
    count(ctx, &tx, now, Some("told")).await?;
    tx.commit().await?;
    Ok(told)
}

async fn close(ctx: &Ctx, id: i64, version: i64) -> Result<()> {
    let tx = ctx.begin().await?;
    let i = at(ctx, &tx, id, version).await?;
    set(ctx, &tx, i, Values::from([("status".to_owned(), "closed".into())])).await?;
    tx.commit().await
}

/// Its routes.
pub(crate) fn routes(ports: &Ports) -> Routes {
    let (a, b) = (ports.clone(), ports.clone());
    Routes::new()
        .post(
            "/incidents/{id}/do/{what}",
            "incident.edit",
            move |visit: Visit, Path((id, what)): Path<(i64, String)>, Form(f): Form| {
                let ports = a.clone();
                Box::pin(async move {
                    let ask = Sent {
                        version: Some(f.need_int("version")?),
                        party_id: f.int("party"),
                        spared: f.get("spared").map(|s| s == "1"),
                    };
                    let n = act(&visit.ctx, &ports, id, &what, &ask).await?;
                    let words = visit.loc.tv(&format!("incident-did-{what}"), &[("n", n.into())]);
                    go_saying(&visit, &format!("/incidents/{id}"), &words, None)
                })
            },
        )
        .post(
            "/api/v1/incidents/{id}/do/{what}",
            "incident.edit",
            move |visit: Visit, Path((id, what)): Path<(i64, String)>, Body(s): Body<Sent>| {
                let ports = b.clone();
                Box::pin(async move {
                    let n = act(&visit.ctx, &ports, id, &what, &s).await?;
                    answer(StatusCode::OK, &json!({"id": id, "customers": n}))
                })
            },
        )
        .get(
            "/api/v1/incidents/{id}/parties",
            "incident.view",
            |visit: Visit, Path(id): Path<i64>| Box::pin(parties(visit, id)),
        )
}

/// What is sent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    version: Option<i64>,
    party_id: Option<i64>,
    spared: Option<bool>,
}

async fn act(ctx: &Ctx, ports: &Ports, id: i64, what: &str, s: &Sent) -> Result<i64> {
    let version = s.version.ok_or_else(|| Error::field("version", "error-required"))?;
    match what {
        "find" => find(ctx, id, version).await,
        "tell" => tell(ctx, ports, id, version).await,
        "compensate" => super::compensate::all(ctx, ports, id, version).await,
        "spare" => {
            let party = s.party_id.ok_or_else(|| Error::field("party_id", "error-required"))?;
            spare(ctx, id, version, party, s.spared.unwrap_or(true))
                .await
                .map(|()| 1)
        }
        "close" => close(ctx, id, version).await.map(|()| 0),
        _ => Err(Error::missing()),
    }
}

struct Hit {
    party: i64,
    name: String,
    why: String,
    spared: bool,
    told: Option<Stamp>,
    verdict: String,
    given: Option<i64>,
}

async fn hits(visit: &Visit, id: i64) -> Result<Vec<Hit>> {
    let sql = "SELECT p.party_id, p.why, p.spared, p.told_at, p.verdict, g.amount FROM service_incident_party p LEFT JOIN service_incident_grant g \
               ON g.incident_id = p.incident_id AND g.party_id = p.party_id WHERE p.incident_id = $1 ORDER BY p.id LIMIT 500";
    let rows = visit.db().all(sql, binds![id]).await?;
    let ids: Vec<i64> = rows.iter().map(|r| r.int(0)).collect::<Result<_>>()?;
    let names = read::titles(visit.db(), visit.registry(), "party", &ids, visit.latin).await?;
    rows.iter()
        .map(|r| {
            let party = r.int(0)?;
            Ok(Hit {
                party,
                name: names.get(&party).cloned().unwrap_or_default(),
                why: r.text(1)?,
                spared: r.bool(2)?,
                told: r.opt_int(3)?.map(Stamp),
                verdict: r.opt_text(4)?.unwrap_or_default(),
                given: r.opt_int(5)?,
            })
        })
        .collect()
}

async fn parties(visit: Visit, id: i64) -> Answer {
    let ty = visit.registry().get("incident")?.clone();
    read::need(&visit.ctx, visit.db(), &ty, id).await?;
    let all: Vec<_> = hits(&visit, id)
        .await?
        .iter()
        .map(|h| json!({"party_id": h.party, "name": h.name, "why": h.why, "spared": h.spared, "told_at": h.told.map(Stamp::rfc3339), "verdict": h.verdict, "compensation": h.given}))
        .collect();
    answer(StatusCode::OK, &json!({"data": all}))
}

/// Its pieces.
pub(crate) fn tabs() -> Vec<Tab> {
    vec![
        Tab::new("incident", "hit", Place::Tab, -10, "incident.view", |v, r| {
            Box::pin(hit(v, r))
        }),
        Tab::new("incident", "cases", Place::Tab, 20, "case.view", |v, r| {
            Box::pin(cases(v, r))
        }),
    ]
}

async fn cases(visit: &Visit, i: &Record) -> Result<Markup> {
    let of = zhike_kernel::Filter::is("incident_id", i.id);
    Ok(
        html! { (ui::card("").flush(zhike_web::records::related(visit, "case", of, &["subject", "number", "status", "party_id", "verdict"], 100).await?)) },
    )
}

async fn hit(visit: &Visit, i: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let all = hits(visit, i.id).await?;
    let may = visit.may("incident.edit") && i.archived_at.is_none() && i.text("status") != "closed";
    let form = |what: &str, more: Markup| {
        html! { form data-stay method="post" action={ "/incidents/" (i.id) "/do/" (what) } style="margin:0" { (ui::hidden("version", &i.version.to_string())) (more) } }
    };
    let waiting = all.iter().filter(|h| !h.spared && h.told.is_none()).count();
    let without = all.iter().filter(|h| !h.spared && h.given.is_none()).count();
    let c = visit.house.currency;
    let buttons = html! { @if may {
        (form("find", html! { (ui::btn(loc.t("incident-find")).small().icon("search").submit()) }))
        @if waiting > 0 { (form("tell", html! { (ui::btn(loc.tv("incident-tell", &[("n", waiting.into())])).small().primary().icon("send").submit()) })) }
        @if without > 0 && i.int("remedy_id").is_some() { (form("compensate", html! { (ui::btn(loc.tv("incident-compensate", &[("n", without.into())])).small().icon("cash").submit()) })) }
        @if i.text("status") == "told" { (form("close", html! { (ui::btn(loc.t("incident-close")).small().icon("check").submit()) })) }
    } };
    let body = html! {
        @if all.is_empty() { p.mut style="padding:14px" { (loc.t("incident-none")) } } @else { table.tbl.plain {
            thead { tr { th scope="col" { (loc.t("case-party_id")) } th scope="col" { (loc.t("incident-why")) } th scope="col" { (loc.t("incident-told-at")) } th.r scope="col" { (loc.t("incident-given")) } th {} } }
            tbody data-rows { @for h in &all { tr {
                td { a.link href={ "/parties/" (h.party) } { (h.name) } }
                td { (loc.t(&format!("incident-why-{}", h.why))) }
                td { @match h.told { Some(at) => { span.num { (loc.stamp(at)) } " " (ui::badge(ui::Hue::Blue, &loc.t(&format!("incident-said-{}", h.verdict)))) }, None => span.dim { "—" } } }
                td.r { @match h.given { Some(n) => (ui::money_full(loc, n, c)), None => span.dim { "—" } } }
                td.r { @if may && h.told.is_none() { (form("spare", html! {
                    (ui::hidden("party", &h.party.to_string())) (ui::hidden("spared", if h.spared { "0" } else { "1" }))
                    (ui::btn(loc.t(if h.spared { "incident-unspare" } else { "incident-spare" })).small().ghost().submit())
                })) } }
            } } }
        } }
    };
    Ok(
        html! { (ui::card(loc.t("incident-hit")).note(loc.int(i64::try_from(all.len()).unwrap_or(0))).actions(buttons).flush(body)) },
    )
}
