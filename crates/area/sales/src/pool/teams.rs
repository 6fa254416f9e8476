//! The teams that may reach into a pool.

use super::flow;
use maud::{Markup, html};
use zhike_kernel::{Error, Result, Value};
use zhike_store::{Query as _, Record, binds};
use zhike_web::{
    Answer, Fields, Visit, answer,
    ui::{self, Choice, Field, Tone},
};

pub(super) async fn team(visit: Visit, id: i64, f: Fields) -> Answer {
    let team = f.need_int("team_id")?;
    set_team(&visit, id, team, f.get("act") != Some("remove")).await?;
    answer::go(&visit, &format!("/pools/{id}/teams"))
}

/// Lets a team into a pool, or out.
pub(crate) async fn set_team(visit: &Visit, pool: i64, team: i64, there: bool) -> Result<()> {
    visit.ctx.require("pool.edit")?;
    let tx = visit.ctx.begin().await?;
    flow::find(&visit.ctx, &tx, pool).await?;
    let team_type = visit.registry().get("team")?.clone();
    if there
        && zhike_store::read::find_many(&flow::sighted(&visit.ctx), &tx, &team_type, &[team])
            .await?
            .is_empty()
    {
        return Err(Error::field("team_id", "error-not-a-record"));
    }
    let sql = if there {
        "INSERT INTO sales_pool_team (pool_id, team_id) VALUES ($1,$2) ON CONFLICT (pool_id, team_id) DO NOTHING"
    } else {
        "DELETE FROM sales_pool_team WHERE pool_id = $1 AND team_id = $2"
    };
    tx.exec(sql, binds![pool, team]).await?;
    let event = zhike_store::Event {
        kind: "pool.changed.v1".into(),
        record_type: "pool",
        record: pool,
        changes: [(
            "team_id".to_owned(),
            zhike_store::Change {
                from: if there { Value::Null } else { team.into() },
                to: if there { team.into() } else { Value::Null },
            },
        )]
        .into_iter()
        .collect(),
        ..zhike_store::Event::default()
    };
    tx.emit(visit.registry().listeners(), event).await?;
    tx.commit().await
}

pub(super) async fn teams(visit: &Visit, pool: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let name = visit.ctx.name_of("t");
    let sql = "SELECT team_id FROM sales_pool_team WHERE pool_id = $1 ORDER BY team_id";
    let mut inside = vec![];
    for row in visit.db().all(sql, binds![pool.id]).await? {
        inside.push(row.int(0)?);
    }
    let team = visit.registry().get("team")?.clone();
    let mut all = vec![];
    let sql = format!(
        "SELECT t.id, {name} FROM {} t WHERE t.archived_at IS NULL ORDER BY t.id",
        team.table
    );
    for row in visit.db().all(&sql, vec![]).await? {
        all.push((row.int(0)?, row.text(1)?));
    }
    let free: Vec<Choice> = all
        .iter()
        .filter(|t| !inside.contains(&t.0))
        .map(|t| Choice::new(t.0.to_string(), t.1.clone()))
        .collect();
    let action = format!("/pools/{}/team", pool.id);
    Ok(html! { div.stack.l style="padding:14px" {
        @if inside.is_empty() { (ui::callout(Tone::Info, loc.t("pool-all-teams"))) }
        @for (id, name) in all.iter().filter(|t| inside.contains(&t.0)) {
            form.row method="post" action=(action) style="gap:8px" {
                (ui::hidden("team_id", &id.to_string())) (ui::hidden("act", "remove"))
                b { (name) } (ui::icon_btn("trash", loc.t("pool-team-remove")).small().submit())
            }
        }
        @if !free.is_empty() {
            form.row.wrap method="post" action=(action) style="gap:10px;align-items:flex-end" {
                (Field::new("team_id", loc.t("team-one")).select(&free, "", None)) (ui::btn(loc.t("pool-team-add")).small().icon("plus").submit())
            }
        }
    } })
}
