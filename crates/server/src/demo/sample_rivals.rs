//! What the made-up manufacturer knows of its competitors: profiles, what customers buy from them, prices seen, and who
//! won the deals that were lost to a rival.

use super::{Progress, load};
use anyhow::Result;
use jiff::ToSpan;
use zhike_kernel::Value;
use zhike_store::{Ctx, Query, binds};

/// Threat, what customers do by themselves, about that, strengths, weaknesses.
const PROFILES: [(&str, &str, &str, &str, &str); 4] = [
    (
        "high",
        "order track configure price documents",
        "客户门户可自助选型、下单并查看交期，约三成老客户已在用。",
        "价格低，门户好用，华东库存充足。",
        "高温工况产品线短，现场服务响应慢。",
    ),
    (
        "normal",
        "track documents",
        "公众号可查订单和下载证书。",
        "交期快。",
        "不做定制。",
    ),
    ("normal", "", "", "与设计院关系深。", "价格高，交期长。"),
    (
        "low",
        "invoices",
        "电子发票自助下载。",
        "本地小厂，账期宽松。",
        "质量不稳定，没有防爆认证。",
    ),
];
const SOURCES: [&str; 4] = ["customer", "visit", "tender", "public"];
const CERTAINTY: [&str; 3] = ["sure", "likely", "rumour"];
const PLACES: [&str; 4] = ["招标公示", "客户采购部", "行业展会", "对方网店"];

pub(super) async fn fill(ctx: &Ctx, progress: Progress<'_>) -> Result<()> {
    let today = ctx.today();
    let back = |days: i64| today.checked_sub(days.days()).unwrap_or(today);
    let ids = async |sql: &str, most: i64| -> Result<Vec<i64>> {
        let rows = ctx.db().all(sql, binds![most]).await?;
        Ok(rows.iter().map(|r| r.int(0)).collect::<zhike_kernel::Result<_>>()?)
    };
    let rivals = "SELECT p.id FROM party_party p JOIN party_role r ON r.party_id = p.id AND r.role = 'competitor' ORDER BY p.id LIMIT $1";
    let rivals = ids(rivals, 12).await?;
    let products = "SELECT id FROM catalog_product WHERE kind = 'goods' AND archived_at IS NULL ORDER BY id LIMIT $1";
    let products = ids(products, 24).await?;
    let customers = "SELECT id FROM party_party WHERE kind = 'organisation' AND status = 'active' AND owner_id IS NOT NULL \
                     AND archived_at IS NULL ORDER BY id LIMIT $1";
    let customers = ids(customers, 120).await?;
    if rivals.is_empty() || products.is_empty() {
        return Ok(());
    }
    let rows = rivals
        .iter()
        .zip(PROFILES.iter().cycle())
        .map(|(rival, (threat, powers, note, strong, weak))| {
            let words = |t: &str| if t.is_empty() { Value::Null } else { t.into() };
            let values = load::values(vec![
                ("party_id", (*rival).into()),
                ("threat", (*threat).into()),
                ("powers", words(powers)),
                ("powers_note", words(note)),
                ("strengths", (*strong).into()),
                ("weaknesses", (*weak).into()),
            ]);
            (values, None)
        })
        .collect();
    load::rows(ctx, "rival_profile", rows, progress).await?;
    let mut rows = vec![];
    for (i, customer) in (0_i64..).zip(customers.iter().step_by(3)) {
        let at = usize::try_from(i).unwrap_or(0);
        let one = |since: i64, share: i64| {
            load::values(vec![
                ("party_id", (*customer).into()),
                ("rival_id", rivals.get(at % rivals.len()).copied().into()),
                ("product_id", products.get(at % products.len()).copied().into()),
                ("share", (share * 10_000).into()),
                ("amount", ((40_000 + i * 3_500) * 100).into()),
                ("price", ((1_800 + i * 37) * 100).into()),
                ("since_on", back(since).into()),
                ("source", SOURCES[at % SOURCES.len()].into()),
                ("certainty", CERTAINTY[at % CERTAINTY.len()].into()),
            ])
        };
        // Of every fourth it is known how it was a year ago.
        if i % 4 == 0 {
            rows.push((one(400, 60), None));
        }
        rows.push((one(30 + i * 3, 20 + i * 7 % 60), None));
    }
    load::rows(ctx, "supply", rows, progress).await?;
    let rows = (0_i64..36)
        .map(|i| {
            let at = usize::try_from(i).unwrap_or(0);
            let values = load::values(vec![
                ("rival_id", rivals.get(at % rivals.len()).copied().into()),
                ("product_id", products.get(at * 5 % products.len()).copied().into()),
                ("price", ((1_500 + i * 61) * 100).into()),
                ("seen_on", back(i * 9).into()),
                ("place", PLACES[at % PLACES.len()].into()),
                ("source", SOURCES[at % SOURCES.len()].into()),
                ("certainty", CERTAINTY[at % CERTAINTY.len()].into()),
            ]);
            (values, None)
        })
        .collect();
    load::rows(ctx, "price_seen", rows, progress).await?;
    // Lost to a rival: the one that was met won it. Some met stand ahead, some behind.
    let tx = ctx.begin().await?;
    tx.exec(
        "UPDATE sales_deal_rival SET won = TRUE, stance = 'ahead' WHERE EXISTS (SELECT 1 FROM sales_deal d JOIN sales_reason r \
         ON r.id = d.reason_id JOIN sales_stage s ON s.id = d.stage_id WHERE d.id = sales_deal_rival.deal_id AND s.kind = 'lost' AND r.code = 'rival')",
        vec![],
    )
    .await?;
    tx.exec(
        "UPDATE sales_deal_rival SET stance = CASE WHEN id % 3 = 0 THEN 'behind' ELSE 'level' END WHERE NOT won AND id % 4 <> 0",
        vec![],
    )
    .await?;
    tx.commit().await?;
    Ok(())
}
