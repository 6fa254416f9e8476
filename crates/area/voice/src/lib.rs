//! Voice: every call is one record and one contact, whichever switchboard tells of it; who calls is shown while it rings.

mod ami;
mod api;
mod contact;
mod dial;
mod extension;
mod hooks;
mod hotline;
mod keep_voice;
mod list_api;
mod list_end;
mod list_flow;
mod list_page;
mod list_types;
mod list_view;
mod manager;
mod media;
mod pieces;
mod recording;
mod retention;
mod ring;
mod rtp;
pub mod sample;
mod schema;
mod settings;
mod settings_page;
mod sip;
mod switchboard;
mod take;
mod told;
mod types;
mod wav;
mod webhook;
mod whose;

use std::sync::Arc;
use zhike_contract::{Complaints, Gate, Interactions};
use zhike_jobs::Service;
use zhike_store::EventKind;
use zhike_web::{
    Area, NavItem, PUBLIC, Routes,
    area::{Bulk, Corner, Mine},
};

/// What the area needs of others.
#[derive(Clone)]
pub struct Ports {
    /// May we speak to them now?
    pub gate: Arc<dyn Gate>,
    /// Every call is a contact.
    pub interactions: Arc<dyn Interactions>,
    /// A message on the hotline is a complaint.
    pub complaints: Arc<dyn Complaints>,
}

/// The listener to managers of Asterisk alone, for whoever runs it by hand.
pub fn manager(ports: &Ports) -> Arc<dyn Service> {
    Arc::new(manager::Manager(ports.clone()))
}

/// The hotline alone, for whoever runs it by hand.
pub fn hotline(ports: &Ports) -> Arc<dyn Service> {
    hotline::service(ports)
}

fn routes(ports: &Ports) -> Routes {
    let (events, hook, corner) = (ports.clone(), ports.clone(), ports.clone());
    let (dial_page, dial_api) = (ports.clone(), ports.clone());
    Routes::new()
        .post("/api/v1/call-events", "call_event.write", move |v, b| {
            Box::pin(api::post(events.clone(), v, b))
        })
        .described(api::ASKS, api::TELLS)
        .post("/api/v1/switchboards/{id}/events", PUBLIC, move |v, p, r| {
            Box::pin(webhook::take(hook.clone(), v, p, r))
        })
        .described(api::ASKS, api::TELLS)
        .put("/api/v1/call-events/recording", "call_event.write", |v, q, r| {
            Box::pin(recording::upload(v, q, r))
        })
        .files(&["audio/wav"])
        .put("/api/v1/switchboards/{id}/recording", PUBLIC, |v, p, q, r| {
            Box::pin(webhook::recording(v, p, q, r))
        })
        .files(&["audio/wav"])
        .get("/recordings/{id}", "recording.view", |v, p, h| {
            Box::pin(recording::play(v, p, h))
        })
        .post("/recordings/{id}/remove", "recording.remove", |v, p, f| {
            Box::pin(recording::remove_page(v, p, f))
        })
        .get("/api/v1/recordings/{id}", "recording.view", |v, p, h| {
            Box::pin(recording::play(v, p, h))
        })
        .delete("/api/v1/recordings/{id}", "recording.remove", |v, p| {
            Box::pin(recording::remove_api(v, p))
        })
        .get("/api/v1/calls/{id}/recordings", "recording.view", recording::api_list)
        .get("/settings/telephone", "switchboard.view", settings_page::page)
        .post("/settings/telephone", "switchboard.edit", settings_page::save)
        .get("/api/v1/voice/settings", "switchboard.view", settings_page::api_get)
        .put("/api/v1/voice/settings", "switchboard.edit", settings_page::api_put)
        .described(settings_page::ASKS, settings_page::ASKS)
        .post("/settings/telephone/greeting", "switchboard.edit", |v, r| {
            Box::pin(settings_page::greeting(v, r))
        })
        .put("/api/v1/voice/greeting", "switchboard.edit", |v, r| {
            Box::pin(settings_page::api_greeting(v, r))
        })
        .files(&["audio/wav"])
        .get(
            "/settings/telephone/greeting.wav",
            "switchboard.view",
            settings_page::hear,
        )
        .get("/calls/ringing", "call.view", move |v, h| {
            Box::pin(ring::corner(corner.clone(), v, h))
        })
        .get("/api/v1/calls/ringing", "call.view", ring::api)
        .post("/calls/dial", "call.edit", move |v, f| {
            Box::pin(dial::page(dial_page.clone(), v, f))
        })
        .post("/api/v1/calls/dial", "call.edit", move |v, b| {
            Box::pin(dial::api(dial_api.clone(), v, b))
        })
        .described(dial::ASKS, dial::TELLS)
        .post("/calls/{id}/note", "call.edit", |v, p, f| {
            Box::pin(pieces::note(v, p, f))
        })
        .and(list_routes(ports))
        .get("/me/telephone", "call.view", extension::page)
        .post("/me/telephone", "call.edit", extension::save)
        .get("/api/v1/me/extension", "call.view", extension::api_get)
        .put("/api/v1/me/extension", "call.edit", extension::api_put)
        .described(extension::ASKS, extension::TELLS)
        .post("/users/{id}/extension", "user.edit", extension::of_user)
        .put("/api/v1/users/{id}/extension", "user.edit", extension::api_of_user)
        .described(extension::ASKS, extension::TELLS)
        .post("/switchboards/{id}/secret", "switchboard.edit", |v, p, f| {
            Box::pin(switchboard::page(v, p, f))
        })
        .put("/api/v1/switchboards/{id}/secret", "switchboard.edit", switchboard::api)
        .described(switchboard::ASKS, switchboard::TELLS)
}

fn list_routes(ports: &Ports) -> Routes {
    let edit = "call_list.edit";
    let (a, b, c, d, e, f) = (
        ports.clone(),
        ports.clone(),
        ports.clone(),
        ports.clone(),
        ports.clone(),
        ports.clone(),
    );
    Routes::new()
        .post("/call-lists/from", "call_list.create", |v, f| {
            Box::pin(list_page::from_rows(v, f))
        })
        .get("/call-lists/{id}/work", edit, |v, p, q| {
            Box::pin(list_page::page(v, p, q))
        })
        .post("/call-lists/{id}/add", edit, |v, p, f| {
            Box::pin(list_page::add(v, p, f))
        })
        .post("/call-lists/{id}/next", edit, move |v, p, f| {
            Box::pin(list_page::next(a.clone(), v, p, f))
        })
        .post("/call-lists/{id}/items/{item}/call", edit, move |v, p| {
            Box::pin(list_page::call(b.clone(), v, p))
        })
        .post("/call-lists/{id}/items/{item}/outcome", edit, move |v, p, f| {
            Box::pin(list_page::outcome(c.clone(), v, p, f))
        })
        .post("/call-lists/{id}/items/{item}/undo", edit, |v, p| {
            Box::pin(list_page::undo(v, p))
        })
        .post("/api/v1/call-lists/{id}/add", edit, |v, p, b| {
            Box::pin(list_api::add(v, p, b))
        })
        .described(list_api::ADD_ASKS, list_api::ADD_TELLS)
        .post("/api/v1/call-lists/{id}/next", edit, move |v, p| {
            Box::pin(list_api::next(d.clone(), v, p))
        })
        .post("/api/v1/call-lists/{id}/items/{item}/call", edit, move |v, p| {
            Box::pin(list_api::call(e.clone(), v, p))
        })
        .post("/api/v1/call-lists/{id}/items/{item}/outcome", edit, move |v, p, b| {
            Box::pin(list_api::ended(f.clone(), v, p, b))
        })
        .described(list_api::ENDED_ASKS, list_api::ITEM_TELLS)
        .post("/api/v1/call-lists/{id}/items/{item}/undo", edit, |v, p| {
            Box::pin(list_api::undo(v, p))
        })
}

fn nav() -> Vec<NavItem> {
    let item = |key, icon, path, section, permission, order| NavItem {
        key,
        icon,
        path,
        section,
        permission,
        order,
    };
    vec![
        item("call", "phone-call", "/calls", "service", "call.view", 15),
        item(
            "call_list",
            "clipboard-list",
            "/call-lists",
            "sales",
            "call_list.view",
            45,
        ),
        item(
            "telephone",
            "phone",
            "/settings/telephone",
            "house",
            "switchboard.view",
            47,
        ),
        item("switchboard", "phone", "/switchboards", "house", "switchboard.view", 48),
    ]
}

fn events() -> Vec<EventKind> {
    [
        ("switchboard.failed.v1", "stands on the switchboard"),
        ("switchboard.recovered.v1", "stands on the switchboard"),
        ("switchboard.secret_changed.v1", "read in the audit"),
        ("user.extension_changed.v1", "read in the audit"),
        ("voice.settings_changed.v1", "read in the audit"),
        ("call.listened.v1", "read on the customer's timeline and in the audit"),
        (
            "call.recording_removed.v1",
            "read on the customer's timeline and in the audit",
        ),
    ]
    .map(|(name, reason)| EventKind {
        name: name.into(),
        reason,
    })
    .to_vec()
}

/// The area's door.
pub fn area(ports: &Ports) -> Area {
    Area {
        name: "voice",
        types: [vec![types::call(), switchboard::switchboard()], list_types::types()].concat(),
        migrations: schema::MIGRATIONS.to_vec(),
        routes: routes(ports),
        tabs: [pieces::tabs(), switchboard::tabs()].concat(),
        nav: nav(),
        jobs: vec![Arc::new(retention::Retention)],
        services: vec![hotline::service(ports), manager(ports)],
        corners: vec![Corner {
            path: "/calls/ringing",
            permission: "call.view",
        }],
        mine: vec![Mine {
            icon: "phone",
            label: "extension-title",
            path: "/me/telephone",
            permission: "call.view",
        }],
        bulk: vec![Bulk {
            of: "party",
            icon: "phone-call",
            label: "call_list-from-rows",
            path: "/call-lists/from",
            permission: "call_list.create",
        }],
        events: events(),
        texts: vec![
            ("en", include_str!("../i18n/en/voice.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/voice.ftl")),
        ],
        ..Area::default()
    }
}
