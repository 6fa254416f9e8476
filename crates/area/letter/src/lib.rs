//! Letters on paper: what the gate lets go by post lies in a batch until somebody has printed and posted it. Each letter has
//! a code by which an answer finds it.

mod api;
mod carry;
mod code;
mod desk;
mod flow;
mod paper;
mod pieces;
mod schema;

use std::sync::Arc;
use zhike_contract::{Carrier, Interactions, Outbound};
use zhike_store::EventKind;
use zhike_web::{Area, NavItem, Routes};

/// What the area needs of others.
#[derive(Clone)]
pub struct Ports {
    /// The queue of messages behind the gate.
    pub outbound: Arc<dyn Outbound>,
    /// Writing contacts down.
    pub interactions: Arc<dyn Interactions>,
}

/// The carrier that stands in the outbound queue for letters: it waits for people.
pub fn carriers() -> Vec<Arc<dyn Carrier>> {
    vec![Arc::new(carry::Standing)]
}

/// Makes a batch of what is due, as the button does, for the demonstration; its id and version.
pub async fn make_batch(ctx: &zhike_store::Ctx, ports: &Ports) -> zhike_kernel::Result<Option<(i64, i64)>> {
    let Some(id) = flow::make(ctx, ports).await? else {
        return Ok(None);
    };
    let ty = ctx.registry().get("letter_batch")?.clone();
    let batch = zhike_store::read::need(ctx, ctx.db(), &ty, id).await?;
    Ok(Some((id, batch.version)))
}

/// Says that a batch was posted, for the demonstration.
pub async fn post_batch(ctx: &zhike_store::Ctx, ports: &Ports, batch: (i64, i64)) -> zhike_kernel::Result<usize> {
    flow::posted(ctx, ports, batch.0, batch.1).await
}

fn routes(ports: &Ports) -> Routes {
    let p = || ports.clone();
    let (a, b, c, d, e, f) = (p(), p(), p(), p(), p(), p());
    let routes = Routes::new()
        .get("/letters/desk", "letter.view", desk::page)
        .post("/letters/desk/make", flow::PRINT, move |v| desk::make(a.clone(), v))
        .post("/letter-batches/{id}/posted", flow::PRINT, move |v, p, f| {
            desk::posted(b.clone(), v, p, f)
        })
        .post("/letter-batches/{id}/emptied", flow::PRINT, move |v, p, f| {
            desk::emptied(c.clone(), v, p, f)
        })
        .post("/letters/{id}/taken-out", flow::PRINT, move |v, p, f| {
            desk::taken_out(d.clone(), v, p, f)
        })
        .post("/letters/{id}/returned", flow::ANSWER, move |v, p, f| {
            desk::returned(e.clone(), v, p, f)
        })
        .post("/letters/{id}/answer", flow::ANSWER, move |v, p, x| {
            desk::answer(f.clone(), v, p, x)
        })
        .get("/letter-batches/{id}/pdf", flow::PRINT, paper::batch)
        .get("/letter-batches/{id}/labels", flow::PRINT, paper::labels)
        .get("/letters/{id}/pdf", flow::ANSWER, paper::one);
    api::routes(routes, ports)
}

/// The area's door.
pub fn area(ports: &Ports) -> Area {
    let event = |name: &str, reason| EventKind {
        name: name.into(),
        reason,
    };
    let timeline = "read on the timeline and on the letter's page";
    Area {
        name: "letter",
        types: vec![schema::batch(), schema::letter()],
        migrations: schema::MIGRATIONS.to_vec(),
        routes: routes(ports),
        tabs: pieces::tabs(),
        nav: vec![NavItem {
            key: "letter",
            icon: "mail",
            path: "/letters/desk",
            section: "",
            permission: "letter.view",
            order: 26,
        }],
        events: vec![
            event("letter.posted.v1", timeline),
            event("letter.given_back.v1", timeline),
            event("letter.returned.v1", timeline),
            event("letter.answered.v1", timeline),
            event("letter.printed.v1", "read in the audit"),
            event("letter_batch.posted.v1", "stands on the batch"),
            event("letter_batch.emptied.v1", "stands on the batch"),
            event("letter_batch.printed.v1", "read in the audit"),
        ],
        texts: vec![
            ("en", include_str!("../i18n/en/letter.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/letter.ftl")),
        ],
        ..Area::default()
    }
}
