//! Answers who is signed in. What was read is kept for a few seconds, since every request asks.

use async_trait::async_trait;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use zhike_contract::{Actors, Identity, SignedIn, UserLine};
use zhike_kernel::{Actor, Door, Reach, Result, Role, Stamp};
use zhike_store::{Ctx, House, Query, Row, binds};
use zhike_web::password::digest;

/// For how long an answer may be remembered: a right taken away works at the latest after this.
const FRESH_SECONDS: i64 = 3;
/// How long a session lives without being used, and at most.
pub(crate) const SESSION_SECONDS: i64 = 14 * 24 * 3600;

pub(crate) struct Port {
    house: Arc<House>,
    kept: Mutex<HashMap<String, (Stamp, Option<SignedIn>)>>,
    users: Mutex<Option<(Stamp, Arc<Vec<UserLine>>)>>,
}

const USER: &str = "u.id, u.name, u.role, u.reach, u.team_id, u.language";

impl Port {
    pub(crate) fn new(house: Arc<House>) -> Port {
        Port {
            house,
            kept: Mutex::default(),
            users: Mutex::default(),
        }
    }

    fn remembered(&self, hash: &str) -> Option<Option<SignedIn>> {
        let now = self.house.clock.now();
        let kept = self.kept.lock().unwrap_or_else(|p| p.into_inner());
        kept.get(hash)
            .filter(|(at, _)| at.plus_seconds(FRESH_SECONDS) > now && *at <= now)
            .map(|(_, s)| s.clone())
    }

    fn remember(&self, hash: String, signed: Option<SignedIn>) -> Option<SignedIn> {
        let mut kept = self.kept.lock().unwrap_or_else(|p| p.into_inner());
        if kept.len() > 10_000 {
            kept.clear();
        }
        kept.insert(hash, (self.house.clock.now(), signed.clone()));
        signed
    }

    async fn signed_in(&self, row: &Row, session: Option<i64>, read_only: bool) -> Result<SignedIn> {
        Ok(SignedIn {
            actor: Arc::new(actor(&self.house.db, row, read_only).await?),
            language: row.opt_text(5)?,
            session,
        })
    }

    /// The time of the last use, noted at most once in five minutes.
    async fn seen(&self, sql: &str, id: i64, seen_at: i64) -> Result<()> {
        let ctx = Ctx::system(&self.house, Door::Job);
        if Stamp(seen_at).plus_seconds(300) < ctx.now() {
            let tx = ctx.begin().await?;
            tx.exec(sql, binds![tx.at.0, id]).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

/// The actor of a row of [`USER`].
async fn actor(q: &dyn Query, row: &Row, read_only: bool) -> Result<Actor> {
    let reach = Reach::parse(&row.text(3)?).unwrap_or(Reach::Own);
    let team = match (reach, row.opt_int(4)?) {
        (Reach::Team, Some(team)) => {
            let rows = q
                .all("SELECT id FROM identity_user WHERE team_id = $1", binds![team])
                .await?;
            rows.iter().map(|r| r.int(0)).collect::<Result<_>>()?
        }
        _ => vec![],
    };
    Ok(Actor {
        user: Some(row.int(0)?),
        name: row.text(1)?,
        role: Role::parse(&row.text(2)?).unwrap_or(Role::Salesperson),
        reach,
        team,
        read_only,
        only: vec![],
    })
}

/// Users as actors.
pub(crate) struct AsActors;

#[async_trait]
impl Actors for AsActors {
    async fn of(&self, ctx: &Ctx, user: i64) -> Result<Option<Arc<Actor>>> {
        let sql = format!("SELECT {USER} FROM identity_user u WHERE u.id = $1 AND u.active AND u.archived_at IS NULL");
        match ctx.db().one(&sql, binds![user]).await? {
            Some(row) => Ok(Some(Arc::new(actor(ctx.db(), &row, false).await?))),
            None => Ok(None),
        }
    }
}

#[async_trait]
impl Identity for Port {
    async fn by_session(&self, secret: &str) -> Result<Option<SignedIn>> {
        let hash = digest(secret);
        if let Some(known) = self.remembered(&hash) {
            return Ok(known);
        }
        let sql = format!(
            "SELECT {USER}, s.id, s.seen_at FROM identity_session s JOIN identity_user u ON u.id = s.user_id \
             WHERE s.hash = $1 AND s.ends_at > $2 AND s.seen_at > $3 AND u.active AND u.archived_at IS NULL"
        );
        let now = self.house.clock.now();
        let row = self
            .house
            .db
            .one(&sql, binds![hash.as_str(), now.0, now.plus_seconds(-SESSION_SECONDS).0])
            .await?;
        let signed = match row {
            None => None,
            Some(row) => {
                self.seen(
                    "UPDATE identity_session SET seen_at = $1 WHERE id = $2",
                    row.int(6)?,
                    row.int(7)?,
                )
                .await?;
                Some(self.signed_in(&row, Some(row.int(6)?), false).await?)
            }
        };
        Ok(self.remember(hash, signed))
    }

    async fn by_token(&self, secret: &str) -> Result<Option<SignedIn>> {
        let hash = digest(secret);
        if let Some(known) = self.remembered(&hash) {
            return Ok(known);
        }
        let sql = format!(
            "SELECT {USER}, k.id, COALESCE(k.seen_at, 0), k.read_only, k.scope FROM identity_token k JOIN identity_user u ON u.id = k.user_id \
             WHERE k.hash = $1 AND (k.ends_at IS NULL OR k.ends_at > $2) AND u.active AND u.archived_at IS NULL"
        );
        let row = self
            .house
            .db
            .one(&sql, binds![hash.as_str(), self.house.clock.now().0])
            .await?;
        let signed = match row {
            None => None,
            Some(row) => {
                self.seen(
                    "UPDATE identity_token SET seen_at = $1 WHERE id = $2",
                    row.int(6)?,
                    row.int(7)?,
                )
                .await?;
                let mut signed = self.signed_in(&row, None, row.bool(8)?).await?;
                if let Some(scope) = row.opt_text(9)? {
                    let mut actor = signed.actor.as_ref().clone();
                    actor.only = vec![scope];
                    signed.actor = Arc::new(actor);
                }
                Some(signed)
            }
        };
        Ok(self.remember(hash, signed))
    }

    async fn users(&self) -> Result<Arc<Vec<UserLine>>> {
        let now = self.house.clock.now();
        if let Some((at, users)) = self.users.lock().unwrap_or_else(|p| p.into_inner()).as_ref()
            && at.plus_seconds(FRESH_SECONDS) > now
            && *at <= now
        {
            return Ok(users.clone());
        }
        let rows = self
            .house
            .db
            .all(
                "SELECT id, name, name_latin, active FROM identity_user ORDER BY name, id",
                vec![],
            )
            .await?;
        let users: Vec<UserLine> = rows
            .iter()
            .map(|r| {
                Ok(UserLine {
                    id: r.int(0)?,
                    name: r.text(1)?,
                    name_latin: r.opt_text(2)?,
                    active: r.bool(3)?,
                })
            })
            .collect::<Result<_>>()?;
        let users = Arc::new(users);
        *self.users.lock().unwrap_or_else(|p| p.into_inner()) = Some((now, users.clone()));
        Ok(users)
    }

    fn forget(&self) {
        self.kept.lock().unwrap_or_else(|p| p.into_inner()).clear();
        *self.users.lock().unwrap_or_else(|p| p.into_inner()) = None;
    }
}
