//! How the made-up manufacturer sells: configuration, variants, bundle, plan, packages, price books.

use super::{
    Progress,
    load::{self, values},
    sample::born,
};
use anyhow::{Context, Result};
use std::collections::HashMap;
use zhike_kernel::{Date, Stamp, Value};
use zhike_sample::offers::{AXES, BOOKS, GROUPS, KIT, OPTIONS, RULES, UNITS, Whom};
use zhike_store::{Ctx, Query, binds, read};

/// Tax classes: goods and services, with the rates of recent years. Their ids.
pub(super) async fn taxes(ctx: &Ctx, start: Date, progress: Progress<'_>) -> Result<(i64, i64)> {
    let born = born(ctx, start);
    let class = |zh: &str, en: &str, code: &str| {
        (
            values(vec![
                ("name", zh.into()),
                ("name_latin", en.into()),
                ("code", code.into()),
            ]),
            born,
        )
    };
    let rows = vec![
        class("增值税·货物", "VAT, goods", "VAT-G"),
        class("增值税·服务", "VAT, services", "VAT-S"),
    ];
    let classes = load::rows(ctx, "tax_class", rows, progress).await?;
    let [goods, services] = classes.as_slice() else {
        anyhow::bail!("two tax classes were expected");
    };
    let rate = |class: i64, on: &str, ppm: i64| {
        (
            values(vec![
                ("class_id", class.into()),
                ("from_on", on.into()),
                ("rate", ppm.into()),
            ]),
            born,
        )
    };
    let rows = vec![
        rate(*goods, "2018-05-01", 160_000),
        rate(*goods, "2019-04-01", 130_000),
        rate(*services, "2018-05-01", 60_000),
    ];
    load::rows(ctx, "tax_class_rate", rows, progress).await?;
    Ok((*goods, *services))
}

/// A product of these offers, as it is kept.
fn product(
    sku: &str,
    zh: &str,
    en: &str,
    category: Option<i64>,
    class: i64,
    more: Vec<(&str, Value)>,
) -> zhike_kernel::Values {
    let mut all = vec![
        ("sku", sku.into()),
        ("name", zh.into()),
        ("name_latin", en.into()),
        ("category_id", category.into()),
        ("tax_class_id", class.into()),
        ("currency", "CNY".into()),
        ("active", true.into()),
    ];
    all.extend(more);
    values(all)
}

/// Enters all of it; the orders of the history are there already and refer to none of it.
pub(super) async fn fill(
    ctx: &Ctx,
    start: Date,
    (goods, services): (i64, i64),
    first: Option<i64>,
    progress: Progress<'_>,
) -> Result<()> {
    let at = born(ctx, start);
    let mut skus: HashMap<String, i64> = HashMap::new();
    for row in ctx
        .db()
        .all("SELECT sku, id FROM catalog_product ORDER BY id", vec![])
        .await?
    {
        skus.insert(row.text(0)?, row.int(1)?);
    }
    let category = |code: &'static str| async move {
        let row = ctx
            .db()
            .one("SELECT id FROM catalog_category WHERE code = $1", binds![code])
            .await?;
        anyhow::Ok(row.map(|r| r.int(0)).transpose()?)
    };
    let (meters, pressure, field) = (
        category("electromagnetic").await?,
        category("pressure").await?,
        category("field").await?,
    );
    let rows = vec![
        product(
            "EM90",
            "选配型电磁流量计 EM90",
            "Flow meter EM90, made to order",
            meters,
            goods,
            vec![
                ("unit", "piece".into()),
                ("price", 498_000.into()),
                ("cost", 321_000.into()),
                ("configurable", true.into()),
                ("description", "按口径、内衬、电极、输出和认证选配。".into()),
            ],
        ),
        product(
            "PG40",
            "压力表 PG40",
            "Pressure gauge PG40",
            pressure,
            goods,
            vec![
                ("unit", "piece".into()),
                ("price", 38_000.into()),
                ("cost", 22_500.into()),
            ],
        ),
        product(
            "KIT-START",
            "入门套件",
            "Starter kit",
            meters,
            goods,
            vec![("unit", "set".into())],
        ),
        product(
            "FS-CARE",
            "运维托管服务",
            "Care plan",
            field,
            services,
            vec![
                ("kind", "service".into()),
                ("unit", "month".into()),
                ("price", 30_000.into()),
                ("cost", 12_000.into()),
                ("recurring", "month".into()),
                ("term_months", 12.into()),
            ],
        ),
    ];
    let names = ["EM90", "PG40", "KIT-START", "FS-CARE"];
    let ids = load::rows(ctx, "product", rows.into_iter().map(|v| (v, at)).collect(), progress).await?;
    skus.extend(names.iter().map(|n| (*n).to_owned()).zip(ids));
    let id = |sku: &str| skus.get(sku).copied().with_context(|| format!("no product {sku}"));
    options(ctx, id("EM90")?, at, progress).await?;
    let mut rows = vec![];
    for (place, (zh, en, choices)) in (1_i64..).zip(AXES) {
        let v = vec![
            ("name", (*zh).into()),
            ("name_latin", (*en).into()),
            ("product_id", id("PG40")?.into()),
            ("position", place.into()),
            ("choices", (*choices).into()),
        ];
        rows.push((values(v), at));
    }
    load::rows(ctx, "product_axis", rows, progress).await?;
    let tx = ctx.begin().await?;
    let template = read::need(ctx, &tx, ctx.registry().get("product")?, id("PG40")?).await?;
    zhike_catalog::make_variants(ctx, &tx, &template).await?;
    tx.commit().await?;
    let mut rows = vec![];
    for (sku, unit, pieces) in UNITS {
        rows.push((
            values(vec![
                ("product_id", id(sku)?.into()),
                ("unit", (*unit).into()),
                ("factor", (pieces * 1_000).into()),
            ]),
            at,
        ));
    }
    load::rows(ctx, "product_unit", rows, progress).await?;
    let mut rows = vec![];
    for (sku, pieces) in KIT {
        let v = vec![
            ("product_id", id("KIT-START")?.into()),
            ("part_id", id(sku)?.into()),
            ("quantity", (pieces * 1_000).into()),
        ];
        rows.push((values(v), at));
    }
    load::rows(ctx, "bundle_part", rows, progress).await?;
    for book in BOOKS {
        let day = |d: &str| format!("{}-{d}", ctx.today().year());
        let row = values(vec![
            ("name", book.zh.into()),
            ("name_latin", book.en.into()),
            ("code", book.code.into()),
            ("currency", book.currency.into()),
            ("active", true.into()),
            ("tier", (book.whom == Whom::Gold).then_some("gold").into()),
            (
                "channel",
                match book.whom {
                    Whom::Channel(c) => c.into(),
                    _ => Value::Null,
                },
            ),
            ("party_id", first.filter(|_| book.whom == Whom::First).into()),
            ("from_on", book.days.map(|d| day(d.0)).into()),
            ("until_on", book.days.map(|d| day(d.1)).into()),
        ]);
        let books = load::rows(ctx, "price_book", vec![(row, at)], progress).await?;
        let mut rows = vec![];
        for (sku, from, price, percent) in book.entries {
            let v = vec![
                ("book_id", books.first().copied().into()),
                ("product_id", id(sku)?.into()),
                ("from_quantity", (from * 1_000).into()),
                ("price", (*price).into()),
                ("discount_rate", percent.map(|p| p * 10_000).into()),
            ];
            rows.push((values(v), at));
        }
        load::rows(ctx, "price_entry", rows, progress).await?;
    }
    Ok(())
}

async fn options(ctx: &Ctx, product: i64, at: Option<Stamp>, progress: Progress<'_>) -> Result<()> {
    let groups = (1_i64..).zip(GROUPS).map(|(place, (zh, en, least, most))| {
        let v = vec![
            ("product_id", product.into()),
            ("name", (*zh).into()),
            ("name_latin", (*en).into()),
            ("position", place.into()),
            ("least", (*least).into()),
            ("most", (*most).into()),
        ];
        (values(v), at)
    });
    let groups = load::rows(ctx, "option_group", groups.collect(), progress).await?;
    let options = (1_i64..)
        .zip(OPTIONS)
        .map(|(place, (group, code, zh, en, preset, price, cost))| {
            let v = vec![
                ("group_id", groups.get(*group).copied().into()),
                ("code", (*code).into()),
                ("name", (*zh).into()),
                ("name_latin", (*en).into()),
                ("position", place.into()),
                ("preset", (*preset).into()),
                ("price", (price * 100).into()),
                ("cost", (cost * 100).into()),
            ];
            (values(v), at)
        });
    load::rows(ctx, "product_option", options.collect(), progress).await?;
    let rules = RULES.iter().map(|(kind, given, others, zh, en)| {
        let v = vec![
            ("product_id", product.into()),
            ("kind", (*kind).into()),
            ("given", (*given).into()),
            ("others", (*others).into()),
            ("message", (*zh).into()),
            ("message_latin", (*en).into()),
        ];
        (values(v), at)
    });
    load::rows(ctx, "option_rule", rules.collect(), progress).await?;
    Ok(())
}
