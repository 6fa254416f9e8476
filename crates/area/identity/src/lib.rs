//! Users, teams, sign-in, sessions, tokens, the audit page, and background work.

mod account;
mod admin;
mod audit;
mod jobs;
mod me;
mod port;
mod schema;
mod sign_in;

use std::sync::Arc;
use zhike_contract::Identity;
use zhike_store::House;
use zhike_web::{Area, NavItem};

pub use account::{NewUser, SCOPES, create_narrow_token, create_token, create_user, set_password};
pub use zhike_web::password::generate;

/// The area's door.
pub fn area() -> Area {
    Area {
        name: "identity",
        types: schema::types(),
        migrations: schema::MIGRATIONS.to_vec(),
        routes: sign_in::routes()
            .and(me::routes())
            .and(audit::routes())
            .and(jobs::routes())
            .and(admin::routes()),
        tabs: admin::tabs(),
        nav: vec![
            NavItem {
                key: "user",
                icon: "users",
                path: "/users",
                section: "house",
                permission: "user.view",
                order: 50,
            },
            NavItem {
                key: "team",
                icon: "users-group",
                path: "/teams",
                section: "house",
                permission: "team.view",
                order: 60,
            },
            NavItem {
                key: "audit",
                icon: "history",
                path: "/audit",
                section: "house",
                permission: "audit.view",
                order: 70,
            },
            NavItem {
                key: "job",
                icon: "clock",
                path: "/jobs",
                section: "house",
                permission: "system.view",
                order: 80,
            },
        ],
        events: [schema::events(), jobs::events()].concat(),
        texts: vec![
            ("en", include_str!("../i18n/en/identity.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/identity.ftl")),
        ],
        ..Area::default()
    }
}

/// Users as actors, for areas that do something for them while they are away.
pub fn actors() -> Arc<dyn zhike_contract::Actors> {
    Arc::new(port::AsActors)
}

/// Who is signed in.
pub fn port(house: Arc<House>) -> Arc<dyn Identity> {
    Arc::new(port::Port::new(house))
}
