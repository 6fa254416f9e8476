//! Calls of the made-up manufacturer in the last weeks, told as a switchboard tells them; a few with a recording (tones, nobody's
//! voice), some nobody took; and a list of customers to be called.

use super::{Progress, load};
use anyhow::Result;
use serde_json::json;
use zhike_kernel::{Door, Stamp, Values};
use zhike_store::{Ctx, Query, binds, read, write};
use zhike_voice::{Ports, sample};

/// What came of calls that were taken: outcome, note.
const TAKEN: [(&str, &str); 6] = [
    ("settled", "询问到货时间，已告知明天下午送达。"),
    ("call_back", "要 DN80 的报价，采购下午才在，15 点回电。"),
    ("interested", "三号车间准备扩产，想看新款流量计，约下周拜访。"),
    ("ordered", "追加两台温控器，订单已录入。"),
    ("settled", "Asked for the calibration certificate; sent by mail."),
    ("complaint", "网关夜里断线，已登记投诉。"),
];

async fn calls(ctx: &Ctx, ports: &Ports) -> Result<()> {
    let sql = "SELECT id, COALESCE(phone, ''), owner_id FROM party_party WHERE kind = 'organisation' AND status = 'active' \
               AND phone IS NOT NULL AND archived_at IS NULL ORDER BY id LIMIT $1";
    let parties = ctx.db().all(sql, binds![40_i64]).await?;
    let desks = ctx
        .db()
        .all(
            "SELECT user_id, extension FROM voice_extension ORDER BY extension",
            vec![],
        )
        .await?;
    let mut events = vec![];
    for (i, row) in (0_i64..).zip(&parties) {
        let (phone, owner) = (row.text(1)?, row.opt_int(2)?);
        let mine = desks
            .iter()
            .find(|d| d.int(0).ok() == owner)
            .or_else(|| desks.get(usize::try_from(i).unwrap_or(0) % desks.len().max(1)));
        let Some(desk) = mine else { return Ok(()) };
        let (extension, key) = (desk.text(1)?, format!("sample-{i}"));
        // On a day of the last weeks, within working hours.
        let day = ctx
            .today()
            .checked_sub(jiff::Span::new().days(1 + i * i * 3 % 26))
            .unwrap_or(ctx.today());
        let began = Stamp::start_of(day, &ctx.house.zone).plus_seconds(9 * 3_600 + i * 977 % 28_000);
        let at = |s: i64| sample::moment(began.plus_seconds(s));
        let direction = if i % 3 == 2 { "out" } else { "in" };
        events.push(json!({"call": key, "event": "ring", "at": at(0), "direction": direction, "number": phone, "line": "0510-8588 6000", "extension": extension}));
        // A recording is as long as its talk.
        let talk = if i % 5 == 0 { 8 + i % 4 } else { 40 + i * 37 % 400 };
        if i % 7 == 4 {
            events.push(json!({"call": key, "event": "end", "at": at(25)}));
            continue;
        }
        events.push(json!({"call": key, "event": "answer", "at": at(6), "extension": extension}));
        events.push(json!({"call": key, "event": "end", "at": at(6 + talk)}));
        if i % 5 == 0 {
            let sound = sample::sound(8 + u32::try_from(i % 4).unwrap_or(0), u32::try_from(i).unwrap_or(0));
            events.push(sample::recording(&key, &sound));
        }
    }
    // A number that nobody knows.
    let began = ctx.now().plus_seconds(-9_000);
    events.push(json!({"call": "sample-x", "event": "ring", "at": sample::moment(began), "number": "021-5550 0199", "extension": "801"}));
    events.push(json!({"call": "sample-x", "event": "end", "at": sample::moment(began.plus_seconds(20))}));
    sample::tell(ctx, ports, events).await?;
    let ty = ctx.registry().get("call")?.clone();
    let rows = ctx
        .db()
        .all(
            "SELECT id FROM voice_call WHERE result = 'answered' ORDER BY id",
            vec![],
        )
        .await?;
    let tx = ctx.begin().await?;
    for (i, row) in rows.iter().enumerate().filter(|(i, _)| i % 4 != 3) {
        let call = read::need(ctx, &tx, &ty, row.int(0)?).await?;
        let (outcome, note) = TAKEN[i % TAKEN.len()];
        let version = call.version;
        let values = Values::from([("outcome".to_owned(), outcome.into()), ("note".to_owned(), note.into())]);
        write::update_from(ctx, &tx, &ty, call, version, values).await?;
    }
    tx.commit().await?;
    Ok(())
}

pub(super) async fn fill(ctx: &Ctx, progress: Progress<'_>) -> Result<()> {
    let ctx = &Ctx::system(&ctx.house, Door::Import);
    let ports = Ports {
        gate: zhike_consent::gate(),
        interactions: zhike_inbox::port(),
        complaints: zhike_service::complaints(zhike_party::port()),
    };
    let users =
        "SELECT id FROM identity_user WHERE active AND archived_at IS NULL AND role <> 'analyst' ORDER BY id LIMIT $1";
    let tx = ctx.begin().await?;
    for (i, row) in (801_i64..).zip(tx.all(users, binds![30_i64]).await?) {
        sample::telephone(&tx, row.int(0)?, &i.to_string()).await?;
    }
    tx.commit().await?;
    calls(ctx, &ports).await?;
    let seller = "SELECT id FROM identity_user WHERE role = 'salesperson' AND active ORDER BY id LIMIT $1";
    let owner = ctx
        .db()
        .one(seller, binds![1_i64])
        .await?
        .map(|r| r.int(0))
        .transpose()?;
    let values = load::values(vec![
        ("name", "新款流量计电话推广".into()),
        ("class", "promotion".into()),
        ("topic", "news".into()),
        ("owner_id", owner.into()),
        ("script", "您好，我是澄江仪表。贵司去年购买过流量计，新款精度更高、免停机标定，想占用您一分钟。\n\n1. 现在用的是哪个型号？\n2. 今年有没有更换计划？\n3. 是否方便安排工程师上门演示？".into()),
    ]);
    let made = load::rows(
        ctx,
        "call_list",
        vec![(values, super::sample::born(ctx, ctx.today()))],
        progress,
    )
    .await?;
    let sql = "SELECT id FROM party_party WHERE owner_id = $1 AND kind = 'organisation' AND phone IS NOT NULL AND archived_at IS NULL ORDER BY id LIMIT 24";
    let parties = ctx.db().all(sql, binds![owner]).await?;
    let parties = parties
        .iter()
        .map(|r| r.int(0))
        .collect::<zhike_kernel::Result<Vec<_>>>()?;
    let tx = ctx.begin().await?;
    if let Some(list) = made.first() {
        sample::add(ctx, &tx, *list, &parties).await?;
    }
    tx.commit().await?;
    Ok(())
}
