//! Proposing notices: one per customer and currency, over all invoices that reached a level since.

use super::rules::{self, Level};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use zhike_contract::Outbound;
use zhike_kernel::{Date, Result};
use zhike_store::{Ctx, Event, Query, Tx, binds, numbering};

/// Invoices looked at in one run.
const MOST: i64 = 20_000;

/// An invoice that is late.
struct Late {
    id: i64,
    party: i64,
    currency: String,
    due_on: String,
    amount: i64,
    days: i64,
}

/// A level as the plan has it.
struct Planned {
    level: Level,
    fee: i64,
    currency: String,
}

async fn plan(q: &dyn Query) -> Result<Vec<Planned>> {
    let sql = "SELECT id, days, COALESCE(fee, 0), COALESCE(currency, '') FROM billing_dunning_level WHERE archived_at IS NULL ORDER BY days, id";
    let rows = q.all(sql, binds![]).await?;
    rows.iter()
        .map(|r| {
            Ok(Planned {
                level: Level {
                    id: r.int(0)?,
                    days: r.int(1)?,
                },
                fee: r.int(2)?,
                currency: r.text(3)?,
            })
        })
        .collect()
}

/// Late invoices that nothing spares and no notice waits for, by what is late of them.
async fn late(q: &dyn Query, today: Date) -> Result<Vec<Late>> {
    let owed = crate::ageing::OWED;
    let sql = format!(
        "SELECT i.id, i.party_id, i.currency, MIN(COALESCE(n.due_on, i.due_on)), CAST(SUM(COALESCE(n.open, i.open)) AS BIGINT) FROM {owed} \
         WHERE i.status = 'open' AND i.open > 0 AND i.archived_at IS NULL AND COALESCE(n.due_on, i.due_on) < $1 \
         AND NOT EXISTS (SELECT 1 FROM billing_dunning_block b WHERE b.party_id = i.party_id AND (b.invoice_id IS NULL OR b.invoice_id = i.id) \
         AND (b.until_on IS NULL OR b.until_on >= $2) AND b.archived_at IS NULL) \
         AND NOT EXISTS (SELECT 1 FROM billing_dunning_notice w WHERE w.party_id = i.party_id AND w.currency = i.currency AND w.state = 'proposed') \
         GROUP BY i.id, i.party_id, i.currency ORDER BY i.party_id, i.id LIMIT $3"
    );
    let day = today.to_string();
    let rows = q.all(&sql, binds![day.as_str(), day.as_str(), MOST]).await?;
    rows.iter()
        .map(|r| {
            let due_on = r.text(3)?;
            Ok(Late {
                id: r.int(0)?,
                party: r.int(1)?,
                currency: r.text(2)?,
                days: crate::rules::days_late(due_on.parse().ok(), today),
                due_on,
                amount: r.int(4)?,
            })
        })
        .collect()
}

/// Levels that invoices reached, and the day of the last.
async fn reached(q: &dyn Query) -> Result<HashMap<i64, (BTreeSet<i64>, String)>> {
    let sql = "SELECT l.invoice_id, l.level_id, n.made_on FROM billing_dunning_line l JOIN billing_dunning_notice n ON n.id = l.notice_id \
               JOIN billing_invoice i ON i.id = l.invoice_id WHERE i.status = 'open'";
    let mut out: HashMap<i64, (BTreeSet<i64>, String)> = HashMap::new();
    for r in q.all(sql, binds![]).await? {
        let entry = out.entry(r.int(0)?).or_default();
        entry.0.insert(r.int(1)?);
        let day = r.text(2)?;
        if day > entry.1 {
            entry.1 = day;
        }
    }
    Ok(out)
}

/// Proposes what is due; how many notices. Run again on the same day, it finds nothing more.
pub(crate) async fn run(ctx: &Ctx, outbound: &dyn Outbound) -> Result<i64> {
    let tx = ctx.begin().await?;
    // One run after the other: what the first proposed, the second sees.
    crate::invoices::series(&tx, "dunning", "M-").await?;
    let today = ctx.today();
    drop_settled(ctx, &tx, outbound).await?;
    let plan = plan(&tx).await?;
    let levels: Vec<Level> = plan.iter().map(|p| p.level).collect();
    let reached = reached(&tx).await?;
    let mut groups: BTreeMap<(i64, String), Vec<(Late, Level)>> = BTreeMap::new();
    for invoice in late(&tx, today).await? {
        let none = (BTreeSet::new(), String::new());
        let (used, last) = reached.get(&invoice.id).unwrap_or(&none);
        let since = last
            .parse::<Date>()
            .ok()
            .map(|d| crate::rules::days_late(Some(d), today));
        if let Some(level) = rules::due(&levels, used, since, invoice.days) {
            let key = (invoice.party, invoice.currency.clone());
            groups.entry(key).or_default().push((invoice, level));
        }
    }
    let numbers = numbering::take(&tx, "dunning", "M-", groups.len()).await?;
    let mut n = 0;
    for (((party, currency), lines), number) in groups.into_iter().zip(numbers) {
        let highest = lines.iter().map(|l| l.1).max_by_key(|l| l.days);
        let Some(planned) = plan.iter().find(|p| Some(p.level) == highest) else {
            continue;
        };
        let fee = if planned.currency == currency { planned.fee } else { 0 };
        let sql = "INSERT INTO billing_dunning_notice (version, number, party_id, currency, level_id, fee, made_on, state, created_at) \
                   VALUES (1,$1,$2,$3,$4,$5,$6,'proposed',$7) RETURNING id";
        let day = today.to_string();
        let row = binds![number.as_str(), party, currency, planned.level.id, fee, day, tx.at.0];
        let id = tx.insert(sql, row).await?;
        for (l, level) in &lines {
            let sql = "INSERT INTO billing_dunning_line (notice_id, invoice_id, level_id, due_on, amount, days_late) VALUES ($1,$2,$3,$4,$5,$6)";
            let row = binds![id, l.id, level.id, l.due_on.as_str(), l.amount, l.days];
            tx.exec(sql, row).await?;
        }
        tell(ctx, &tx, "proposed", id, party, &number).await?;
        n += 1;
    }
    tx.commit().await?;
    Ok(n)
}

/// Notices that wait although everything on them was settled meanwhile are put aside.
async fn drop_settled(ctx: &Ctx, tx: &Tx, outbound: &dyn Outbound) -> Result<()> {
    let sql = "SELECT n.id, n.party_id, n.number, n.state FROM billing_dunning_notice n WHERE n.state IN ('proposed', 'held') AND NOT EXISTS \
               (SELECT 1 FROM billing_dunning_line l JOIN billing_invoice i ON i.id = l.invoice_id \
               WHERE l.notice_id = n.id AND i.status = 'open' AND i.archived_at IS NULL)";
    for r in tx.all(sql, binds![]).await? {
        // What was kept and has gone already stays as it is; what still waits is taken back.
        if r.text(3)? == "held"
            && outbound
                .recall(ctx, tx, (super::review::RECORD, r.int(0)?), "paid")
                .await?
                == 0
        {
            continue;
        }
        let sql = "UPDATE billing_dunning_notice SET state = 'dropped', reason = 'paid', decided_at = $1, version = version + 1 WHERE id = $2";
        tx.exec(sql, binds![tx.at.0, r.int(0)?]).await?;
        tell(ctx, tx, "dropped", r.int(0)?, r.int(1)?, &r.text(2)?).await?;
    }
    Ok(())
}

/// Writes an event about a notice.
pub(super) async fn tell(ctx: &Ctx, tx: &Tx, what: &str, id: i64, party: i64, number: &str) -> Result<()> {
    let event = Event {
        kind: format!("dunning.{what}.v1"),
        record_type: "dunning",
        record: id,
        party: Some(party),
        note: Some(number.to_owned()),
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await.map(|_| ())
}
