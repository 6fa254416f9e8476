//! Consent: what customers wish, what they agreed to, the one gate that asks both, and the queue of messages behind it.

mod address;
mod api;
mod bulk;
mod calls;
mod carriers;
mod contact;
mod form;
mod gate;
mod hooks;
mod link;
mod load;
mod manners;
mod messages;
mod optout;
mod outbound;
mod pages;
mod portal;
mod public;
mod release;
mod rules;
mod schema;
mod simulate;
mod strip;
mod tab;
mod types;
mod usual;
mod watch;
mod wish;
mod words;

pub use carriers::Carriers;

pub use bulk::Ask as BulkAsk;

use std::sync::Arc;
use zhike_contract::{Gate, Leanings, OptOuts, Outbound, Tasks};
use zhike_store::EventKind;
use zhike_web::{Area, NavItem, PUBLIC, Place, Routes, Tab};

/// The gate, for areas that ask it.
pub fn gate() -> Arc<dyn Gate> {
    Arc::new(gate::Port)
}

/// The queue of messages, for areas that have something to say.
pub fn outbound() -> Arc<dyn Outbound> {
    Arc::new(outbound::Port)
}

/// What customers stated about what they want to hear of.
pub fn leanings() -> Arc<dyn Leanings> {
    Arc::new(load::Stated)
}

/// Closing and opening addresses on their holders' word.
pub fn opt_outs() -> Arc<dyn OptOuts> {
    Arc::new(optout::Port)
}

/// What the gate would say to many customers at once: (verdict, deciding rule, how many). For measurements.
pub async fn tally(ctx: &zhike_store::Ctx, parties: &[i64], ask: &BulkAsk) -> zhike_kernel::Result<Vec<bulk::Line>> {
    bulk::tally(ctx, parties, ask).await
}

/// States wishes for an import or a demonstration: parts by name, who said so (`customer`, `employee`, `import`, `inferred`)
/// and on what evidence.
pub async fn state_wishes(
    ctx: &zhike_store::Ctx,
    tx: &zhike_store::Tx,
    party: i64,
    wish: serde_json::Value,
    by: &str,
    proof: &str,
) -> zhike_kernel::Result<()> {
    let by = rules::By::of(by).ok_or_else(|| zhike_kernel::Error::field("by", "error-not-a-choice"))?;
    let values: wish::Values = serde_json::from_value(wish).map_err(zhike_kernel::Error::broken)?;
    let (version, _) = wish::own(tx, party).await?;
    wish::state(ctx, tx, party, version, values, wish::Word { by, proof }).await?;
    Ok(())
}

/// Lets go of what is due with these carriers, once; how many messages were looked at.
pub async fn release(ctx: &zhike_store::Ctx, carriers: &Carriers) -> zhike_kernel::Result<i64> {
    release::once(ctx, carriers).await
}

/// Puts topics into the house that most companies need.
pub async fn usual_topics(ctx: &zhike_store::Ctx) -> zhike_kernel::Result<usize> {
    usual::make(ctx).await
}

fn events() -> Vec<EventKind> {
    let read = "read on the timeline and on the message's page";
    let mut all: Vec<EventKind> = [
        "gone",
        "delivered",
        "failed",
        "withheld",
        "refused",
        "recalled",
        "unsure",
    ]
    .map(|what| EventKind {
        name: format!("message.{what}.v1"),
        reason: read,
    })
    .to_vec();
    let own = [
        (
            "preference.changed.v1",
            "read in the history of the wishes and in the audit",
        ),
        ("preference.link_made.v1", "read in the audit"),
        ("preference.link_ended.v1", "read in the audit"),
        ("party.wishes_stated.v1", "read on the timeline"),
        ("party.contacted.v1", "read on the timeline"),
        ("gate.manners_changed.v1", "read in the audit"),
    ];
    all.extend(own.map(|(name, reason)| EventKind {
        name: name.into(),
        reason,
    }));
    all
}

fn routes() -> Routes {
    Routes::new()
        .and(portal::routes())
        .get("/party/{id}/wishes", tab::EDIT, pages::edit)
        .post("/party/{id}/wishes", tab::EDIT, pages::save)
        .post("/party/{id}/wishes/link", tab::EDIT, pages::link)
        .get("/party/{id}/contact", contact::ASK, contact::page)
        .post("/party/{id}/contact", contact::ASK, contact::post)
        .post("/messages/{id}/recall", messages::RECALL, |v, p, f| {
            messages::post(v, p, f, "recall")
        })
        .post("/messages/{id}/went", messages::RECALL, |v, p, f| {
            messages::post(v, p, f, "went")
        })
        .post("/messages/{id}/again", messages::RECALL, |v, p, f| {
            messages::post(v, p, f, "again")
        })
        .post("/topics/usual", "topic.create", usual::post)
        .get("/gate/simulate", "gate.view", simulate::page)
        .get("/settings/gate", manners::VIEW, manners::page)
        .post("/settings/gate", "system.edit", manners::post)
        .get("/wishes/{token}", PUBLIC, public::page)
        .post("/wishes/{token}", PUBLIC, public::save)
        .get("/leave/{token}", PUBLIC, public::leave::page)
        .post("/leave/{token}", PUBLIC, public::leave::post)
        .one_click()
        .post("/api/v1/gate/ask", "gate.view", api::ask)
        .described(api::ASK, api::ANSWER)
        .post("/api/v1/gate/simulate", "gate.view", simulate::api)
        .get("/api/v1/gate/manners", manners::VIEW, manners::api_get)
        .put("/api/v1/gate/manners", "system.edit", manners::api_put)
        .get("/api/v1/parties/{id}/preferences", tab::VIEW, pages::api_get)
        .put("/api/v1/parties/{id}/preferences", tab::EDIT, pages::api_put)
        .post("/api/v1/parties/{id}/preferences/link", tab::EDIT, pages::api_link)
        .post("/api/v1/parties/{id}/contact", contact::ASK, contact::api)
        .post("/api/v1/messages/{id}/recall", messages::RECALL, messages::api_recall)
        .post("/api/v1/messages/{id}/settle", messages::RECALL, messages::api_settle)
}

fn tabs() -> Vec<Tab> {
    vec![
        portal::tab(),
        Tab::new("party", "rules", Place::Head, 5, tab::VIEW, |v, r| {
            Box::pin(strip::draw(v, r))
        }),
        Tab::new("party", "wishes", Place::Tab, 25, tab::VIEW, |v, r| {
            Box::pin(tab::draw(v, r))
        }),
        Tab::new("message", "why", Place::Head, 10, "message.view", |v, r| {
            Box::pin(messages::head(v, r))
        }),
        Tab::new("message", "steps", Place::Action, 10, messages::RECALL, |v, r| {
            Box::pin(async move { Ok(messages::actions(v, r)) })
        }),
    ]
}

/// The area's door.
pub fn area(carriers: &Carriers, tasks: Arc<dyn Tasks>) -> Area {
    let nav = |key, icon, path, section, permission, order| NavItem {
        key,
        icon,
        path,
        section,
        permission,
        order,
    };
    // A call and a visit are done by people: their permit opens a task.
    let carriers = carriers.and(calls::carriers(&tasks));
    Area {
        name: "consent",
        types: types::types(),
        migrations: schema::MIGRATIONS.to_vec(),
        routes: routes(),
        tabs: tabs(),
        jobs: vec![Arc::new(release::Release(carriers)), Arc::new(watch::Watch(tasks))],
        nav: vec![
            nav("message", "send", "/messages?view=held", "service", "message.view", 82),
            nav("consent", "user-check", "/consents", "service", "consent.view", 84),
            nav("opt_out", "message-off", "/opt-outs", "service", "opt_out.view", 86),
            nav("simulate", "scale", "/gate/simulate", "service", "gate.view", 88),
            nav("topic", "tag", "/topics", "house", "topic.view", 44),
            nav(
                "gate",
                "adjustments-heart",
                "/settings/gate",
                "house",
                manners::VIEW,
                43,
            ),
        ],
        events: events(),
        texts: vec![
            ("en", include_str!("../i18n/en/consent.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/consent.ftl")),
        ],
        ..Area::default()
    }
}
