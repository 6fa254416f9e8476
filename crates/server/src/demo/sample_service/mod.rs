//! A year of complaints and other cases of the made-up manufacturer: played by the rules, each at its moment, with rounds,
//! verdicts, promises kept and broken, and a few that are open today.

mod more;
mod texts;

use super::{Progress, load};
use anyhow::Result;
use jiff::ToSpan;
use more::{holidays, more};
use texts::TEXTS;
use zhike_kernel::{Date, Role, Stamp, Values};
use zhike_service::sample::{self, Moment, Move};
use zhike_store::{Ctx, Query, binds, setting};

/// How a case goes.
const PLOTS: [&str; 11] = [
    "one", "wish", "two", "late", "silent", "one", "broken", "one", "three", "two", "one",
];
const CASES: usize = 44;
/// The newest ones are not ended.
const OPEN: usize = 9;

struct Player<'a> {
    ctx: &'a Ctx,
    ports: zhike_service::Ports,
    agent: (i64, String),
    boss: (i64, String),
    now: Stamp,
}

impl Player<'_> {
    /// Plays a move so many working minutes later; not in the future. False when that moment has not come.
    async fn play(&mut self, case: i64, minutes: i64, who: u8, what: Move) -> Result<bool> {
        let at = sample::after(self.ctx, self.now, minutes).await?;
        if at > self.ctx.now() {
            return Ok(false);
        }
        self.now = at;
        let user = match who {
            0 => None,
            1 => Some((self.agent.0, self.agent.1.clone(), Role::Service)),
            _ => Some((self.boss.0, self.boss.1.clone(), Role::Administrator)),
        };
        sample::play(self.ctx, &self.ports, case, &Moment { at, user }, what).await?;
        Ok(true)
    }
    /// Until the customer was told.
    async fn told(&mut self, case: i64, cause: &str, text: &str, remedies: &[&str], slow: i64) -> Result<bool> {
        let kinds: Vec<String> = remedies.iter().map(|r| (*r).to_owned()).collect();
        let solve = Move::Solve(cause.to_owned(), text.to_owned(), kinds);
        let mut on = self.play(case, 60 + slow, 1, solve).await?;
        // Beyond the agent's authority it waits for somebody who may.
        if on && step(self.ctx, case).await? == "solve" {
            on = self.play(case, 30, 2, Move::Approve).await?;
        }
        on = on && self.play(case, 5, 1, Move::Work(35)).await?;
        // A repair is done between the solution and the telling.
        while on && step(self.ctx, case).await? == "work" {
            on = self.play(case, 300, 1, Move::Complete).await?;
        }
        on = on && step(self.ctx, case).await? == "tell";
        Ok(on && self.play(case, 40, 1, Move::Tell("已电话说明".into())).await?)
    }
}

fn workday(day: Date) -> Date {
    let back = i64::from(day.weekday().to_monday_one_offset() - 5).max(0);
    day.checked_sub(back.days()).unwrap_or(day)
}

async fn someone(ctx: &Ctx, role: &str) -> Result<(i64, String)> {
    let sql = "SELECT id, name FROM identity_user WHERE role = $1 AND active ORDER BY id LIMIT 1";
    let row = ctx.db().one(sql, binds![role]).await?;
    Ok(row
        .map(|r| Ok::<_, zhike_kernel::Error>((r.int(0)?, r.text(1)?)))
        .transpose()?
        .unwrap_or((1, String::new())))
}

pub(super) async fn fill(ctx: &Ctx, progress: Progress<'_>) -> Result<()> {
    let tx = ctx.begin().await?;
    let kept = serde_json::json!({"hours": ["09:00-18:00", "09:00-18:00", "09:00-18:00", "09:00-18:00", "09:00-18:00", "", ""], "rate": 12_000,
        "form": true, "version": 1});
    setting::set(&tx, "service", &kept.to_string()).await?;
    tx.commit().await?;
    holidays(ctx, progress).await?;
    let sql = "SELECT id FROM party_party WHERE kind = 'organisation' AND status = 'active' AND owner_id IS NOT NULL AND archived_at IS NULL ORDER BY id LIMIT $1";
    let mut parties = vec![];
    for row in ctx.db().all(sql, binds![60_i64]).await? {
        parties.push(row.int(0)?);
    }
    let mut products = vec![];
    for row in ctx
        .db()
        .all(
            "SELECT id FROM catalog_product WHERE kind = 'goods' AND archived_at IS NULL ORDER BY id LIMIT 12",
            vec![],
        )
        .await?
    {
        products.push(row.int(0)?);
    }
    if parties.is_empty() || products.is_empty() {
        return Ok(());
    }
    let mut player = Player {
        ports: zhike_service::Ports {
            tasks: zhike_work::port(),
            outbound: None,
            gate: zhike_consent::gate(),
            parties: zhike_party::port(),
        },
        agent: someone(ctx, "service").await?,
        boss: someone(ctx, "administrator").await?,
        now: ctx.now(),
        ctx,
    };
    for i in 0..CASES {
        one(&mut player, i, &parties, &products).await?;
        progress("case", i + 1, CASES);
    }
    more(ctx, &products, progress).await
}

/// One case and what happens to it.
async fn one(player: &mut Player<'_>, i: usize, parties: &[i64], products: &[i64]) -> Result<()> {
    let ctx = player.ctx;
    let n = i64::try_from(i).unwrap_or(0);
    let (subject, words, kind, cause, first, second) = TEXTS[i % TEXTS.len()];
    let age = i64::try_from(CASES - i).unwrap_or(0);
    // Eight days apart; the open ones came in the last days.
    let days = if i + OPEN >= CASES { age / 2 } else { age * 8 };
    let day = workday(ctx.today().checked_sub(days.days()).unwrap_or(ctx.today()));
    let start = Stamp::start_of(day, &ctx.house.zone).plus_seconds(9 * 3_600 + 600 + (n * 37 % 300) * 60);
    player.now = start.min(ctx.now().plus_seconds(-600));
    let product = products[i * 5 % products.len().max(1)];
    let batch = i
        .is_multiple_of(3)
        .then_some(if i.is_multiple_of(2) { "2408" } else { "2411" });
    let mut values = load::values(vec![
        ("subject", subject.into()),
        ("description", words.into()),
        ("kind", kind.into()),
        ("party_id", parties[i * 7 % parties.len()].into()),
        (
            "product_id",
            if i.is_multiple_of(12) { products[0] } else { product }.into(),
        ),
        ("batch", batch.into()),
        ("urgency", if i.is_multiple_of(4) { "high" } else { "normal" }.into()),
        ("severity", ["severe", "normal", "normal", "slight"][i % 4].into()),
        ("channel", ["email", "phone", "web", "phone", "chat"][i % 5].into()),
        ("language", "zh".into()),
    ]);
    if i.is_multiple_of(12) {
        values.insert("batch".into(), "2408".into());
    }
    let id = enter(player, values).await?;
    if i + OPEN >= CASES {
        return open(player, id, CASES - i, cause, first).await;
    }
    if kind == "improvement" {
        player.play(id, 10, 1, Move::Improve("无线抄表".into())).await?;
    }
    // Steps of plain work before the solution.
    while step(ctx, id).await? == "work" {
        player.play(id, 40, 1, Move::Complete).await?;
    }
    let plot = if kind == "complaint" {
        PLOTS[i % PLOTS.len()]
    } else {
        "one"
    };
    if plot == "wish" || plot == "broken" {
        player.play(id, 10, 0, Move::Wish(3_600)).await?;
    }
    if plot == "wish" {
        player
            .play(id, 65, 1, Move::Met("已说明进度，明天给方案。".into()))
            .await?;
    }
    if plot == "broken" {
        player.play(id, 200, 0, Move::Broken).await?;
    }
    let slow = if plot == "late" { 700 } else { n * 13 % 90 };
    let gift: &[&str] = if i % 3 == 1 { &["goodwill"] } else { &[] };
    player.told(id, cause, first, gift, slow).await?;
    if step(ctx, id).await? != "verdict" {
        return Ok(());
    }
    match plot {
        "silent" => player.play(id, 540 * 10, 0, Move::Silence).await?,
        "two" | "three" => {
            player
                .play(id, 500, 0, Move::Judge(false, 2, "第二天又这样了。".into()))
                .await?;
            player.told(id, cause, second, &["replacement", "goodwill"], 30).await?;
            if plot == "three" {
                player
                    .play(id, 400, 0, Move::Judge(false, 1, "还是没有解决。".into()))
                    .await?;
                player
                    .told(id, cause, second, &["refund", "discount", "replacement"], 20)
                    .await?;
            }
            player
                .play(id, 300, 0, Move::Judge(true, 4, "这次可以了。".into()))
                .await?
        }
        "broken" => {
            player
                .play(id, 300, 0, Move::Judge(true, 3, "解决了，但约好的电话没打来。".into()))
                .await?
        }
        _ => {
            player
                .play(id, 200 + n * 7 % 300, 0, Move::Judge(true, 4 + n % 2, String::new()))
                .await?
        }
    };
    Ok(())
}

async fn enter(player: &mut Player<'_>, values: Values) -> Result<i64> {
    let m = Moment {
        at: player.now,
        user: Some((player.agent.0, player.agent.1.clone(), Role::Service)),
    };
    Ok(sample::enter(player.ctx, &m, values).await?)
}

/// What the open step is.
async fn step(ctx: &Ctx, case: i64) -> Result<String> {
    let sql = "SELECT act FROM service_step WHERE case_id = $1 AND ended_at IS NULL";
    Ok(ctx
        .db()
        .one(sql, binds![case])
        .await?
        .map(|r| r.text(0))
        .transpose()?
        .unwrap_or_default())
}

/// The newest stand at different steps.
async fn open(player: &mut Player<'_>, id: i64, left: usize, cause: &str, first: &str) -> Result<()> {
    if left == 1 {
        return Ok(());
    }
    while step(player.ctx, id).await? == "work" && player.play(id, 30, 1, Move::Complete).await? {}
    match left {
        // Waits for the customer, for a manager, has a promise, is in its second round.
        2 | 6 => {
            player.told(id, cause, first, &[], 0).await?;
        }
        3 => {
            let wish = sample::after(player.ctx, player.ctx.now(), 120).await?;
            let seconds = (wish.0 - player.now.0) / 1_000_000;
            // An hour that ends in the evening is none.
            if let Err(e) = player.play(id, 10, 0, Move::Wish(seconds.max(3_600) - 600)).await {
                tracing::debug!(error = %e, "the demonstration goes without this promise");
            }
        }
        4 | 8 => {
            player.told(id, cause, first, &[], 0).await?;
            if step(player.ctx, id).await? == "verdict" {
                player
                    .play(id, 60, 0, Move::Judge(false, 2, "问题又出现了，请彻底解决。".into()))
                    .await?;
            }
        }
        _ => {}
    }
    Ok(())
}
