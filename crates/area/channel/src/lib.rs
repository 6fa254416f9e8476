//! Channels: accounts at providers of text messages and robots in messengers. Each kind stands in a file of its own behind
//! one trait; what goes out holds a permit of the gate, what comes in becomes a contact in the thread it answers.

mod account;
mod carry;
mod fax_report;
mod hear;
mod hooks;
mod kinds;
mod pieces;
mod report;
mod schema;
mod setup;
mod smpp;
mod take;
mod words;

use std::sync::Arc;
use zhike_contract::{Carrier, Channel, Interactions, Mailer, OptOuts, Outbound};
use zhike_jobs::Service;
use zhike_outward::Outward;
use zhike_store::{EventKind, event::Wake};
use zhike_web::{Area, NavItem, PUBLIC, Routes};

/// What the area needs of others.
#[derive(Clone)]
pub struct Ports {
    outbound: Arc<dyn Outbound>,
    interactions: Arc<dyn Interactions>,
    opt_outs: Arc<dyn OptOuts>,
    tools: kinds::Tools,
}

impl Ports {
    /// Sending through the gate, writing contacts down, closing addresses, calling other servers, letters to gateways.
    pub fn new(
        outbound: Arc<dyn Outbound>,
        interactions: Arc<dyn Interactions>,
        opt_outs: Arc<dyn OptOuts>,
        outward: Outward,
        mailer: Arc<dyn Mailer>,
    ) -> Ports {
        Ports {
            outbound,
            interactions,
            opt_outs,
            tools: kinds::Tools::new(outward, mailer),
        }
    }
}

/// The carriers of this area, for the outbound queue.
pub fn carriers(ports: &Ports) -> Vec<Arc<dyn Carrier>> {
    let rest = carry::Rest::default();
    let of = |channel| -> Arc<dyn Carrier> {
        Arc::new(carry::ByChannel {
            channel,
            ports: ports.clone(),
            rest: rest.clone(),
        })
    };
    vec![of(Channel::Sms), of(Channel::Chat), of(Channel::Fax)]
}

fn routes(ports: &Ports) -> Routes {
    let (a, b, c) = (ports.clone(), ports.clone(), ports.clone());
    Routes::new()
        .post("/channels/{id}/setup", setup::EDIT, setup::page)
        .get("/api/v1/channels/{id}/setup", setup::EDIT, setup::api_get)
        .put("/api/v1/channels/{id}/setup", setup::EDIT, setup::api_put)
        .described(setup::ASKS, setup::TELLS)
        .post("/channels/{id}/test", setup::EDIT, move |v, p, f| {
            setup::test_page(a.clone(), v, p, f)
        })
        .post("/api/v1/channels/{id}/test", setup::EDIT, move |v, p, j| {
            setup::test_api(b.clone(), v, p, j)
        })
        .described(setup::TRIES, setup::TRIED)
        .post("/api/v1/channel-hooks/{key}", PUBLIC, move |v, p, r| {
            hear::post(c.clone(), v, p, r)
        })
        .files(&[
            "application/json",
            "application/x-www-form-urlencoded",
            "application/xml",
        ])
}

/// What keeps lines to message centres open, for tests.
pub fn lines(ports: &Ports) -> Arc<dyn Service> {
    Arc::new(smpp::Lines(ports.clone()))
}

/// The area's door.
pub fn area(ports: &Ports) -> Area {
    let event = |name: &str, reason| EventKind {
        name: name.into(),
        reason,
    };
    Area {
        name: "channel",
        types: vec![schema::account()],
        extensions: vec![schema::state()],
        migrations: schema::MIGRATIONS.to_vec(),
        routes: routes(ports),
        tabs: pieces::tabs(),
        nav: vec![NavItem {
            key: "channel_account",
            icon: "message",
            path: "/channels",
            section: "house",
            permission: "channel_account.view",
            order: 45,
        }],
        jobs: vec![Arc::new(fax_report::Reports(ports.clone()))],
        listeners: vec![(fax_report::EVENT, fax_report::NAME, Wake::OnceAfter(1))],
        services: vec![Arc::new(smpp::Lines(ports.clone()))],
        events: vec![
            event("channel_account.set_up.v1", "read in the audit"),
            event("channel_account.tested.v1", "read in the audit"),
            event("channel_account.failed.v1", "stands on the account"),
            event("channel_account.recovered.v1", "stands on the account"),
        ],
        texts: vec![
            ("en", include_str!("../i18n/en/channel.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/channel.ftl")),
        ],
        ..Area::default()
    }
}
