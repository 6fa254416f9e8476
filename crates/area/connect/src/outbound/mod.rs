//! Webhooks: what happened, carried to a company's other systems, signed, tried again, and in the end put aside where
//! somebody sees it.

mod api;
mod dispatch;
mod page;
mod sign;
mod subscription;

pub(crate) use dispatch::Dispatch;
pub(crate) use page::card;

use crate::Ports;
use zhike_web::Routes;

pub(crate) fn routes(ports: &Ports) -> Routes {
    let out = || ports.outward.clone();
    let (a, b, c, d) = (out(), out(), out(), out());
    Routes::new()
        .get("/connections/webhooks/new", "system.edit", page::fresh)
        .post("/connections/webhooks", "system.edit", move |v, f| {
            page::create(a.clone(), v, f)
        })
        .get("/connections/webhooks/{id}", "system.view", page::one)
        .post("/connections/webhooks/{id}", "system.edit", move |v, p, f| {
            page::change(b.clone(), v, p, f)
        })
        .post("/connections/webhooks/{id}/secret", "system.edit", page::secret)
        .post("/connections/webhooks/{id}/remove", "system.edit", page::remove)
        .post("/connections/webhooks/{id}/again", "system.edit", page::again)
        .get("/api/v1/webhooks", "system.view", api::list)
        .post("/api/v1/webhooks", "system.edit", move |v, j| {
            api::create(c.clone(), v, j)
        })
        .get("/api/v1/webhooks/{id}", "system.view", api::one)
        .put("/api/v1/webhooks/{id}", "system.edit", move |v, p, j| {
            api::change(d.clone(), v, p, j)
        })
        .delete("/api/v1/webhooks/{id}", "system.edit", api::remove)
        .post("/api/v1/webhooks/{id}/secret", "system.edit", api::secret)
        .get("/api/v1/webhooks/{id}/messages", "system.view", api::messages)
        .post("/api/v1/webhooks/{id}/again", "system.edit", api::again)
}
