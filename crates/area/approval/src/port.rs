//! Asking for approval, and noticing that what was approved has changed.

use crate::{
    hooks::condition,
    kept::{self, Level, Request},
    people,
    rules::Why,
};
use async_trait::async_trait;
use std::{collections::HashMap, sync::Arc};
use zhike_contract::{Approvable, Approvals, Outcome, Subject};
use zhike_kernel::{Error, Result, Values};
use zhike_store::{Ctx, Event, Query, Tx, binds};

/// What may be approved, by type.
#[derive(Clone, Default)]
pub struct Subjects(Arc<Vec<Arc<dyn Approvable>>>);

impl Subjects {
    /// These.
    pub fn new(all: Vec<Arc<dyn Approvable>>) -> Subjects {
        Subjects(Arc::new(all))
    }
    /// The one of a type.
    pub(crate) fn find(&self, name: &str) -> Option<&Arc<dyn Approvable>> {
        self.0.iter().find(|s| s.subject() == name)
    }
    pub(crate) fn need(&self, name: &str) -> Result<&Arc<dyn Approvable>> {
        self.find(name).ok_or_else(Error::missing)
    }
    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<dyn Approvable>> {
        self.0.iter()
    }
}

pub(crate) struct Port(pub Subjects);

/// Writes an event of a request on the record that is approved.
pub(crate) async fn tell(
    ctx: &Ctx,
    tx: &Tx,
    of: &dyn Approvable,
    request: &Request,
    what: &str,
    note: Option<String>,
) -> Result<()> {
    let event = Event {
        kind: format!("approval.{what}.v1"),
        record_type: of.subject(),
        record: request.record,
        party: request.party,
        note,
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await.map(|_| ())
}

/// A flow with its name, and that for who reads no Chinese.
struct Flow {
    id: i64,
    name: String,
    latin: String,
}

/// The active flows that want to see a record.
async fn flows(q: &dyn Query, subject: &str, values: &Values) -> Result<Vec<Flow>> {
    let sql = "SELECT id, name, condition, name_latin FROM approval_flow WHERE subject = $1 AND active AND archived_at IS NULL ORDER BY position, id";
    let mut out = vec![];
    for row in q.all(sql, binds![subject]).await? {
        // A condition that cannot be read asks for more approval, not for less.
        let wants =
            condition(&row.opt_text(2)?.unwrap_or_default()).is_none_or(|filter| filter.holds(values, &|_| vec![]));
        if wants {
            let name = row.text(1)?;
            let latin = row
                .opt_text(3)?
                .filter(|t| !t.is_empty())
                .unwrap_or_else(|| name.clone());
            out.push(Flow {
                id: row.int(0)?,
                name,
                latin,
            });
        }
    }
    Ok(out)
}

/// The levels of flows, one flow after the other.
async fn levels(q: &dyn Query, flows: &[Flow]) -> Result<Vec<Level>> {
    let sql = "SELECT name, who, role, persons, mode FROM approval_level WHERE flow_id = $1 AND archived_at IS NULL ORDER BY position, id";
    let mut out = vec![];
    for flow in flows {
        for row in q.all(sql, binds![flow.id]).await? {
            let text = |i| row.opt_text(i).map(Option::unwrap_or_default);
            let name = text(0)?;
            // A level without a name goes by its flow's.
            let (name, latin) = match name.is_empty() {
                true => (flow.name.clone(), flow.latin.clone()),
                false => (name, String::new()),
            };
            out.push(Level {
                name,
                latin,
                who: text(1)?,
                role: text(2)?,
                persons: text(3)?,
                all: text(4)? == "all",
            });
        }
    }
    Ok(out)
}

/// Opens a level: its approvers get their tasks.
pub(crate) async fn open_level(tx: &Tx, request: &Request, level: i64) -> Result<()> {
    let of = usize::try_from(level)
        .ok()
        .and_then(|i| request.levels.get(i))
        .ok_or_else(Error::missing)?;
    let who = people::of_level(tx, of, request.owner, request.asked_by).await?;
    if who.is_empty() {
        return Err(Error::refused("error-approval-nobody").with("level", of.name.as_str()));
    }
    for user in who {
        kept::open_task(tx, request.id, level, user, Why::Level, None).await?;
    }
    Ok(())
}

/// Ends a request: what was still to be done is spared, the record hears of it.
pub(crate) async fn end(
    ctx: &Ctx,
    tx: &Tx,
    of: &dyn Approvable,
    request: &Request,
    outcome: Outcome,
    note: Option<String>,
) -> Result<()> {
    tx.exec(
        "UPDATE approval_request SET state = $1, ended_at = $2, version = version + 1 WHERE id = $3",
        binds![outcome.name(), tx.at.0, request.id],
    )
    .await?;
    tx.exec(
        "UPDATE approval_task SET state = 'skipped', version = version + 1 WHERE request_id = $1 AND state IN ('open','waiting')",
        binds![request.id],
    )
    .await?;
    tell(ctx, tx, of, request, outcome.name(), note).await?;
    of.decided(ctx, tx, request.record, outcome).await
}

/// The request that speaks for the record now: the open one, or the approved one if it was the last.
async fn standing(q: &dyn Query, subject: &str, id: i64) -> Result<Option<Request>> {
    let last = kept::of_record(q, subject, id, 1).await?.into_iter().next();
    Ok(last.filter(|r| matches!(r.state.as_str(), "open" | "approved")))
}

#[async_trait]
impl Approvals for Port {
    async fn ask(&self, ctx: &Ctx, tx: &Tx, subject: &'static str, id: i64, note: Option<&str>) -> Result<Option<i64>> {
        let of = self.0.need(subject)?;
        let look: Subject = of.look(ctx, tx, id).await?;
        let flows = flows(tx, subject, &look.values).await?;
        let levels = levels(tx, &flows).await?;
        if levels.is_empty() {
            return Ok(None);
        }
        let frozen = kept::canonical(&look.frozen);
        let names = |of: fn(&Flow) -> &str| flows.iter().map(of).collect::<Vec<_>>().join(" · ");
        let kept_levels = serde_json::to_string(&levels).map_err(Error::broken)?;
        let new = tx
            .insert(
                "INSERT INTO approval_request (version, subject, record_id, party_id, owner_id, title, flows, levels, level, state, frozen, hash, \
                 note, asked_by, asked_at, flows_latin) VALUES (1,$1,$2,$3,$4,$5,$6,$7,0,'open',$8,$9,$10,$11,$12,$13) RETURNING id",
                binds![
                    subject,
                    id,
                    look.party,
                    look.owner,
                    look.title.as_str(),
                    names(|f| &f.name),
                    kept_levels,
                    frozen.as_str(),
                    kept::hash(&frozen),
                    note.map(str::to_owned),
                    tx.user,
                    tx.at.0,
                    names(|f| &f.latin)
                ],
            )
            .await
            .map_err(|e| if e.code == "error-taken" { Error::refused("error-approval-open") } else { e })?;
        let request = kept::need(tx, new).await?;
        // Every level must have somebody, not only the first: a request that gets stuck later helps nobody.
        for level in &request.levels {
            if people::of_level(tx, level, request.owner, request.asked_by)
                .await?
                .is_empty()
            {
                return Err(Error::refused("error-approval-nobody").with("level", level.name.as_str()));
            }
        }
        open_level(tx, &request, 0).await?;
        tell(ctx, tx, of.as_ref(), &request, "asked", note.map(str::to_owned)).await?;
        crate::job::tomorrow(tx).await?;
        Ok(Some(new))
    }

    async fn touched(&self, ctx: &Ctx, tx: &Tx, subject: &'static str, id: i64) -> Result<bool> {
        let Some(request) = standing(tx, subject, id).await? else {
            return Ok(false);
        };
        let of = self.0.need(subject)?;
        let now = kept::hash(&kept::canonical(&of.look(ctx, tx, id).await?.frozen));
        if now == request.hash {
            return Ok(false);
        }
        end(ctx, tx, of.as_ref(), &request, Outcome::Void, None).await?;
        Ok(true)
    }

    async fn withdraw(&self, ctx: &Ctx, tx: &Tx, subject: &'static str, id: i64) -> Result<()> {
        let request = standing(tx, subject, id).await?.filter(|r| r.state == "open");
        let Some(request) = request else {
            return Err(Error::refused("error-approval-none-open"));
        };
        let of = self.0.need(subject)?;
        end(ctx, tx, of.as_ref(), &request, Outcome::Withdrawn, None).await
    }

    async fn agreed(&self, ctx: &Ctx, q: &dyn Query, subject: &'static str, id: i64) -> Result<bool> {
        let Some(request) = standing(q, subject, id).await?.filter(|r| r.state == "approved") else {
            return Ok(false);
        };
        let now = self.0.need(subject)?.look(ctx, q, id).await?;
        Ok(kept::hash(&kept::canonical(&now.frozen)) == request.hash)
    }

    async fn wanted(&self, ctx: &Ctx, q: &dyn Query, subject: &'static str, id: i64) -> Result<bool> {
        let look = self.0.need(subject)?.look(ctx, q, id).await?;
        let flows = flows(q, subject, &look.values).await?;
        Ok(!levels(q, &flows).await?.is_empty())
    }
}

/// Names of users for the log.
pub(crate) async fn name_of(ctx: &Ctx, q: &dyn Query, user: i64) -> Result<String> {
    let names: HashMap<i64, String> = zhike_store::read::titles(q, ctx.registry(), "user", &[user], ctx.latin).await?;
    Ok(names.get(&user).cloned().unwrap_or_else(|| format!("#{user}")))
}
