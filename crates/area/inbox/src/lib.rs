//! The inbox: every contact is one interaction, contacts that belong together are a conversation, and mailboxes bring
//! letters in and take them out. What goes out goes through the gate: this area only carries what holds a permit.

mod advice;
mod arrive;
mod carry;
mod desk;
mod fetch;
mod gateway;
mod hooks;
mod listen;
mod listen_page;
mod mailbox;
mod mark;
mod pieces;
mod port;
mod reply;
mod schema;
mod setup;
mod steps;
mod talk;
mod tally;
mod undelivered;
mod ways;
mod write;

pub use advice::{Domain, Line, Stand, domains};
use std::{net::SocketAddr, sync::Arc};
use zhike_contract::{Carrier, Gate, Interactions, Mailer, Outbound, Parties, Tasks};
use zhike_kernel::Result;
use zhike_store::{Ctx, EventKind, event::Wake};
use zhike_web::{Area, NavItem, Routes};

/// What the area needs of others.
#[derive(Clone)]
pub struct Ports {
    /// Sending through the gate.
    pub outbound: Arc<dyn Outbound>,
    /// Tasks, for a mailbox gone silent.
    pub tasks: Arc<dyn Tasks>,
    /// What the customer wishes, for whoever answers.
    pub gate: Arc<dyn Gate>,
    /// Who writes to us, known or new.
    pub parties: Arc<dyn Parties>,
    /// The name server that is asked about domains; none: the machine's own.
    pub dns: Option<SocketAddr>,
    /// Who takes words away, by channel, besides this area: what an answer may go by.
    pub carriers: Vec<Arc<dyn Carrier>>,
}

/// Interactions, for areas that note them down.
pub fn port() -> Arc<dyn Interactions> {
    Arc::new(port::Port)
}

/// The listener for letters that are delivered to us directly, for tests that want it beside their server.
pub fn listener() -> Arc<dyn zhike_jobs::Service> {
    Arc::new(listen::Listen)
}

/// Letters to gateways, by our mailboxes.
pub fn mailer() -> Arc<dyn Mailer> {
    Arc::new(gateway::Gateway::default())
}

/// The carriers of this area, for the outbound queue.
pub fn carriers() -> Vec<Arc<dyn Carrier>> {
    vec![Arc::new(carry::Letters::default())]
}

fn routes(ports: &Ports) -> Routes {
    let (page, api) = (ports.clone(), ports.clone());
    let names = zhike_mail::Names(ports.dns);
    let (blank, sent, told) = (ports.clone(), ports.clone(), ports.clone());
    let edit = "conversation.edit";
    let routes = Routes::new()
        .get("/inbox", "conversation.view", desk::page)
        .get("/api/v1/inbox", "conversation.view", desk::api)
        .get("/inbox/new", edit, move |v, q| write::page(blank.clone(), v, q))
        .post("/inbox/new", edit, move |v, r| write::save(sent.clone(), v, r))
        .post("/api/v1/inbox/letters", edit, move |v, b| {
            write::api(told.clone(), v, b)
        })
        .described(write::ASKS, reply::TELLS)
        .post("/conversations/{id}/step", edit, steps::page)
        .post("/api/v1/conversations/{id}/step", edit, steps::api)
        .described(steps::ASKS, steps::TELLS)
        .post("/conversations/{id}/reply", edit, move |v, p, r| {
            reply::page(page.clone(), v, p, r)
        })
        .post("/api/v1/conversations/{id}/reply", edit, move |v, p, b| {
            reply::api(api.clone(), v, p, b)
        })
        .described(reply::ASKS, reply::TELLS)
        .get("/conversations/{id}/canned", edit, reply::canned)
        .get("/conversations/{id}/looking", "conversation.view", reply::looking)
        .get("/mailboxes/{id}/dns", "mailbox.view", move |v, p| {
            advice::piece(names, v, p)
        })
        .get("/api/v1/mailboxes/{id}/dns", "mailbox.view", move |v, p| {
            advice::api(names, v, p)
        })
        .described("{}", advice::TELLS)
        .post("/mailboxes/{id}/secrets", "mailbox.edit", setup::page)
        .put("/api/v1/mailboxes/{id}/secrets", "mailbox.edit", setup::api)
        .described(setup::ASKS, setup::TELLS)
        .post("/mailboxes/{id}/fetch", "mailbox.edit", setup::fetch_page)
        .post("/api/v1/mailboxes/{id}/fetch", "mailbox.edit", setup::fetch_api)
        .get("/settings/mail", "mailbox.edit", listen_page::page)
        .post("/settings/mail", "mailbox.edit", listen_page::save)
        .get("/api/v1/mail-listener", "mailbox.edit", listen_page::api_get)
        .put("/api/v1/mail-listener", "mailbox.edit", listen_page::api_put)
        .described(listen_page::ASKS, listen_page::TELLS);
    tally::routes(routes)
}

/// The area's door.
pub fn area(ports: &Ports) -> Area {
    let event = |name: &str, reason| EventKind {
        name: name.into(),
        reason,
    };
    Area {
        name: "inbox",
        types: vec![
            schema::conversation(),
            schema::interaction(),
            schema::mailbox(),
            schema::canned(),
            tally::rate::record(),
        ],
        migrations: schema::MIGRATIONS.to_vec(),
        routes: routes(ports),
        tabs: pieces::tabs(ports),
        nav: vec![
            NavItem {
                key: "inbox",
                icon: "inbox",
                path: "/inbox",
                section: "",
                permission: "conversation.view",
                order: 25,
            },
            NavItem {
                key: "tally",
                icon: "chart-bar",
                path: "/contacts/report",
                section: "service",
                permission: tally::VIEW,
                order: 26,
            },
            NavItem {
                key: "mailbox",
                icon: "mailbox",
                path: "/mailboxes",
                section: "house",
                permission: "mailbox.view",
                order: 45,
            },
            NavItem {
                key: "canned_answer",
                icon: "message",
                path: "/canned-answers",
                section: "house",
                permission: "canned_answer.edit",
                order: 46,
            },
        ],
        jobs: vec![
            Arc::new(Silence {
                tasks: ports.tasks.clone(),
            }),
            Arc::new(undelivered::Undelivered),
        ],
        listeners: undelivered::EVENTS
            .map(|kind| (kind, undelivered::NAME, Wake::EachEvent))
            .to_vec(),
        services: vec![Arc::new(fetch::Watch), Arc::new(listen::Listen)],
        events: vec![
            event(
                "interaction.bounced.v1",
                "stands on the timeline and in the conversation",
            ),
            event("mailbox.failed.v1", "stands on the mailbox"),
            event("mailbox.recovered.v1", "stands on the mailbox"),
            event("mailbox.password_changed.v1", "read in the audit"),
            event("mailbox.listener_changed.v1", "read in the audit"),
        ],
        texts: vec![
            ("en", include_str!("../i18n/en/inbox.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/inbox.ftl")),
        ],
        ..Area::default()
    }
}

/// Looks every night for mailboxes from which nothing comes any more.
struct Silence {
    tasks: Arc<dyn Tasks>,
}

#[async_trait::async_trait]
impl zhike_jobs::Job for Silence {
    fn name(&self) -> &'static str {
        "inbox.silence"
    }
    fn nightly(&self) -> bool {
        true
    }
    async fn run(&self, ctx: &Ctx, _run: &zhike_jobs::Run) -> Result<zhike_jobs::Outcome> {
        fetch::silence(ctx, self.tasks.as_ref()).await?;
        Ok(zhike_jobs::Outcome::Done)
    }
}
