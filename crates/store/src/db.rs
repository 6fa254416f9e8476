//! Opening a database, reading from it, and the one kind of transaction.

use crate::dialect::Dialect;
use async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, QueryResult, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait,
};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection};
use std::{str::FromStr, time::Duration};
use zhike_kernel::{Actor, Door, Error, Result, Stamp, Value};

/// A value given to a query.
pub type Bind = sea_orm::Value;

/// A house's database: one writer and several readers on SQLite, one pool on PostgreSQL.
#[derive(Clone)]
pub struct Db {
    write: DatabaseConnection,
    read: DatabaseConnection,
    dialect: Dialect,
    url: String,
    pub(crate) long: crate::tally::Long,
    pub(crate) memo: crate::memo::Memo,
}

/// How safe a commit on SQLite is against a power cut (a killed process never loses one).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Each commit waits for the disk.
    Full,
    /// The last commits may be lost with the power; for tests and loads.
    Normal,
}

impl Db {
    /// Opens `sqlite:PATH` or `postgres://…`; an SQLite file is made when missing.
    pub async fn open(url: &str, durability: Durability) -> Result<Db> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.trim_start_matches("//");
            let base = SqliteConnectOptions::new()
                .filename(path)
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(if durability == Durability::Full {
                    SqliteSynchronous::Full
                } else {
                    SqliteSynchronous::Normal
                })
                .busy_timeout(Duration::from_secs(10))
                .foreign_keys(true)
                .statement_cache_capacity(300)
                // A page of a list comes over from the connection's thread in one go.
                .row_buffer_size(256)
                .pragma("cache_size", "-16000")
                .pragma("temp_store", "MEMORY")
                // Otherwise each slow statement is logged with its whole text, and ours can be long.
                .disable_statement_logging();
            let write = SqlitePoolOptions::new()
                .max_connections(1)
                // On a full disk a transaction may end otherwise than the driver believes. Whoever got such a connection next
                // would write into a transaction that nobody commits, be told that all is well, and lose everything.
                .after_release(|connection, _| {
                    Box::pin(async move {
                        if connection.is_in_transaction() {
                            // What was queued (taking back a dropped transaction) comes first.
                            connection.ping().await?;
                        }
                        Ok(!connection.is_in_transaction())
                    })
                })
                .acquire_timeout(Duration::from_secs(60))
                .connect_with(base.clone())
                .await
                .map_err(open_failed)?;
            let read = SqlitePoolOptions::new()
                .max_connections(3)
                .acquire_timeout(Duration::from_secs(30))
                .connect_with(base.pragma("query_only", "ON"))
                .await
                .map_err(open_failed)?;
            return Ok(Db {
                write: write.into(),
                read: read.into(),
                dialect: Dialect::Sqlite,
                url: url.to_owned(),
                long: crate::tally::Long::default(),
                memo: crate::memo::Memo::default(),
            });
        }
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let options = PgConnectOptions::from_str(url)
                .map_err(open_failed)?
                .statement_cache_capacity(300)
                .disable_statement_logging();
            let pool = PgPoolOptions::new()
                .max_connections(12)
                .acquire_timeout(Duration::from_secs(30))
                .connect_with(options)
                .await
                .map_err(open_failed)?;
            let both: DatabaseConnection = pool.into();
            return Ok(Db {
                write: both.clone(),
                read: both,
                dialect: Dialect::Postgres,
                url: url.to_owned(),
                long: crate::tally::Long::default(),
                memo: crate::memo::Memo::default(),
            });
        }
        Err(Error::invalid("error-database-url").with("url", url))
    }

    /// The address it was opened with.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The file, when it is SQLite.
    pub fn file(&self) -> Option<&str> {
        self.url.strip_prefix("sqlite:").map(|p| p.trim_start_matches("//"))
    }

    /// Begins a transaction of `actor`. On SQLite it is the writer from its first word (`BEGIN IMMEDIATE`).
    pub async fn begin(&self, at: Stamp, actor: &Actor, door: Door) -> Result<Tx> {
        let options = TransactionOptions {
            isolation_level: None,
            access_mode: None,
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        };
        #[allow(clippy::disallowed_methods, reason = "the one place that begins a transaction")]
        let inner = self.write.begin_with_options(options).await.map_err(broken)?;
        Ok(Tx {
            inner,
            dialect: self.dialect,
            at,
            user: actor.user,
            actor: actor.name.clone(),
            door,
            batch: None,
        })
    }

    /// Closes the pools; waits for what is under way.
    pub async fn close(&self) {
        let _ = self.write.clone().close().await;
        let _ = self.read.clone().close().await;
    }

    /// Runs a statement outside of a transaction (maintenance only: `VACUUM INTO`, `ANALYZE`).
    pub async fn maintain(&self, sql: &str) -> Result<()> {
        self.write.execute_unprepared(sql).await.map_err(broken).map(|_| ())
    }
}

/// A transaction of one actor through one door. Dropped without [`Tx::commit`], it leaves nothing behind.
pub struct Tx {
    inner: DatabaseTransaction,
    dialect: Dialect,
    /// The instant of everything written in it.
    pub at: Stamp,
    /// The acting user.
    pub user: Option<i64>,
    /// The acting user's name as shown in the log.
    pub actor: String,
    /// The door.
    pub door: Door,
    /// The import that writes, if one does.
    pub batch: Option<i64>,
}

impl Tx {
    /// Makes it all true.
    pub async fn commit(self) -> Result<()> {
        self.inner.commit().await.map_err(broken)
    }
    /// Forgets it all.
    pub async fn rollback(self) -> Result<()> {
        self.inner.rollback().await.map_err(broken)
    }
    /// Writes; the number of rows touched.
    pub async fn exec(&self, sql: &str, binds: Vec<Bind>) -> Result<u64> {
        let done = self
            .inner
            .execute_raw(self.statement(sql, binds))
            .await
            .map_err(broken)?;
        Ok(done.rows_affected())
    }
    /// Inserts one row; `sql` ends in `RETURNING id`.
    pub async fn insert(&self, sql: &str, binds: Vec<Bind>) -> Result<i64> {
        match self.one(sql, binds).await? {
            Some(row) => row.int(0),
            None => Err(Error::broken("an insert returned no id")),
        }
    }
    /// Several statements of a migration.
    pub async fn ddl(&self, sql: &str) -> Result<()> {
        self.inner.execute_unprepared(sql).await.map_err(broken).map(|_| ())
    }
}

/// Reads from the pool or from within a transaction.
#[async_trait]
pub trait Query: Send + Sync {
    /// Which database.
    fn dialect(&self) -> Dialect;
    /// All rows.
    async fn all(&self, sql: &str, binds: Vec<Bind>) -> Result<Vec<Row>>;
    /// The first row.
    async fn one(&self, sql: &str, binds: Vec<Bind>) -> Result<Option<Row>>;
    /// The first column of the first row as an integer, 0 when there is none.
    async fn number(&self, sql: &str, binds: Vec<Bind>) -> Result<i64> {
        Ok(self
            .one(sql, binds)
            .await?
            .map(|r| r.opt_int(0))
            .transpose()?
            .flatten()
            .unwrap_or(0))
    }
    /// Builds the statement.
    fn statement(&self, sql: &str, binds: Vec<Bind>) -> Statement {
        match self.dialect() {
            Dialect::Sqlite => {
                let backend = sea_orm::DatabaseBackend::Sqlite;
                match crate::dialect::unnamed(sql, binds.len()) {
                    Some(sql) => Statement::from_sql_and_values(backend, sql, binds),
                    None => Statement::from_sql_and_values(backend, sql, binds),
                }
            }
            Dialect::Postgres => Statement::from_sql_and_values(sea_orm::DatabaseBackend::Postgres, sql, binds),
        }
    }
}

#[async_trait]
impl Query for Db {
    fn dialect(&self) -> Dialect {
        self.dialect
    }
    async fn all(&self, sql: &str, binds: Vec<Bind>) -> Result<Vec<Row>> {
        Ok(self
            .read
            .query_all_raw(self.statement(sql, binds))
            .await
            .map_err(broken)?
            .into_iter()
            .map(Row)
            .collect())
    }
    async fn one(&self, sql: &str, binds: Vec<Bind>) -> Result<Option<Row>> {
        Ok(self
            .read
            .query_one_raw(self.statement(sql, binds))
            .await
            .map_err(broken)?
            .map(Row))
    }
}

#[async_trait]
impl Query for Tx {
    fn dialect(&self) -> Dialect {
        self.dialect
    }
    async fn all(&self, sql: &str, binds: Vec<Bind>) -> Result<Vec<Row>> {
        Ok(self
            .inner
            .query_all_raw(self.statement(sql, binds))
            .await
            .map_err(broken)?
            .into_iter()
            .map(Row)
            .collect())
    }
    async fn one(&self, sql: &str, binds: Vec<Bind>) -> Result<Option<Row>> {
        Ok(self
            .inner
            .query_one_raw(self.statement(sql, binds))
            .await
            .map_err(broken)?
            .map(Row))
    }
}

/// One row; columns are read by position.
pub struct Row(QueryResult);

impl Row {
    /// An integer.
    pub fn int(&self, i: usize) -> Result<i64> {
        self.0.try_get_by_index::<i64>(i).map_err(broken)
    }
    /// An integer or nothing.
    pub fn opt_int(&self, i: usize) -> Result<Option<i64>> {
        self.0.try_get_by_index::<Option<i64>>(i).map_err(broken)
    }
    /// A text.
    pub fn text(&self, i: usize) -> Result<String> {
        self.0.try_get_by_index::<String>(i).map_err(broken)
    }
    /// A text or nothing.
    pub fn opt_text(&self, i: usize) -> Result<Option<String>> {
        self.0.try_get_by_index::<Option<String>>(i).map_err(broken)
    }
    /// A truth.
    pub fn bool(&self, i: usize) -> Result<bool> {
        Ok(self
            .0
            .try_get_by_index::<Option<bool>>(i)
            .map_err(broken)?
            .unwrap_or(false))
    }
    /// A value of the given storage.
    pub fn value(&self, i: usize, storage: crate::field::Storage) -> Result<Value> {
        use crate::field::Storage;
        Ok(match storage {
            Storage::Int => self.opt_int(i)?.into(),
            Storage::Text => self.opt_text(i)?.into(),
            Storage::Bool => self.0.try_get_by_index::<Option<bool>>(i).map_err(broken)?.into(),
        })
    }
}

fn open_failed(e: sqlx::Error) -> Error {
    Error {
        source: Some(Box::new(e)),
        ..Error::invalid("error-database-open")
    }
}

fn broken(e: DbErr) -> Error {
    let text = e.to_string();
    let plain = if Dialect::is_unique_violation(&text) {
        Error::invalid("error-taken")
    } else if Dialect::is_reference_violation(&text) {
        Error::invalid("error-reference")
    } else if Dialect::is_full(&text) {
        Error::refused("error-disk-full")
    } else {
        return Error::broken(e);
    };
    Error {
        source: Some(Box::new(e)),
        ..plain
    }
}
