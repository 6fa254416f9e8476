//! Messages of a company's other systems: kept as they came, applied item by item, each with its result; asked again
//! with the same key they change nothing.

mod api;
mod apply;
mod goods;
mod item;
mod message;
mod money;
mod page;
mod stock;

use crate::Ports;
use std::sync::Arc;
use zhike_kernel::Actor;
use zhike_store::Ctx;
use zhike_web::Routes;

/// What may come in.
pub(crate) const KINDS: [&str; 4] = ["stock-levels", "shipments", "invoices", "payments"];

/// The user behind a narrow token with all of their rights: the token opens the door, the rights decide what happens
/// behind it.
pub(crate) fn whole(ctx: &Ctx) -> Arc<Actor> {
    if ctx.actor.only.is_empty() {
        return ctx.actor.clone();
    }
    Arc::new(Actor {
        only: vec![],
        ..ctx.actor.as_ref().clone()
    })
}

pub(crate) fn routes(ports: &Ports) -> Routes {
    let mut all = Routes::new()
        .get("/connections", "system.view", page::list)
        .get("/connections/inbound/{id}", "system.view", page::one)
        .get("/api/v1/inbound", "inbound.view", api::list)
        .get("/api/v1/inbound/{id}", "inbound.view", api::one);
    let (a, b) = (ports.clone(), ports.clone());
    all = all
        .post("/connections/inbound/{id}/replay", "system.edit", move |v, p| {
            page::replay(a.clone(), v, p)
        })
        .post("/api/v1/inbound/{id}/replay", "inbound.write", move |v, p| {
            api::replay(b.clone(), v, p)
        });
    for kind in KINDS {
        let ports = ports.clone();
        all = all.post(&format!("/api/v1/inbound/{kind}"), "inbound.write", move |v, j| {
            api::take(ports.clone(), kind, v, j)
        });
    }
    all
}
