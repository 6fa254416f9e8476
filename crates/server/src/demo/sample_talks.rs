//! What was said with the customers of the made-up manufacturer in the last three months: letters, calls, visits, and what
//! still waits for an answer; with ready-made answers.

use super::{Progress, load};
use anyhow::Result;
use zhike_contract::{Beside, Channel, NewInteraction};
use zhike_kernel::{Door, Stamp};
use zhike_store::{Ctx, Query, Tx, binds};

/// Subject, what the customer wrote, what was answered.
const LETTERS: [(&str, &str, &str); 6] = [
    (
        "流量计标定证书",
        "请补发去年 11 月那批的标定证书，审核要用。",
        "证书已随本邮件寄出，纸质件明天快递。",
    ),
    (
        "交货时间能否提前",
        "产线提前一周开机，能不能先发四台？",
        "可以先发四台，余下的按原日期。",
    ),
    (
        "Spare parts for the DN80",
        "Which seal kit fits the 2019 series, and is it in stock?",
        "Kit S-80 fits. Twelve are in stock; they can leave tomorrow.",
    ),
    (
        "发票抬头更正",
        "十月的发票抬头少了“有限”两个字，请更正。",
        "已作废重开，新发票今天寄出。",
    ),
    (
        "采集网关每晚断线",
        "三号车间的网关每天 23 点左右断线，早上又好了。",
        "请把固件升到 2.4，升级包在附件里。",
    ),
    (
        "Annual calibration",
        "We would like to book the annual calibration for all nine meters.",
        "Our engineer can come in the second week of next month.",
    ),
];
/// Channel, from them, subject, what was said, minutes.
const CONTACTS: [(Channel, bool, &str, &str, i64); 5] = [
    (Channel::Phone, true, "询问到货时间", "货在途中，预计明天下午到。", 4),
    (
        Channel::Phone,
        false,
        "回访使用情况",
        "运行正常，希望下次标定安排在周二。",
        9,
    ),
    (
        Channel::Visit,
        false,
        "新产线现场勘查",
        "需要六台 DN50，安装空间够。",
        90,
    ),
    (Channel::Chat, true, "要产品样册", "已发电子版。", 3),
    (Channel::Phone, true, "核对对账单", "差异是上月的退货，已说明。", 12),
];
const CANNED: [(&str, &str, &str); 3] = [
    (
        "收到，正在处理",
        "{name}，您好：\n\n来信已收到（{number}），我们正在处理，今天给您答复。",
        "Dear {name},\n\nWe have your message ({number}) and are working on it. You will hear from us today.",
    ),
    (
        "请补充序列号",
        "您好：\n\n请告诉我们铭牌上的序列号和安装日期，最好附一张照片。",
        "Hello,\n\nplease tell us the serial number on the name plate and the date of installation; a photograph helps.",
    ),
    (
        "已解决，请确认",
        "您好：\n\n问题已处理。如有不妥，直接回复本邮件即可。",
        "Hello,\n\nthis has been settled. If anything is not right, just answer this letter.",
    ),
];

fn contact(
    channel: Channel,
    outgoing: bool,
    at: Stamp,
    party: i64,
    address: &str,
    subject: &str,
    body: &str,
) -> NewInteraction {
    NewInteraction {
        channel,
        outgoing,
        at,
        party: Some(party),
        address: address.to_owned(),
        subject: subject.to_owned(),
        body: body.to_owned(),
        record: None,
        message: None,
        user: None,
        seconds: None,
        key: None,
    }
}

/// A letter and, if it was answered, the answer in the same conversation.
async fn letter(ctx: &Ctx, tx: &Tx, i: i64, party: i64, address: &str, owner: Option<i64>) -> Result<()> {
    let (subject, asked, answered) = LETTERS[usize::try_from(i).unwrap_or(0) % LETTERS.len()];
    let at = ctx.now().plus_seconds(-(i * i * 9_000 % 7_000_000) - 1_800);
    let inbox = zhike_inbox::port();
    let id = inbox
        .note(
            ctx,
            tx,
            &contact(Channel::Email, false, at, party, address, subject, asked),
        )
        .await?;
    // The newest ones still wait.
    if i % 4 == 3 || at.plus_seconds(86_400) > ctx.now() {
        return Ok(());
    }
    let sql = "SELECT conversation_id FROM inbox_interaction WHERE id = $1";
    let talk = tx.number(sql, binds![id]).await?;
    let mut reply = contact(
        Channel::Email,
        true,
        at.plus_seconds(5_400 + i * 600),
        party,
        address,
        &format!("Re: {subject}"),
        answered,
    );
    reply.record = Some(("conversation".into(), talk));
    reply.user = owner;
    inbox.note(ctx, tx, &reply).await?;
    Ok(())
}

/// An account at a provider that does not exist, switched off: the demonstration sends nothing to anybody.
async fn accounts(ctx: &Ctx, progress: Progress<'_>) -> Result<()> {
    let rows = [
        ("短信通道（示例）", "http", "澄江仪表"),
        ("客服群机器人（示例）", "wecom", ""),
        ("运营商短信中心（示例）", "smpp", "10690000"),
        ("传真网关（示例）", "fax", ""),
    ];
    let rows = rows.iter().map(|(name, kind, sender)| {
        let values = load::values(vec![
            ("name", (*name).into()),
            ("kind", (*kind).into()),
            ("sender", (*sender).into()),
            ("active", false.into()),
        ]);
        (values, super::sample::born(ctx, ctx.today()))
    });
    load::rows(ctx, "channel_account", rows.collect(), progress).await?;
    Ok(())
}

/// What contacts cost: hundredths for each, and for each minute.
async fn rates(ctx: &Ctx, progress: Progress<'_>) -> Result<()> {
    let rows = [
        ("email", 50, 0),
        ("phone", 100, 120),
        ("sms", 6, 0),
        ("chat", 20, 0),
        ("fax", 80, 0),
        ("letter", 350, 0),
        ("visit", 20_000, 150),
    ];
    let from = ctx.now().plus_seconds(-400 * 86_400).date(&ctx.house.zone);
    let rows = rows.iter().map(|(channel, contact, minute)| {
        let values = load::values(vec![
            ("channel", (*channel).into()),
            ("from_on", from.into()),
            ("contact", i64::from(*contact).into()),
            ("minute", i64::from(*minute).into()),
        ]);
        (values, super::sample::born(ctx, from))
    });
    load::rows(ctx, "contact_rate", rows.collect(), progress).await?;
    Ok(())
}

/// What came and went by text message, in one thread each.
async fn messages(ctx: &Ctx, tx: &Tx, i: i64, party: i64, phone: &str, owner: Option<i64>) -> Result<()> {
    let inbox = zhike_inbox::port();
    let at = ctx.now().plus_seconds(-(i * 61_000 % 2_000_000) - 3_600);
    let said = [
        (true, 0, "您好，贵司的流量计今天下午送达，请安排收货。"),
        (false, 1_500, "收到，仓库三点前都有人。"),
        (false, 2_400, "签收单能发一份电子版吗？"),
    ];
    // Every third one still waits for the last answer.
    let most = if i % 3 == 0 { 3 } else { 2 };
    for (outgoing, later, words) in said.into_iter().take(most) {
        let mut one = contact(Channel::Sms, outgoing, at.plus_seconds(later), party, phone, "", words);
        one.user = owner.filter(|_| outgoing);
        inbox.join(ctx, tx, &one, &Beside::default()).await?;
    }
    Ok(())
}

pub(super) async fn fill(ctx: &Ctx, progress: Progress<'_>) -> Result<()> {
    accounts(ctx, progress).await?;
    let rows = CANNED
        .iter()
        .map(|(name, zh, en)| {
            let values = load::values(vec![
                ("name", (*name).into()),
                ("text_zh", (*zh).into()),
                ("text_en", (*en).into()),
            ]);
            (values, super::sample::born(ctx, ctx.today()))
        })
        .collect();
    load::rows(ctx, "canned_answer", rows, progress).await?;
    rates(ctx, progress).await?;
    let sql = "SELECT id, owner_id, COALESCE(email,''), COALESCE(phone,'') FROM party_party WHERE kind = 'organisation' \
               AND status = 'active' AND archived_at IS NULL ORDER BY id LIMIT $1";
    let parties = ctx.db().all(sql, binds![72_i64]).await?;
    let ctx = &Ctx::system(&ctx.house, Door::Job);
    let tx = ctx.begin().await?;
    for (i, row) in (0_i64..).zip(&parties) {
        let (party, owner, email, phone) = (row.int(0)?, row.opt_int(1)?, row.text(2)?, row.text(3)?);
        if i % 12 == 5 && !phone.is_empty() {
            messages(ctx, &tx, i, party, &phone, owner).await?;
        }
        if i % 2 == 0 {
            letter(ctx, &tx, i, party, &email, owner).await?;
        }
        let (channel, from_them, subject, said, minutes) = CONTACTS[usize::try_from(i).unwrap_or(0) % CONTACTS.len()];
        let at = ctx.now().plus_seconds(-(i * 97_000 % 7_700_000) - 7_200);
        let mut one = contact(channel, !from_them, at, party, &phone, subject, said);
        one.user = owner;
        one.seconds = Some(minutes * 60);
        zhike_inbox::port().note(ctx, &tx, &one).await?;
    }
    // What customers had to bear is looked for as soon as the house is open, not only at night.
    zhike_jobs::push(&tx, "service.experience", Some("demo"), &serde_json::json!({})).await?;
    tx.commit().await?;
    Ok(())
}
