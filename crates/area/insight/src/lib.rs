//! Customer value: what each customer and product earns, who makes the profit and who eats it, the evaluation model and
//! how far it agrees with people's own ratings, and the page on which the house proves itself.

mod alarm;
mod api;
mod api_lifetime;
mod assume;
mod churn;
mod cluster;
mod forecast;
mod job;
mod kept;
mod life;
mod lifetime;
mod manual;
mod measure;
mod model;
mod offer;
mod pages;
mod period;
mod preview;
mod profit;
mod quality;
mod read;
pub mod refresh;
mod result;
mod schema;
mod sign;
mod tables;
mod types;

pub use forecast::commit::note as note_commit;
use pages::{
    assumptions, disagree, lifetime as lifetimes, lists, model as editor, party, proof, retention, value, what_if,
};

use std::sync::Arc;
use zhike_contract::{Funnel, Leanings, Pipeline, Segments, Supplies, Tasks};
use zhike_store::EventKind;
use zhike_web::{Area, NavItem, Place, Routes, Tab, Visit};

/// What this area asks of others.
#[derive(Clone)]
pub struct Ports {
    /// The funnel's figures, from sales.
    pub funnel: Arc<dyn Funnel>,
    /// Alarms become tasks of the area work.
    pub tasks: Arc<dyn Tasks>,
    /// What customers stated, from consent.
    pub leanings: Arc<dyn Leanings>,
    /// Open deals, from sales.
    pub pipeline: Arc<dyn Pipeline>,
    /// Stock and capacity.
    pub supplies: Arc<dyn Supplies>,
    /// Segments, from analysis.
    pub segments: Arc<dyn Segments>,
}

/// The area.
pub fn area(ports: Ports) -> Area {
    let asks = forecast::Asks {
        pipeline: ports.pipeline,
        supplies: ports.supplies,
    };
    Area {
        name: "insight",
        types: types::types(&ports.tasks),
        extensions: vec![
            types::extension(),
            lifetime::extension(),
            offer::extension(),
            churn::extension(),
            cluster::extension(),
        ],
        migrations: schema::STEPS.to_vec(),
        routes: routes(ports.funnel)
            .and(offer_routes(&ports.leanings))
            .and(forecast_routes(&asks))
            .and(churn::routes())
            .and(cluster::routes(&ports.segments))
            .and(sign::routes()),
        tabs: vec![
            offered(&ports.leanings, "party"),
            offered(&ports.leanings, "order"),
            offered(&ports.leanings, "deal"),
            Tab::new("party", "value", Place::Tab, 40, "value.view", |visit, record| {
                Box::pin(party::tab(visit, record))
            }),
            Tab::new("product", "value", Place::Tab, 40, "cost.view", |visit, record| {
                Box::pin(party::product_tab(visit, record))
            }),
            Tab::new("party", "alarm", Place::Rail, 28, "alarm.view", |visit, record| {
                Box::pin(alarm::pieces::beside(visit, record))
            }),
            Tab::new("party", "measure", Place::Rail, 29, "measure.view", |visit, record| {
                Box::pin(measure::pieces::beside(visit, record))
            }),
            Tab::new("alarm", "reasons", Place::Rail, 10, "alarm.view", |visit, record| {
                Box::pin(alarm::pieces::reasons(visit, record))
            }),
            Tab::new("alarm", "outcome", Place::Action, 10, "alarm.edit", |visit, record| {
                Box::pin(alarm::pieces::actions(visit, record))
            }),
        ],
        nav: vec![
            nav("value", "chart-dots", "/value", 10),
            nav("lifetime", "hourglass", "/value/lifetime", 12),
            NavItem {
                permission: "alarm.view",
                ..nav("alarms", "alarm", "/value/alarms", 14)
            },
            NavItem {
                permission: "measure.view",
                ..nav("measures", "target-arrow", "/value/measures", 15)
            },
            nav("churn", "user-off", "/value/churn", 13),
            nav("clusters", "users-group", "/value/clusters", 15),
            nav("signs", "eye", "/value/signs", 15),
            nav("offers", "bulb", "/value/offers", 16),
            nav("forecast", "trending-up", "/value/forecast", 18),
            nav("proof", "shield-check", "/proof", 20),
        ],
        jobs: vec![
            Arc::new(job::Refresh),
            Arc::new(lifetime::Lifetime(ports.tasks.clone())),
            Arc::new(measure::result::Measured),
            Arc::new(offer::Offers(ports.leanings)),
            Arc::new(forecast::Forecast(asks)),
            Arc::new(churn::Churn(ports.tasks)),
            Arc::new(cluster::Grouping),
            Arc::new(sign::Search),
        ],
        events: vec![
            event(
                refresh::REFRESHED,
                "read in the audit: the tables are already new when it is written",
            ),
            event(
                lifetime::COMPUTED,
                "read in the audit: the table is already new when it is written",
            ),
            event(
                kept::COMPUTED,
                "read in the audit: the tables are already new when it is written",
            ),
            event(
                forecast::commit::COMMITTED,
                "read in the audit; the page and the measurement read the versions",
            ),
            event(
                assume::CHANGED,
                "read in the audit; the new analysis is asked for in the same transaction",
            ),
            event(
                alarm::settings::CHANGED,
                "read in the audit; a new look is asked for in the same transaction",
            ),
            event(
                cluster::CHANGED,
                "read in the audit; the new groups are asked for in the same transaction",
            ),
            event(
                model::CHANGED,
                "read in the audit; the new analysis is asked for in the same transaction",
            ),
        ],
        listeners: job::listeners(),
        texts: vec![
            ("en", include_str!("../i18n/en/insight.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/insight.ftl")),
            ("en", include_str!("../i18n/en/lifetime.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/lifetime.ftl")),
            ("en", include_str!("../i18n/en/retention.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/retention.ftl")),
            ("en", include_str!("../i18n/en/measure.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/measure.ftl")),
            ("en", include_str!("../i18n/en/alarm.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/alarm.ftl")),
            ("en", include_str!("../i18n/en/offer.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/offer.ftl")),
            ("en", include_str!("../i18n/en/forecast.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/forecast.ftl")),
            ("en", include_str!("../i18n/en/churn.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/churn.ftl")),
            ("en", include_str!("../i18n/en/cluster.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/cluster.ftl")),
            ("en", include_str!("../i18n/en/sign.ftl")),
            ("zh-CN", include_str!("../i18n/zh-CN/sign.ftl")),
        ],
        ..Area::default()
    }
}

/// The next products beside a record.
fn offered(said: &Arc<dyn Leanings>, of: &'static str) -> Tab {
    let said = said.clone();
    Tab::new(
        of,
        "offers",
        Place::Rail,
        30,
        "suggestion.view",
        move |visit, record| {
            let said = said.clone();
            Box::pin(async move {
                match of {
                    "order" => offer::pieces::beside_order(visit, &said, record).await,
                    "deal" => offer::pieces::beside_deal(visit, &said, record).await,
                    _ => offer::pieces::beside_party(visit, &said, record).await,
                }
            })
        },
    )
}

fn offer_routes(said: &Arc<dyn Leanings>) -> Routes {
    use axum::extract::Path;
    let (see, edit) = ("suggestion.view", "suggestion.edit");
    let (one, was) = (said.clone(), said.clone());
    Routes::new()
        .get("/value/offers", "value.view", offer::page::show)
        .post("/suggestions/{id}/declined", edit, offer::pieces::decline)
        .get("/api/v1/value/offers", "value.view", offer::api::summary)
        .get("/api/v1/value/offers/customers", "value.view", offer::api::customers)
        .get(
            "/api/v1/value/offers/customers/{id}",
            see,
            move |visit: Visit, id: Path<i64>| {
                let said = one.clone();
                async move { offer::api::customer(visit, id, said).await }
            },
        )
        .post(
            "/api/v1/value/offers/customers/{id}/shown",
            edit,
            move |visit: Visit, id: Path<i64>| {
                let said = was.clone();
                async move { offer::api::was_shown(visit, id, said).await }
            },
        )
        .post("/api/v1/suggestions/{id}/declined", edit, offer::api::decline)
}

fn forecast_routes(asks: &forecast::Asks) -> Routes {
    use forecast::{api, page, plan, ripple_page};
    use zhike_web::{Form, Query};
    let (see, own) = ("value.view", "value.own");
    let each = || asks.clone();
    let (shown, saved, summary, ripple, tried) = (each(), each(), each(), each(), each());
    Routes::new()
        .get("/value/forecast", see, move |visit: Visit, q: Query| {
            let asks = shown.clone();
            async move { page::show(visit, q, asks).await }
        })
        .post("/value/forecast/commits", own, move |visit: Visit, form: Form| {
            let asks = saved.clone();
            async move { page::save(visit, form, asks).await }
        })
        .get("/value/forecast/plan", see, plan::file)
        .get("/value/ripple", see, move |visit: Visit, q: Query| {
            let asks = ripple.clone();
            async move { ripple_page::show(visit, q, asks).await }
        })
        .get("/api/v1/value/forecast", see, move |visit: Visit, q: Query| {
            let asks = summary.clone();
            async move { api::summary(visit, q, asks).await }
        })
        .get("/api/v1/value/forecast/plan", see, plan::api)
        .get("/api/v1/value/forecast/commits", see, api::commits)
        .put("/api/v1/value/forecast/commits", own, api::put)
        .get("/api/v1/value/ripple", see, move |visit: Visit, q: Query| {
            let asks = tried.clone();
            async move { ripple_page::api(visit, q, asks).await }
        })
}

fn nav(key: &'static str, icon: &'static str, path: &'static str, order: i32) -> NavItem {
    NavItem {
        key,
        icon,
        path,
        section: "insight",
        permission: "value.view",
        order,
    }
}

fn event(name: &str, reason: &'static str) -> EventKind {
    EventKind {
        name: name.to_owned(),
        reason,
    }
}

fn routes(funnel: Arc<dyn Funnel>) -> Routes {
    let (page, program) = (funnel.clone(), funnel);
    let (see, edit, run) = ("value.view", "value.edit", "value.refresh");
    Routes::new()
        .get("/value", see, value::show)
        .get("/value/progress", see, value::watch)
        .post("/value/refresh", run, value::refresh)
        .get("/value/customers", see, lists::customers)
        .get("/value/products", "cost.view", lists::products)
        .get("/value/assumptions", "model.view", assumptions::show)
        .post("/value/assumptions", edit, assumptions::save)
        .get("/value/model", "model.view", editor::show)
        .post("/value/model", edit, editor::save)
        .post("/value/model/preview", edit, editor::preview)
        .get("/value/disagreements", see, disagree::show)
        .post("/value/customers/{id}/rating", "rating.create", disagree::post)
        .get("/value/lifetime", see, lifetimes::show)
        .get("/value/lifetime/progress", see, lifetimes::watch)
        .get("/value/lifetime/what-if", see, what_if::show)
        .get("/value/lifetime/purchases", see, api_lifetime::purchases)
        .get("/api/v1/value/lifetime", see, api_lifetime::summary)
        .get("/api/v1/value/lifetime/customers", see, api_lifetime::customers)
        .get("/api/v1/value/lifetime/customers/{id}", see, api_lifetime::customer)
        .get("/api/v1/value/lifetime/purchases", see, api_lifetime::purchases)
        .get("/value/retention", see, retention::show)
        .get("/value/retention/customers", see, retention::members)
        .get("/api/v1/value/retention", see, retention::api)
        .get("/value/alarms", "alarm.view", alarm::page::show)
        .post("/value/alarms/settings", edit, alarm::page::save)
        .post("/alarms/{id}/outcome", "alarm.edit", alarm::page::outcome)
        .get("/api/v1/value/alarms", "alarm.view", alarm::api::summary)
        .put("/api/v1/value/alarms/settings", edit, alarm::api::put)
        .post("/api/v1/alarms/{id}/outcome", "alarm.edit", alarm::api::judge)
        .get("/api/v1/value/what-if", see, what_if::api)
        .get("/value/measures", "measure.view", measure::page::show)
        .get("/api/v1/value/measures", "measure.view", measure::page::api)
        .get("/proof", see, move |visit: Visit| {
            let funnel = page.clone();
            async move { proof::show(visit, funnel.as_ref()).await }
        })
        .get("/api/v1/value/summary", see, api::summary)
        .get("/api/v1/value/customers", see, api::customers)
        .get("/api/v1/value/products", "cost.view", api::products)
        .post("/api/v1/value/refresh", run, api::refresh)
        .get("/api/v1/value/assumptions", "model.view", api::assumptions)
        .put("/api/v1/value/assumptions", edit, api::put_assumptions)
        .get("/api/v1/value/model", "model.view", api::get_model)
        .put("/api/v1/value/model", edit, api::put_model)
        .get("/api/v1/value/agreement", see, api::agreement)
        .get("/api/v1/proof", see, move |visit: Visit| {
            let funnel = program.clone();
            async move { api::proof(visit, funnel.as_ref()).await }
        })
}
