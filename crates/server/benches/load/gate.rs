//! The gate: a campaign decided for every party of the house, and ten thousand held messages let go at once.

use crate::{
    pages::Run,
    report::{Results, Row},
};
use anyhow::{Context, Result};
use async_trait::async_trait;
use std::{sync::Arc, time::Instant};
use zhike_consent::{BulkAsk, Carriers};
use zhike_contract::{
    Carrier, Channel, Permit,
    gate::{Ask, Class},
    outbound::{Carried, Message, Parcel},
};
use zhike_store::{Ctx, Query, binds, write};

/// So many messages are held.
const HELD: usize = 10_000;
/// Rows in one statement.
const CHUNK: usize = 500;

/// Takes everything at once.
struct Hole;

#[async_trait]
impl Carrier for Hole {
    fn channel(&self) -> Channel {
        Channel::Email
    }
    async fn ready(&self, _ctx: &Ctx) -> zhike_kernel::Result<bool> {
        Ok(true)
    }
    async fn carry(&self, _ctx: &Ctx, _permit: Permit, parcel: &Parcel) -> zhike_kernel::Result<Carried> {
        Ok(Carried::Gone(parcel.message.to_string()))
    }
}

/// A third of the parties has wishes, half of them consented, one in five got something this month, one in fifty closed an
/// address.
async fn fill(ctx: &Ctx, parties: &[(i64, String)]) -> Result<()> {
    if ctx
        .db()
        .one("SELECT 1 FROM consent_wish LIMIT 1", vec![])
        .await?
        .is_some()
    {
        return Ok(());
    }
    let wish = r#"{"channels":{"value":[{"channel":"email","allow":"all"},{"channel":"phone","allow":{"only":["contract","service"]}}],"by":"customer","at":1},"hours":{"value":[{"days":31,"from":540,"to":1020}],"by":"customer","at":1},"caps":{"value":[{"most":2,"per":"month"}],"by":"customer","at":1},"wanted":{"value":["news","tips"],"by":"customer","at":1}}"#;
    for chunk in parties.chunks(CHUNK * 20) {
        let tx = ctx.begin().await?;
        let day = ctx.today().to_string();
        let of = |n: i64| chunk.iter().filter(move |p| p.0 % n == 0).collect::<Vec<_>>();
        for part in of(3).chunks(CHUNK) {
            let mut sql = "INSERT INTO consent_wish (party_id, version, updated_at, body) VALUES ".to_owned();
            let mut values = vec![];
            for (i, p) in part.iter().enumerate() {
                write::group(&mut sql, i, 4);
                values.extend(binds![p.0, 1_i64, tx.at.0, wish]);
            }
            tx.exec(&sql, values).await?;
        }
        for part in of(2).chunks(CHUNK) {
            let mut sql = "INSERT INTO consent_consent (version, created_at, updated_at, number, party_id, purpose, given_on, source, proof) VALUES ".to_owned();
            let mut values = vec![];
            for (i, p) in part.iter().enumerate() {
                write::group(&mut sql, i, 9);
                let number = format!("CS-{}", p.0);
                values.extend(binds![
                    1_i64,
                    tx.at.0,
                    tx.at.0,
                    number,
                    p.0,
                    "promotion",
                    "2025-01-01",
                    "paper",
                    "form"
                ]);
            }
            tx.exec(&sql, values).await?;
        }
        for part in of(5).chunks(CHUNK) {
            let mut sql =
                "INSERT INTO consent_sent (party_id, at, class, topic, channel, decision_id) VALUES ".to_owned();
            let mut values = vec![];
            for (i, p) in part.iter().enumerate() {
                write::group(&mut sql, i, 6);
                let ago = tx.at.plus_seconds(-86_400 * (p.0 % 20)).0;
                values.extend(binds![p.0, ago, "promotion", "news", "email", 0_i64]);
            }
            tx.exec(&sql, values).await?;
        }
        for part in of(50)
            .iter()
            .filter(|p| !p.1.is_empty())
            .collect::<Vec<_>>()
            .chunks(CHUNK)
        {
            let mut sql = "INSERT INTO consent_opt_out (version, created_at, updated_at, number, channel, address, address_key, scope, since_on, source) VALUES ".to_owned();
            let mut values = vec![];
            for (i, p) in part.iter().enumerate() {
                write::group(&mut sql, i, 10);
                let (number, key) = (format!("OO-{}", p.0), p.1.trim().to_lowercase());
                values.extend(binds![
                    1_i64,
                    tx.at.0,
                    tx.at.0,
                    number,
                    "email",
                    p.1.as_str(),
                    key,
                    "promotion",
                    day.as_str(),
                    "message"
                ]);
            }
            tx.exec(&sql, values).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

impl Run<'_> {
    /// The campaign and the queue.
    pub async fn gate(&self, results: &mut Results) -> Result<()> {
        let ctx = self.ctx;
        zhike_consent::usual_topics(ctx).await?;
        let sql = "SELECT id, COALESCE(email, '') FROM party_party WHERE archived_at IS NULL ORDER BY id";
        let rows = ctx.db().all(sql, vec![]).await?;
        let mut parties = Vec::with_capacity(rows.len());
        for r in rows {
            parties.push((r.int(0)?, r.text(1)?));
        }
        fill(ctx, &parties).await.context("wishes and consents")?;
        let ids: Vec<i64> = parties.iter().map(|p| p.0).collect();
        let ask = BulkAsk {
            class: Class::Promotion,
            topic: "news".into(),
            channel: Channel::Email,
            at: ctx.now().plus_seconds(86_400),
        };
        let began = Instant::now();
        let tally = zhike_consent::tally(ctx, &ids, &ask).await?;
        let seconds = began.elapsed().as_secs_f64();
        for (verdict, rule, n) in &tally {
            println!("  {n:>9} {verdict} {rule}");
        }
        let per_million = seconds * 1_000_000.0 / ids.len() as f64;
        results.put(
            Row::plain(
                "gate",
                &format!(
                    "a campaign decided for {} parties, wishes read and rules asked",
                    ids.len()
                ),
                format!("{seconds:.1} s"),
            )
            .budget("1,000,000 in 10 s", per_million <= 10.0),
        );
        let seconds = self.let_go(&ids).await?;
        results.put(
            Row::plain(
                "gate",
                &format!("{HELD} held messages let go, each asked about again"),
                format!("{seconds:.1} s"),
            )
            .budget("5 s", seconds <= 5.0),
        );
        Ok(())
    }

    async fn let_go(&self, ids: &[i64]) -> Result<f64> {
        let ctx = self.ctx;
        let outbound = zhike_consent::outbound();
        let at = ctx.now().plus_seconds(3_600);
        for chunk in ids.get(..HELD.min(ids.len())).unwrap_or(ids).chunks(CHUNK) {
            let tx = ctx.begin().await?;
            for party in chunk {
                let message = Message {
                    ask: Ask {
                        party: *party,
                        class: Class::Service,
                        topic: "order".into(),
                        channel: Channel::Email,
                        address: Some(format!("p{party}@example.com")),
                        at,
                        may_change: false,
                        may_wait: true,
                        // Whatever the hour at which this is measured.
                        agreed: true,
                    },
                    subject: "On its way".into(),
                    body: "Your goods are on their way.".into(),
                    record: None,
                    key: None,
                };
                outbound.send(ctx, &tx, &message).await?;
            }
            tx.commit().await?;
        }
        // Their minute has come.
        let tx = ctx.begin().await?;
        let sql = "UPDATE consent_message SET not_before = $1 WHERE status = 'held'";
        tx.exec(sql, binds![tx.at.0]).await?;
        tx.commit().await?;
        let carrier: Arc<dyn Carrier> = Arc::new(Hole);
        let began = Instant::now();
        let n = zhike_consent::release(ctx, &Carriers::new(vec![carrier])).await?;
        let seconds = began.elapsed().as_secs_f64();
        let gone = ctx
            .db()
            .number("SELECT count(*) FROM consent_message WHERE status = 'gone'", vec![])
            .await?;
        println!("  {n} looked at, {gone} gone");
        Ok(seconds)
    }
}
