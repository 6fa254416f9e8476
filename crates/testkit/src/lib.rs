//! The real server on a port of its own, with a fresh database of the kind that `ZHIKE_TEST_DB` names, and clients that
//! use it as people and programs do.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a test that cannot be set up has failed"
)]

pub mod ami;
pub mod browser;
mod client;
mod database;
pub mod mail;
pub mod smsc;

pub use client::{Client, Reply};

use std::{path::PathBuf, sync::Arc};
use zhike_jobs::Worker;
use zhike_kernel::{Door, FixedClock, Stamp, Value, Values};
use zhike_server::{Config, house, serve};
use zhike_store::{Ctx, write};

/// Password of every test user.
pub const PASSWORD: &str = "correct horse 电池 staple";

/// A running house for one test.
pub struct TestApp {
    /// `http://127.0.0.1:PORT`.
    pub url: String,
    /// Its clock: stands still until moved.
    pub clock: Arc<FixedClock>,
    /// The web side, for looking behind the scenes.
    pub app: Arc<zhike_web::App>,
    /// The data folder.
    pub data: PathBuf,
    /// Its worker.
    pub worker: Arc<Worker>,
    running: Option<serve::Running>,
    database: database::Database,
}

impl TestApp {
    /// A fresh house on 2026-06-30 10:00 in Shanghai, with nobody in it but the administrator `admin`.
    pub async fn boot() -> TestApp {
        TestApp::boot_with(|_| {}).await
    }

    /// The same with another configuration.
    pub async fn boot_with(change: impl FnOnce(&mut Config)) -> TestApp {
        let database = database::Database::fresh().await;
        let at: jiff::Timestamp = "2026-06-30T02:00:00Z".parse().unwrap();
        let clock = Arc::new(FixedClock::at(Stamp(at.as_microsecond())));
        let mut config = Config {
            data: database.folder.clone(),
            database: database.url.clone(),
            listen: "127.0.0.1:0".into(),
            durability: "normal".into(),
            ..Config::default()
        };
        change(&mut config);
        let open = house::open_with(&config, clock.clone()).await.expect("the house opens");
        let running = serve::start(open, &config.listen, false)
            .await
            .expect("the server listens");
        let app = running.app.clone();
        let test = TestApp {
            url: format!("http://{}", running.address),
            clock,
            app,
            data: config.data.clone(),
            worker: running.worker.clone(),
            running: Some(running),
            database,
        };
        test.user("admin", "administrator").await;
        test
    }

    /// The system at work, behind the scenes.
    pub fn ctx(&self) -> Ctx {
        Ctx::system(&self.app.house, Door::Cli)
    }

    /// Makes a user with [`PASSWORD`].
    pub async fn user(&self, login: &str, role: &str) -> i64 {
        let ctx = self.ctx();
        let tx = ctx.begin().await.unwrap();
        let user = zhike_identity::NewUser {
            login,
            name: login,
            name_latin: None,
            role,
            team: None,
        };
        let id = zhike_identity::create_user(&ctx, &tx, &user, PASSWORD).await.unwrap();
        tx.commit().await.unwrap();
        self.app.identity.forget();
        id
    }

    /// A signed-in client in English.
    pub async fn login(&self, login: &str) -> Client {
        Client::signed_in(&self.url, login, "en").await
    }

    /// A signed-in client in Chinese.
    pub async fn login_zh(&self, login: &str) -> Client {
        Client::signed_in(&self.url, login, "zh-CN").await
    }

    /// A client that nobody is signed in on.
    pub fn anonymous(&self) -> Client {
        Client::new(&self.url, "en")
    }

    /// A program with a bearer token of a user.
    pub async fn token(&self, user: i64, read_only: bool) -> Client {
        let ctx = self.ctx();
        let tx = ctx.begin().await.unwrap();
        let secret = zhike_identity::create_token(&ctx, &tx, user, "test", read_only, None)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        Client::bearer(&self.url, &secret)
    }

    /// A program whose token is good for one subject only.
    pub async fn narrow_token(&self, user: i64, scope: &str) -> Client {
        let ctx = self.ctx();
        let tx = ctx.begin().await.unwrap();
        let secret = zhike_identity::create_narrow_token(&ctx, &tx, user, "narrow", false, Some(scope), None)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        Client::bearer(&self.url, &secret)
    }

    /// Makes a record behind the scenes, through the engine and its rules.
    pub async fn make(&self, ty: &str, values: &[(&str, Value)]) -> i64 {
        let ctx = self.ctx();
        let ty = ctx.registry().get(ty).expect("a record type").clone();
        let values: Values = values.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect();
        let tx = ctx.begin().await.unwrap();
        let id = write::create(&ctx, &tx, &ty, values).await.expect("the record is made");
        tx.commit().await.unwrap();
        id
    }

    /// Runs all jobs that are due; how many.
    pub async fn run_jobs(&self) -> usize {
        let ran = self.worker.drain().await.expect("jobs run");
        // A job that failed and waits for its next try would leave the test waiting without a word.
        let sql = "SELECT name, error FROM job WHERE state = 'waiting' AND error IS NOT NULL";
        for row in zhike_store::Query::all(self.ctx().db(), sql, vec![])
            .await
            .expect("jobs")
        {
            let (name, error) = (row.text(0).unwrap(), row.text(1).unwrap());
            eprintln!("job {name} waits for another try: {error}");
        }
        ran
    }

    /// Moves the clock.
    pub fn advance_seconds(&self, seconds: i64) {
        self.clock.advance_seconds(seconds);
    }

    /// Stops the server, as a person would.
    pub async fn stop(mut self) {
        if let Some(running) = self.running.take() {
            running.stop().await;
        }
        self.database.remove().await;
    }
}
