//! Holidays, an incident with the customers it hit, articles.

use super::super::{Progress, load};
use anyhow::Result;
use jiff::ToSpan;
use zhike_kernel::{Date, Value};
use zhike_service::sample;
use zhike_store::Ctx;

/// Days that are the same each year.
pub(super) async fn holidays(ctx: &Ctx, progress: Progress<'_>) -> Result<()> {
    let year = ctx.today().year();
    let mut rows = vec![];
    for (month, day, name, latin) in [
        (1_i8, 1_i8, "元旦", "New Year"),
        (5, 1, "劳动节", "Labour Day"),
        (10, 1, "国庆节", "National Day"),
        (10, 2, "国庆节", "National Day"),
        (10, 3, "国庆节", "National Day"),
    ] {
        for y in [year, year + 1] {
            if let Ok(d) = Date::new(y, month, day) {
                let values = load::values(vec![
                    ("day", d.into()),
                    ("name", name.into()),
                    ("name_latin", latin.into()),
                ]);
                rows.push((values, None));
            }
        }
    }
    load::rows(ctx, "holiday", rows, progress).await?;
    Ok(())
}

/// An incident with the customers it hit, improvements, articles.
pub(super) async fn more(ctx: &Ctx, products: &[i64], progress: Progress<'_>) -> Result<()> {
    let first = products.first().copied().map_or(Value::Null, Value::Int);
    let from = ctx.today().checked_sub(120.days()).unwrap_or(ctx.today());
    let incident = load::values(vec![
        ("name", "2408 批传感器衬里缺陷".into()),
        ("name_latin", "Sensor lining, batch 2408".into()),
        ("product_id", first.clone()),
        ("batch", "2408".into()),
        ("from_on", from.into()),
        (
            "letter",
            "我们发现 2408 批传感器衬里可能提前老化，将主动为您更换，请联系对接人安排时间。".into(),
        ),
        (
            "letter_latin",
            "Sensor linings of batch 2408 may age early. We replace them; please agree a time with your contact."
                .into(),
        ),
    ]);
    let ids = load::rows(ctx, "incident", vec![(incident, None)], progress).await?;
    for id in ids {
        sample::find_hit(ctx, id).await?;
    }
    let articles = [
        (
            "流量计读数漂移怎么办",
            "What to do when a flow meter drifts",
            "先检查接地与管道振动；再按说明 4.2 重新标定；批次 2408 请直接更换传感器。",
        ),
        (
            "显示屏看不清",
            "Display hard to read",
            "菜单 3-2 调高背光；户外安装请加遮光罩。",
        ),
        (
            "拨码开关怎么设置",
            "Setting the DIP switches",
            "以新版说明第 6 页为准：1 开 2 关为本地，1 关 2 开为远程。",
        ),
    ];
    let rows = articles
        .iter()
        .map(|(name, latin, body)| {
            let values = load::values(vec![
                ("name", (*name).into()),
                ("name_latin", (*latin).into()),
                ("body", (*body).into()),
                ("status", "published".into()),
                ("open", true.into()),
            ]);
            (values, None)
        })
        .collect();
    load::rows(ctx, "article", rows, progress).await?;
    Ok(())
}
