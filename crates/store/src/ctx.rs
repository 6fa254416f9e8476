//! What every flow carries: the house, who acts, and through which door.

use crate::{Db, Registry, Tx};
use jiff::tz::TimeZone;
use std::{path::PathBuf, sync::Arc};
use zhike_kernel::{Actor, Clock, Currency, Date, Door, Error, Result, Stamp};

/// The things there is one of.
pub struct House {
    /// The database.
    pub db: Db,
    /// All record types.
    pub registry: Registry,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The time zone of the house; users see it unless they choose their own.
    pub zone: TimeZone,
    /// The currency new amounts start with.
    pub currency: Currency,
    /// Where files and facts lie.
    pub data: PathBuf,
}

/// One actor at work.
#[derive(Clone)]
pub struct Ctx {
    /// The house.
    pub house: Arc<House>,
    /// Who.
    pub actor: Arc<Actor>,
    /// Through which door.
    pub door: Door,
    /// The reader prefers names in Latin letters where there are any.
    pub latin: bool,
}

impl Ctx {
    /// The system at work.
    pub fn system(house: &Arc<House>, door: Door) -> Ctx {
        Ctx {
            house: house.clone(),
            actor: Arc::new(Actor::system()),
            door,
            latin: false,
        }
    }
    /// The name of a row with columns `name` and `name_latin`, as the reader prefers it; `t` is the table's alias.
    pub fn name_of(&self, t: &str) -> String {
        if self.latin {
            format!("COALESCE(NULLIF({t}.name_latin, ''), {t}.name)")
        } else {
            format!("{t}.name")
        }
    }
    /// The database, for reading.
    pub fn db(&self) -> &Db {
        &self.house.db
    }
    /// The registry.
    pub fn registry(&self) -> &Registry {
        &self.house.registry
    }
    /// The present instant.
    pub fn now(&self) -> Stamp {
        self.house.clock.now()
    }
    /// Today in the house's zone.
    pub fn today(&self) -> Date {
        self.now().date(&self.house.zone)
    }
    /// The one permission check.
    pub fn require(&self, permission: &str) -> Result<()> {
        if self.actor.may(permission) {
            Ok(())
        } else {
            Err(Error::forbidden(permission))
        }
    }
    /// A group of changes is undone by who made it, or by whoever sees everything: others would undo half of it.
    pub async fn may_undo(&self, q: &dyn crate::Query, batch: i64) -> Result<bool> {
        if self.actor.owners().is_none() {
            return Ok(true);
        }
        let by = q
            .number(
                "SELECT COALESCE(user_id, 0) FROM event_batch WHERE id = $1",
                crate::binds![batch],
            )
            .await?;
        Ok(by > 0 && Some(by) == self.actor.user)
    }
    /// Begins a transaction.
    pub async fn begin(&self) -> Result<Tx> {
        self.house.db.begin(self.now(), &self.actor, self.door).await
    }
}
