//! The limit: a bare axum + maud + sqlx page over the same rows, without sessions, rights, languages, views, counts or
//! navigation. It runs as a process of its own, so that its processor time is counted alone.

use anyhow::Result;
use axum::{
    Router,
    extract::{Path, State},
    routing::get,
};
use maud::{DOCTYPE, Markup, html};
use sqlx::{
    AssertSqlSafe, PgPool, Row, SqlitePool,
    postgres::PgPoolOptions,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions},
};

/// The lists by name: what is joined, asked and ordered. `{}` are the places of the deep page.
pub const LISTS: &[(&str, &str)] = &[
    (
        "default",
        "LEFT JOIN insight_customer e ON e.party_id = t.id WHERE t.archived_at IS NULL ORDER BY t.updated_at DESC, t.id DESC",
    ),
    (
        "name",
        "LEFT JOIN insight_customer e ON e.party_id = t.id WHERE t.archived_at IS NULL ORDER BY t.name, t.id",
    ),
    (
        "profit",
        "JOIN insight_customer e ON e.party_id = t.id WHERE t.archived_at IS NULL AND e.profit IS NOT NULL ORDER BY e.profit DESC, e.party_id DESC",
    ),
    (
        "owner",
        "LEFT JOIN insight_customer e ON e.party_id = t.id WHERE t.archived_at IS NULL AND t.owner_id = 3 ORDER BY t.updated_at DESC, t.id DESC",
    ),
];

#[derive(Clone)]
enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

type Line = (
    i64,
    String,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<i64>,
    Option<String>,
    Option<i64>,
    Option<i64>,
);

async fn rows(pool: &Pool, list: &str) -> Result<Vec<Line>> {
    let tail = LISTS.iter().find(|l| l.0 == list).map_or("", |l| l.1);
    let sql = format!(
        "SELECT t.id, t.name, t.kind, t.roles, t.status, t.city, t.owner_id, e.tier, e.profit, t.updated_at FROM party_party t {tail} LIMIT 50"
    );
    macro_rules! read {
        ($pool:expr) => {
            sqlx::query(AssertSqlSafe(sql))
                .fetch_all($pool)
                .await?
                .iter()
                .map(|r| {
                    (
                        r.get(0),
                        r.get(1),
                        r.get(2),
                        r.get(3),
                        r.get(4),
                        r.get(5),
                        r.get(6),
                        r.get(7),
                        r.get(8),
                        r.get(9),
                    )
                })
                .collect()
        };
    }
    Ok(match pool {
        Pool::Sqlite(pool) => read!(pool),
        Pool::Postgres(pool) => read!(pool),
    })
}

async fn page(State(pool): State<Pool>, Path(list): Path<String>) -> Markup {
    let lines = rows(&pool, &list).await.unwrap_or_default();
    html! {
        (DOCTYPE)
        html lang="en" {
            head { title { "Customers" } link rel="stylesheet" href="/app.css"; }
            body { table {
                thead { tr { th { "Name" } th { "Roles" } th { "Status" } th { "City" } th { "Owner" } th { "Tier" } th { "Profit" } th { "Changed" } } }
                tbody { @for l in &lines { tr {
                    td { a href={ "/parties/" (l.0) } { (l.1) } " " span { (l.2.as_deref().unwrap_or("")) } }
                    td { (l.3.as_deref().unwrap_or("")) } td { (l.4.as_deref().unwrap_or("")) } td { (l.5.as_deref().unwrap_or("")) }
                    td { (l.6.unwrap_or(0)) } td { (l.7.as_deref().unwrap_or("")) } td { (l.8.unwrap_or(0)) } td { (l.9.unwrap_or(0)) }
                } } }
            } }
        }
    }
}

/// Serves until it is killed.
pub async fn serve(url: &str, port: u16) -> Result<()> {
    let pool = match url.strip_prefix("sqlite:") {
        Some(path) => {
            let options = SqliteConnectOptions::new()
                .filename(path.trim_start_matches("//"))
                .pragma("cache_size", "-16000")
                .pragma("query_only", "ON");
            Pool::Sqlite(
                SqlitePoolOptions::new()
                    .max_connections(3)
                    .connect_with(options)
                    .await?,
            )
        }
        None => Pool::Postgres(PgPoolOptions::new().max_connections(12).connect(url).await?),
    };
    let router = Router::new().route("/{list}", get(page)).with_state(pool);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    axum::serve(listener, router).await?;
    Ok(())
}

/// Inserts of one row each, every one its own transaction, into a table of the same columns: rows a second.
pub async fn inserts(folder: &std::path::Path, seconds: f64) -> Result<f64> {
    let file = folder.join("bare.db");
    let _ = std::fs::remove_file(&file);
    let options = SqliteConnectOptions::new()
        .filename(&file)
        .create_if_missing(true)
        .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal)
        .synchronous(sqlx::sqlite::SqliteSynchronous::Full);
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .connect_with(options)
        .await?;
    sqlx::raw_sql(
        "CREATE TABLE p (id INTEGER PRIMARY KEY AUTOINCREMENT, version BIGINT, created_at BIGINT, updated_at BIGINT, number TEXT, \
         name TEXT NOT NULL, kind TEXT, status TEXT, phone TEXT, email TEXT, city TEXT, owner_id BIGINT)",
    )
    .execute(&pool)
    .await?;
    let began = std::time::Instant::now();
    let mut n = 0_i64;
    while began.elapsed().as_secs_f64() < seconds {
        sqlx::query("INSERT INTO p (version, created_at, updated_at, number, name, kind, status, phone, email, city, owner_id) VALUES (1,$1,$2,$3,$4,'organisation','active',$5,$6,$7,3)")
            .bind(n)
            .bind(n)
            .bind(format!("C-{n:06}"))
            .bind(format!("负荷测试 {n}"))
            .bind(format!("1390000{n:06}"))
            .bind(format!("w{n}@load.example"))
            .bind("上海")
            .execute(&pool)
            .await?;
        n += 1;
    }
    let rate = n as f64 / began.elapsed().as_secs_f64();
    pool.close().await;
    let _ = std::fs::remove_file(&file);
    Ok(rate)
}
