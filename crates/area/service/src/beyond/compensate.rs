//! Compensation of everybody whom an incident hit: the remedy that stands on it, for all in one step, within the authority of
//! whoever says so, each of them told through the gate. Nobody gets it twice.

use super::{Word, in_language, incident::at, language};
use crate::{Ports, case::grant};
use zhike_contract::{NewTask, gate::Class};
use zhike_kernel::{Arg, Error, Result};
use zhike_store::{Ctx, Event, Migration, Query, Record, Tx, binds};

/// Customers compensated in one transaction.
const CHUNK: i64 = 200;

pub(crate) const TABLES: Migration = Migration {
    name: "service_compensation",
    up: &[
        "CREATE TABLE service_incident_grant (id {pk}, incident_id BIGINT NOT NULL, party_id BIGINT NOT NULL, remedy_id BIGINT NOT NULL, name TEXT NOT NULL, \
         name_latin TEXT NOT NULL, amount BIGINT NOT NULL, user_id BIGINT, at BIGINT NOT NULL, message_id BIGINT, verdict TEXT)",
        "CREATE UNIQUE INDEX service_incident_grant_once ON service_incident_grant (incident_id, party_id)",
        "CREATE INDEX service_incident_grant_of ON service_incident_grant (party_id)",
        "CREATE INDEX service_incident_grant_user ON service_incident_grant (user_id, at)",
    ],
};

pub(crate) const BEYOND: Migration = Migration {
    name: "service_compensation_2",
    up: &[
        "CREATE TABLE service_incident_beyond (id {pk}, incident_id BIGINT NOT NULL, total BIGINT NOT NULL, beyond BIGINT NOT NULL, \
         asked_by BIGINT, role TEXT NOT NULL, asked_at BIGINT NOT NULL)",
        "CREATE UNIQUE INDEX service_incident_beyond_once ON service_incident_beyond (incident_id, total, asked_by)",
        "CREATE INDEX service_incident_beyond_at ON service_incident_beyond (asked_at)",
    ],
};

/// Who was hit and has nothing yet.
const OPEN: &str = "FROM service_incident_party p WHERE p.incident_id = $1 AND NOT p.spared AND NOT EXISTS \
                    (SELECT 1 FROM service_incident_grant g WHERE g.incident_id = p.incident_id AND g.party_id = p.party_id)";

struct Remedy {
    id: i64,
    name: String,
    latin: String,
    amount: i64,
}

async fn remedy(q: &dyn Query, incident: &Record) -> Result<Remedy> {
    let none = || Error::field("remedy_id", "error-incident-remedy");
    let id = incident.int("remedy_id").ok_or_else(none)?;
    let sql = "SELECT name, name_latin, amount FROM service_remedy WHERE id = $1 AND active AND archived_at IS NULL";
    let row = q.one(sql, binds![id]).await?.ok_or_else(none)?;
    Ok(Remedy {
        id,
        name: row.text(0)?,
        latin: row.opt_text(1)?.unwrap_or_default(),
        amount: row.int(2)?,
    })
}

/// Grants it to all who have nothing yet, and tells them; how many. Beyond the authority of whoever says so nothing is granted:
/// the manager gets a task, and does the same with one key.
pub(crate) async fn all(ctx: &Ctx, ports: &Ports, id: i64, version: i64) -> Result<i64> {
    let tx = ctx.begin().await?;
    let incident = at(ctx, &tx, id, version).await?;
    let remedy = remedy(&tx, &incident).await?;
    let n = tx.number(&format!("SELECT count(*) {OPEN}"), binds![id]).await?;
    let total = remedy.amount.saturating_mul(n);
    let may = grant::authority(ctx, &tx, tx.at).await?;
    let beyond = may.beyond(remedy.amount, total);
    if beyond > 0 {
        ask(ctx, &tx, ports, &incident, total).await?;
        // Counted as at a case; pressing the button again is not another time.
        let sql = "INSERT INTO service_incident_beyond (incident_id, total, beyond, asked_by, role, asked_at) VALUES ($1,$2,$3,$4,$5,$6) \
                   ON CONFLICT (incident_id, total, asked_by) DO NOTHING";
        let role = ctx.actor.role.name();
        tx.exec(sql, binds![id, total, beyond, tx.user, role, tx.at.0]).await?;
        tx.commit().await?;
        let amount = zhike_kernel::number::write_scaled(beyond, ctx.house.currency.decimals());
        return Err(Error::refused("error-incident-beyond").with("amount", amount));
    }
    drop(tx);
    let mut done = 0;
    loop {
        let tx = ctx.begin().await?;
        let sql = format!("SELECT p.party_id {OPEN} ORDER BY p.id LIMIT {CHUNK}");
        let rows = tx.all(&sql, binds![id]).await?;
        for row in &rows {
            done += i64::from(one(ctx, &tx, ports, &incident, &remedy, row.int(0)?).await?);
        }
        tx.commit().await?;
        if i64::try_from(rows.len()).unwrap_or(0) < CHUNK {
            return Ok(done);
        }
    }
}

async fn ask(ctx: &Ctx, tx: &Tx, ports: &Ports, incident: &Record, total: i64) -> Result<()> {
    let amount = zhike_kernel::number::write_scaled(total, ctx.house.currency.decimals());
    let task = NewTask {
        title: incident.text("name").to_owned(),
        kind: "remedy",
        party: None,
        record: Some(("incident", incident.id)),
        assignee: crate::case::assign::manager(tx, tx.user).await?,
        due: Some(tx.at.date(&ctx.house.zone)),
        note: Some(amount),
        key: Some(format!("incident-remedy:{}:{total}", incident.id)),
    };
    ports.tasks.open(ctx, tx, &task).await.map(|_| ())
}

async fn one(ctx: &Ctx, tx: &Tx, ports: &Ports, incident: &Record, remedy: &Remedy, party: i64) -> Result<bool> {
    let id = incident.id;
    let sql = "INSERT INTO service_incident_grant (incident_id, party_id, remedy_id, name, name_latin, amount, user_id, at) \
               VALUES ($1,$2,$3,$4,$5,$6,$7,$8) ON CONFLICT (incident_id, party_id) DO NOTHING";
    let (name, latin) = (remedy.name.as_str(), remedy.latin.as_str());
    let binds = binds![id, party, remedy.id, name, latin, remedy.amount, tx.user, tx.at.0];
    if tx.exec(sql, binds).await? == 0 {
        return Ok(false);
    }
    let english = language(tx, party).await?;
    let called = in_language(english, incident.text("name"), incident.text("name_latin"));
    let c = ctx.house.currency;
    let amount = format!(
        "{} {}",
        c.code(),
        zhike_kernel::number::write_scaled(remedy.amount, c.decimals())
    );
    let args = [
        ("name", Arg::from(called)),
        ("remedy", in_language(english, name, latin).into()),
        ("amount", amount.into()),
    ];
    let word = Word {
        party,
        class: Class::of(incident.text("class")).unwrap_or(Class::Service),
        topic: "incident",
        subject: super::words(ctx, english, "letter-compensated-subject", &args)?,
        body: super::words(ctx, english, "letter-compensated", &args)?,
        record: ("incident", id),
        key: format!("incident-grant:{id}:{party}"),
        kind: "incident",
    };
    let (message, verdict) = super::tell(ctx, tx, ports, word).await?;
    let sql =
        "UPDATE service_incident_grant SET message_id = $1, verdict = $2 WHERE incident_id = $3 AND party_id = $4";
    tx.exec(sql, binds![message, verdict, id, party]).await?;
    let event = Event {
        kind: "incident.compensated.v1".into(),
        record_type: "incident",
        record: id,
        party: Some(party),
        note: Some(name.to_owned()),
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await?;
    Ok(true)
}
