//! Claims of the demonstration: the plan of dunning with notices, payment links, and messages of a made-up ERP.

use super::{Progress, load};
use anyhow::{Result, anyhow};
use serde_json::json;
use zhike_kernel::number;
use zhike_store::{Ctx, Query, binds, setting};

/// Levels: days, name, Latin name, letter, letter in English, fee.
const LEVELS: [(i64, &str, &str, &str, &str, i64); 3] = [
    (
        7,
        "付款提醒",
        "Payment reminder",
        "{customer}：\n您好！贵方尚有 {amount} 未付，可能是疏忽了。如已付款，请不必理会。\n\n{company}",
        "Dear {customer},\nperhaps it escaped you: {amount} is open. If you have paid meanwhile, please take this as done.\n\n{company}",
        0,
    ),
    (
        21,
        "第二次提醒",
        "Second reminder",
        "{customer}：\n我们还没有收到 {amount}，最长已逾期 {days} 天。请在七日内付款。\n\n{company}",
        "Dear {customer},\nwe have not received {amount}, up to {days} days overdue. Please pay within seven days.\n\n{company}",
        5_000,
    ),
    (
        45,
        "最后提醒",
        "Last reminder",
        "{customer}：\n多次提醒后仍有 {amount} 未付。请在七日内付清 {total}，否则我们将暂停发货。\n\n{company}",
        "Dear {customer},\nin spite of our reminders {amount} is still open. Please pay {total} within seven days; otherwise we stop deliveries.\n\n{company}",
        10_000,
    ),
];

pub(super) async fn fill(ctx: &Ctx, progress: Progress<'_>) -> Result<()> {
    let levels = LEVELS
        .iter()
        .map(|(days, name, latin, letter, english, fee)| {
            let row = load::values(vec![
                ("days", (*days).into()),
                ("name", (*name).into()),
                ("name_latin", (*latin).into()),
                ("letter", (*letter).into()),
                ("letter_latin", (*english).into()),
                ("fee", Some(*fee).filter(|f| *f > 0).into()),
                ("currency", ctx.house.currency.code().into()),
            ]);
            (row, None)
        })
        .collect();
    load::rows(ctx, "dunning_level", levels, progress).await?;
    let late = "SELECT party_id FROM billing_invoice WHERE status = 'open' AND open > 0 AND due_on < $1 AND archived_at IS NULL \
                GROUP BY party_id ORDER BY party_id LIMIT 3";
    let rows = ctx.db().all(late, binds![ctx.today().to_string()]).await?;
    let mut blocks = vec![];
    for (i, r) in rows.iter().enumerate() {
        let until = ctx.today().checked_add(jiff::Span::new().days(30)).ok();
        blocks.push((
            load::values(vec![
                ("party_id", r.int(0)?.into()),
                ("reason", ["dispute", "agreement", "other"].get(i).copied().into()),
                (
                    "until_on",
                    if i == 1 { None } else { until.map(|d| d.to_string()) }.into(),
                ),
                (
                    "note",
                    [
                        "对数量有异议，等待复核。",
                        "已约定月底付清。",
                        "年度框架，季末统一结算。",
                    ]
                    .get(i)
                    .copied()
                    .into(),
                ),
            ]),
            None,
        ));
    }
    load::rows(ctx, "dunning_block", blocks, progress).await?;
    let n = zhike_billing::propose_dunning(ctx, zhike_consent::outbound().as_ref())
        .await
        .map_err(|e| anyhow!("dunning: {e}"))?;
    progress(
        "dunning",
        usize::try_from(n).unwrap_or(0),
        usize::try_from(n).unwrap_or(0),
    );
    links(ctx).await?;
    messages(ctx).await
}

/// The company's account, and links to the newest open invoices.
async fn links(ctx: &Ctx) -> Result<()> {
    let setup = json!({"on": false, "holder": "澄江仪表有限公司", "bank": "中国工商银行澄江支行", "account": "1402 0287 0960 0123 456",
        "bic": "ICBKCNBJ", "note": "请在附言中写明发票号。"});
    let rows = ctx
        .db()
        .all(
            "SELECT id FROM billing_invoice WHERE status = 'open' AND open > 0 ORDER BY issued_on DESC, id DESC LIMIT 6",
            binds![],
        )
        .await?;
    let tx = ctx.begin().await?;
    setting::set(&tx, "online_payment", &setup.to_string()).await?;
    for (i, r) in (0_i64..).zip(&rows) {
        let made = tx.at.plus_seconds(-(i + 1) * 86_400);
        let opened = (i % 2 == 0).then(|| made.plus_seconds(7_200).0);
        tx.exec(
            "INSERT INTO billing_link (kind, invoice_id, nonce, made_at, ends_at, opened_at, opens) VALUES ('pay',$1,$2,$3,$4,$5,$6)",
            binds![r.int(0)?, zhike_web::seal::nonce(), made.0, made.plus_seconds(90 * 86_400).0, opened, i64::from(opened.is_some())],
        )
        .await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Two messages of an ERP, one with a refusal, and a webhook that is switched off.
async fn messages(ctx: &Ctx) -> Result<()> {
    let sql = "SELECT p.id, p.sku, l.on_hand FROM catalog_product p JOIN stock_level l ON l.product_id = p.id \
               JOIN stock_warehouse w ON w.id = l.warehouse_id WHERE w.code = 'W1' AND l.on_hand > 0 AND p.archived_at IS NULL ORDER BY p.id LIMIT 3";
    let rows = ctx.db().all(sql, binds![]).await?;
    let user = ctx.db().number("SELECT min(id) FROM identity_user", binds![]).await?;
    let mut items = vec![];
    for r in &rows {
        // What the warehouse holds: the ERP says the same.
        let counted = number::write_scaled(r.int(2)?, 3);
        items.push((
            Some(r.int(0)?),
            json!({"product": r.text(1)?, "warehouse": "W1", "on_hand": counted}),
        ));
    }
    items.push((None, json!({"product": "ZJ-9999", "warehouse": "W1", "on_hand": 4})));
    let tx = ctx.begin().await?;
    for (day, of) in [
        (2_i64, items.get(..rows.len()).unwrap_or_default()),
        (1, items.as_slice()),
    ] {
        let at = tx.at.plus_seconds(-day * 86_400);
        let message = format!("stock-{}", at.date(&ctx.house.zone));
        let all: Vec<_> = of.iter().map(|i| &i.1).collect();
        let body = json!({"sender": "erp", "message_id": message, "sent_at": at.rfc3339(), "items": all}).to_string();
        let good = of.iter().filter(|i| i.0.is_some()).count();
        let id = tx
            .insert(
                "INSERT INTO connect_inbound (user_id, sender, kind, message, sent_at, body, received_at, done_at, applied, unchanged, refused, replays) \
                 VALUES ($1,'erp','stock-levels',$2,$3,$4,$5,$6,0,$7,$8,0) RETURNING id",
                binds![
                    user,
                    message,
                    at.0,
                    body,
                    at.0,
                    at.0,
                    i64::try_from(good).unwrap_or(0),
                    i64::try_from(of.len() - good).unwrap_or(0)
                ],
            )
            .await?;
        for (position, (product, item)) in (0_i64..).zip(of) {
            let key = format!("{} @ W1", item.get("product").and_then(|p| p.as_str()).unwrap_or(""));
            let (outcome, code, field) = match product {
                Some(_) => ("unchanged", None, None),
                None => (
                    "refused",
                    Some("error-inbound-unknown".to_owned()),
                    Some("product".to_owned()),
                ),
            };
            tx.exec(
                "INSERT INTO connect_item (inbound_id, position, item_key, outcome, code, field, record_type, record_id, at) \
                 VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)",
                binds![id, position, key, outcome, code, field, product.map(|_| "product".to_owned()), *product, at.0],
            )
            .await?;
        }
    }
    tx.exec(
        "INSERT INTO connect_subscription (version, name, url, kinds, secret, active, cursor, created_at) \
         VALUES (1,'ERP','https://erp.example.com/hooks/zhike','order.* invoice.*',$1,FALSE,(SELECT COALESCE(MAX(id), 0) FROM event),$2)",
        binds![zhike_web::seal::nonce(), tx.at.0],
    )
    .await?;
    tx.commit().await?;
    Ok(())
}
