//! How the customers of the made-up manufacturer want to be contacted: wishes of a third of them, consents, closed addresses,
//! and messages that went, wait for the customer's time, or are not sent.

use super::{Progress, load};
use anyhow::{Result, anyhow};
use async_trait::async_trait;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use zhike_contract::{
    Carrier, Channel, Permit,
    gate::{Ask, Class},
    outbound::{Carried, Message, Parcel},
};
use zhike_kernel::{Stamp, Value};
use zhike_store::{Ctx, Query, binds};

/// So many customers have something to say.
const MOST: i64 = 400;

/// Takes the sample's own messages, as a mail server would.
struct Mailbox;

#[async_trait]
impl Carrier for Mailbox {
    fn channel(&self) -> Channel {
        Channel::Email
    }
    async fn ready(&self, _ctx: &Ctx) -> zhike_kernel::Result<bool> {
        Ok(true)
    }
    async fn carry(&self, _ctx: &Ctx, _permit: Permit, parcel: &Parcel) -> zhike_kernel::Result<Carried> {
        Ok(Carried::Gone(format!("<{}@sample>", parcel.message)))
    }
}

/// Wishes in turn: what, who said so, on what evidence.
fn wish(i: usize) -> (Json, &'static str, &'static str) {
    let way = |channel: &str, allow: Json| json!({"channel": channel, "allow": allow});
    match i % 6 {
        0 => (
            json!({"channels": [way("chat", json!("all")), way("phone", json!("all")), way("email", json!({"only": ["contract"]})), way("sms", json!("no"))],
                "hours": [{"days": 10, "from": 840, "to": 960}], "caps": [{"most": 2, "per": "month"}],
                "wanted": ["tips", "training"], "level": "manager", "places": "我方工厂"}),
            "customer",
            "",
        ),
        1 => (
            json!({"channels": [way("email", json!("all")), way("phone", json!({"only": ["contract", "service"]}))],
                "hours": [{"days": 31, "from": 540, "to": 690}, {"days": 31, "from": 810, "to": 1020}], "language": "zh-CN", "level": "standard"}),
            "employee",
            "拜访时客户口头说明，已记入拜访记录",
        ),
        2 => (
            json!({"unwanted": ["offers"], "wanted": ["news", "tips"], "caps": [{"most": 1, "per": "week"}], "level": "self"}),
            "customer",
            "",
        ),
        3 => (
            json!({"hours": [{"days": 96, "from": 600, "to": 1200}, {"days": 31, "from": 1080, "to": 1260}], "level": "standard"}),
            "employee",
            "电话中说明：白天在车间，不方便接听",
        ),
        4 => (
            json!({"channels": [way("phone", json!("no")), way("email", json!("all")), way("letter", json!("all"))], "language": "en", "interests": "集邮，羽毛球"}),
            "import",
            "旧系统的客户卡",
        ),
        _ => (
            json!({"level": "manager", "interests": "茶叶，书法", "places": "线上"}),
            "inferred",
            "近一年的会面记录",
        ),
    }
}

pub(super) async fn fill(ctx: &Ctx, progress: Progress<'_>) -> Result<()> {
    zhike_consent::usual_topics(ctx)
        .await
        .map_err(|e| anyhow!("topics: {e}"))?;
    let sql = "SELECT id, email, phone FROM party_party WHERE kind = 'organisation' AND status = 'active' AND roles LIKE '%customer%' \
               AND archived_at IS NULL ORDER BY id LIMIT $1";
    let all = ctx.db().all(sql, binds![MOST * 3]).await?;
    let mut chosen = vec![];
    for row in all.iter().step_by(3) {
        chosen.push((
            row.int(0)?,
            row.opt_text(1)?.unwrap_or_default(),
            row.opt_text(2)?.unwrap_or_default(),
        ));
    }
    let tx = ctx.begin().await?;
    for (i, (party, ..)) in chosen.iter().enumerate() {
        let (wish, by, proof) = wish(i);
        zhike_consent::state_wishes(ctx, &tx, *party, wish, by, proof)
            .await
            .map_err(|e| anyhow!("wishes: {e}"))?;
    }
    tx.commit().await?;
    progress("preference", chosen.len(), chosen.len());
    agreed(ctx, &chosen, progress).await?;
    messages(ctx, &chosen).await?;
    progress("message", chosen.len().min(24), chosen.len().min(24));
    Ok(())
}

async fn agreed(ctx: &Ctx, chosen: &[(i64, String, String)], progress: Progress<'_>) -> Result<()> {
    let day = |back: i64| ctx.now().plus_seconds(-back * 86_400).date(&ctx.house.zone);
    let (mut consents, mut closed) = (vec![], vec![]);
    for (i, (party, email, phone)) in chosen.iter().enumerate() {
        let back = 30 + i64::try_from(i * 11 % 300).unwrap_or(0);
        if i % 2 == 0 {
            let mut row = vec![
                ("party_id", (*party).into()),
                ("purpose", "promotion".into()),
                ("channel", if i % 4 == 0 { Value::Null } else { "email".into() }),
                ("given_on", day(back).into()),
                ("source", if i % 6 == 0 { "form" } else { "paper" }.into()),
                ("proof", "展会登记表，客户签字".into()),
            ];
            if i % 10 == 4 {
                row.push(("withdrawn_on", day(back / 2).into()));
                row.push(("withdrawn_how", "客户来电要求停止".into()));
            }
            consents.push((load::values(row), None));
        }
        let address = if i % 2 == 0 { ("email", email) } else { ("sms", phone) };
        if i % 9 == 7 && !address.1.is_empty() {
            closed.push((
                load::values(vec![
                    ("channel", address.0.into()),
                    ("address", address.1.as_str().into()),
                    ("scope", if i % 2 == 0 { "promotion" } else { "all" }.into()),
                    ("since_on", day(back / 3).into()),
                    ("source", "message".into()),
                    ("proof", "回复“退订”".into()),
                    ("party_id", (*party).into()),
                ]),
                None,
            ));
        }
    }
    load::rows(ctx, "consent", consents, progress).await?;
    load::rows(ctx, "opt_out", closed, progress).await?;
    Ok(())
}

async fn messages(ctx: &Ctx, chosen: &[(i64, String, String)]) -> Result<()> {
    let outbound = zhike_consent::outbound();
    let late: Stamp = {
        // This evening: whoever keeps working hours hears of it tomorrow.
        let today = ctx.now().date(&ctx.house.zone);
        Stamp::start_of(today, &ctx.house.zone).plus_seconds(23 * 3_600)
    };
    let texts = [
        (
            Class::Service,
            true,
            "order",
            "订单已安排生产",
            "您的订单已安排生产，预计按期交付。",
        ),
        (
            Class::Promotion,
            false,
            "tips",
            "入冬前的流量计保养建议",
            "附上入冬前保养流量计的五条建议。",
        ),
        (
            Class::Contract,
            false,
            "order",
            "送货安排",
            "货物将于明日送达，请安排收货。",
        ),
        (
            Class::Promotion,
            false,
            "offers",
            "年末校准服务优惠",
            "年末校准服务八五折。",
        ),
    ];
    let tx = ctx.begin().await?;
    for (i, (party, ..)) in chosen.iter().filter(|c| !c.1.is_empty()).take(24).enumerate() {
        let (class, agreed, topic, subject, body) = texts[i % texts.len()];
        let message = Message {
            ask: Ask {
                party: *party,
                class,
                topic: topic.into(),
                channel: Channel::Email,
                address: None,
                at: if agreed { ctx.now() } else { late.max(ctx.now()) },
                may_change: true,
                may_wait: true,
                agreed,
            },
            subject: subject.into(),
            body: body.into(),
            record: Some(("party", *party)),
            key: Some(format!("sample:{party}:{topic}")),
        };
        outbound
            .send(ctx, &tx, &message)
            .await
            .map_err(|e| anyhow!("messages: {e}"))?;
    }
    tx.commit().await?;
    let mailbox: Arc<dyn Carrier> = Arc::new(Mailbox);
    zhike_consent::release(ctx, &zhike_consent::Carriers::new(vec![mailbox]))
        .await
        .map_err(|e| anyhow!("messages: {e}"))?;
    Ok(())
}
