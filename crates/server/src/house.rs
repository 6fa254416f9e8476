//! Opening a house: database, migrations (after a backup), registry, texts.

use crate::{areas, backup, config::Config};
use anyhow::{Context, Result, anyhow};
use std::{collections::HashMap, sync::Arc};
use zhike_jobs::{Service, Worker};
use zhike_kernel::{Clock, Currency, Door, SystemClock};
use zhike_store::{Ctx, Db, House, Migration, Registry, db::Durability, migrate, setting};
use zhike_web::{App, Area, Catalog, Lang, Routes};

/// A house that is open.
pub struct Open {
    /// Its web side.
    pub app: Arc<App>,
    /// Its worker.
    pub worker: Worker,
    /// Its routes, to be made a router of.
    pub routes: Routes,
    /// What runs beside the jobs.
    pub services: Vec<Arc<dyn Service>>,
}

/// Migrations of all areas, the store's own first.
pub fn migrations(areas: &[Area]) -> Vec<Migration> {
    let mut all = migrate::OWN.to_vec();
    all.extend(areas.iter().flat_map(|a| a.migrations.iter().copied()));
    all
}

/// Opens the house that the configuration describes.
pub async fn open(config: &Config) -> Result<Open> {
    open_with(config, Arc::new(SystemClock)).await
}

/// Opens it with a clock of one's own (tests).
pub async fn open_with(config: &Config, clock: Arc<dyn Clock>) -> Result<Open> {
    std::fs::create_dir_all(&config.data)
        .with_context(|| format!("cannot make the folder {}", config.data.display()))?;
    let durability = if config.durability == "normal" {
        Durability::Normal
    } else {
        Durability::Full
    };
    let url = config.database_url();
    let db = Db::open(&url, durability)
        .await
        .map_err(|e| anyhow!("cannot open the database {}: {e}", redact(&url)))?;
    let mut areas = areas::all(config);
    let steps = migrations(&areas);
    backup::before_migration(&db, &config.data, &steps).await?;
    migrate::run(&db, &steps).await.map_err(|e| match e.code {
        "error-schema-newer" => anyhow!(
            "this database was made by a newer version of Zhike (it knows the step {:?}); start that version, or restore an older backup",
            e.args.first().map(|a| &a.1)
        ),
        _ => anyhow!("the database could not be brought up to date: {e}"),
    })?;
    let registry = registry(&mut areas)?;
    let zone = jiff::tz::TimeZone::get(&config.zone).context("time zone")?;
    let currency = Currency::parse(&config.currency).unwrap_or(Currency::CNY);
    let house = Arc::new(House {
        db,
        registry,
        clock,
        zone,
        currency,
        data: config.data.clone(),
    });
    if !config.drop.is_empty() {
        let tx = Ctx::system(&house, Door::Cli).begin().await?;
        zhike_exchange::folder::wake(&tx).await?;
        tx.commit().await?;
    }
    build(house, areas, config).await
}

/// The registry of all record types.
pub fn registry(areas: &mut [Area]) -> Result<Registry> {
    let mut types = vec![];
    let mut extensions = vec![];
    let (mut vetoes, mut relations) = (vec![], vec![]);
    let mut events = zhike_web::records::events();
    let mut listeners: HashMap<String, Vec<_>> = HashMap::new();
    for area in areas {
        types.append(&mut area.types);
        extensions.append(&mut area.extensions);
        events.append(&mut area.events);
        vetoes.append(&mut area.vetoes);
        relations.append(&mut area.relations);
        for (kind, job, wake) in area.listeners.drain(..) {
            listeners.entry(kind.to_owned()).or_default().push((job, wake));
        }
    }
    Registry::build(types, extensions, events, listeners)
        .and_then(|r| r.with_vetoes(vetoes))
        .and_then(|r| r.with_relations(relations))
        .map_err(|e| anyhow!(e))
}

/// The sentences of the shell, the server and all areas.
pub fn texts(areas: &[Area]) -> Vec<(Lang, &'static str)> {
    let mut texts: Vec<(Lang, &'static str)> = zhike_web::texts();
    texts.push((Lang::En, include_str!("../i18n/en/server.ftl")));
    texts.push((Lang::En, include_str!("../i18n/en/routes.ftl")));
    texts.push((Lang::ZhCn, include_str!("../i18n/zh-CN/routes.ftl")));
    texts.push((Lang::ZhCn, include_str!("../i18n/zh-CN/server.ftl")));
    for area in areas {
        texts.extend(
            area.texts
                .iter()
                .filter_map(|(code, text)| Some((Lang::parse(code)?, *text))),
        );
    }
    texts
}

async fn build(house: Arc<House>, areas: Vec<Area>, config: &Config) -> Result<Open> {
    let texts = texts(&areas);
    let (mut nav, mut tabs, mut jobs, mut services) = (vec![], vec![], vec![], vec![]);
    let mut around = zhike_web::area::Around::default();
    let mut routes = crate::root::routes().and(zhike_web::records::shared());
    for ty in house.registry.types().filter(|t| t.pages) {
        routes = routes.and(zhike_web::records::routes(ty));
    }
    for ty in house.registry.types() {
        routes = routes.and(zhike_web::api::routes(ty));
    }
    routes = routes.and(zhike_web::api::shared());
    for area in areas {
        nav.extend(area.nav);
        tabs.extend(area.tabs);
        jobs.extend(area.jobs);
        services.extend(area.services);
        around.corners.extend(area.corners);
        around.sets.extend(area.sets);
        around.mine.extend(area.mine);
        around.bulk.extend(area.bulk);
        routes = routes.and(area.routes);
    }
    tabs.sort_by_key(|t: &zhike_web::Tab| t.order);
    let catalog = Catalog::new(&texts).map_err(|e| anyhow!("texts: {e}"))?;
    let secret = secret(&house).await?;
    let notice = setting::get(&house.db, "notice").await?;
    let company = setting::get(&house.db, "company")
        .await?
        .unwrap_or_else(|| config.company.clone());
    let worker = Worker::new(house.clone(), jobs);
    let app = App {
        identity: zhike_identity::port(house.clone()),
        guests: zhike_portal::guests(house.clone()),
        catalog: Arc::new(catalog),
        nav,
        tabs,
        around,
        table: routes.table.clone(),
        secret,
        secure: config.secure_cookies,
        notice,
        company,
        nudge: worker.nudge.clone(),
        kept: zhike_web::kept::Kept::default(),
        house,
    };
    Ok(Open {
        app: Arc::new(app),
        worker,
        routes,
        services,
    })
}

/// The house's secret, made once and kept in the database, so that several servers share it.
async fn secret(house: &Arc<House>) -> Result<[u8; 32]> {
    if setting::get(&house.db, "secret").await?.is_some() {
        return zhike_web::seal::house(&house.db)
            .await
            .map_err(|_| anyhow!("the setting `secret` is damaged"));
    }
    let made = zhike_web::visit::new_secret();
    let tx = Ctx::system(house, Door::Cli).begin().await?;
    setting::set(&tx, "secret", &zhike_web::seal::hex(&made)).await?;
    tx.commit().await?;
    Ok(made)
}

/// The address without its password.
pub fn redact(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://…@{host}"),
        _ => url.to_owned(),
    }
}
