//! A fresh database for each test: a folder with an SQLite file, or a database on the cluster of `ZHIKE_TEST_PG`.

use std::{
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
};
use zhike_store::{Db, db::Durability};

static NEXT: AtomicU32 = AtomicU32::new(1);

pub(crate) struct Database {
    pub(crate) folder: PathBuf,
    pub(crate) url: Option<String>,
    server: Option<(String, String)>,
}

impl Database {
    pub(crate) async fn fresh() -> Database {
        let name = format!(
            "zhike_test_{}_{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let folder = std::env::temp_dir().join(&name);
        std::fs::create_dir_all(&folder).expect("a folder for the test");
        match std::env::var("ZHIKE_TEST_DB").as_deref() {
            Ok("postgres") => {
                let server = std::env::var("ZHIKE_TEST_PG")
                    .expect("ZHIKE_TEST_PG names the cluster (cargo xtask test starts one)");
                let db = Db::open(&server, Durability::Normal)
                    .await
                    .expect("the cluster answers");
                db.maintain(&format!("CREATE DATABASE {name}"))
                    .await
                    .expect("a database for the test");
                db.close().await;
                let (base, _) = server.rsplit_once('/').expect("an address with a database");
                Database {
                    folder,
                    url: Some(format!("{base}/{name}")),
                    server: Some((server.clone(), name)),
                }
            }
            Ok("sqlite") | Err(_) => Database {
                folder,
                url: None,
                server: None,
            },
            Ok(other) => panic!("ZHIKE_TEST_DB={other}: write sqlite or postgres"),
        }
    }

    pub(crate) async fn remove(&mut self) {
        if let Some((server, name)) = self.server.take()
            && let Ok(db) = Db::open(&server, Durability::Normal).await
        {
            let _ = db
                .maintain(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
                .await;
            db.close().await;
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
