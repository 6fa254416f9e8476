//! The database room: one query text for SQLite and PostgreSQL, one way to begin a transaction, the event log,
//! the registry of record types and the engine that reads, lists, writes and searches what is declared there.
//!
//! Nothing above this crate names a database driver.

pub mod attachment;
mod check;
pub mod ctx;
mod date_text;
pub mod db;
pub mod dialect;
pub mod event;
pub mod field;
pub mod filter_sql;
pub mod list;
pub mod memo;
pub mod migrate;
pub mod numbering;
pub mod read;
pub mod registry;
pub mod search;
pub mod setting;
pub mod sight;
pub mod tally;
pub mod tries;
pub mod undo;
pub mod whole;
pub mod write;

pub use ctx::{Ctx, House};
pub use db::{Bind, Db, Query, Row, Tx};
pub use dialect::{Dialect, ids};
pub use event::{Change, Event, Logged};
pub use field::{Field, FieldKind, Search, Source};
pub use list::{List, Page};
pub use migrate::Migration;
pub use read::Record;
pub use registry::{BuiltIn, EventKind, Extension, Hooks, NoHooks, RecordType, Registry, Relation, Scope};

/// `binds![1, "a", None::<i64>]`: values for a query, in order of `$1…$n`.
#[macro_export]
macro_rules! binds {
    () => { Vec::<$crate::Bind>::new() };
    ($($v:expr),+ $(,)?) => { vec![$($crate::Bind::from($v)),+] };
}
