//! The configurator's answer: a product of 200 options in 20 groups with 500 rules, asked over the API (analysis of every
//! option with its reason, price with its reasons) and as the page's fragment.

use crate::{
    http::{self, Make},
    pages::Run,
    report::Results,
};
use anyhow::{Context, Result};
use std::sync::Arc;
use zhike_kernel::{Value, Values};
use zhike_store::{Ctx, Query, binds, write};

const GROUPS: usize = 20;
const EACH: usize = 10;
const RULES: usize = 500;

/// Which option of a group belongs to the hidden choice that keeps all rules.
fn hidden(group: usize) -> usize {
    (group * 7 + 3) % EACH
}

fn code(group: usize, option: usize) -> String {
    format!("G{group:02}-{option}")
}

fn mixed(n: usize) -> usize {
    let mut x = (n as u64).wrapping_add(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((x ^ (x >> 31)) % 1_000_003) as usize
}

/// A rule that the hidden choice keeps: kind, condition, others.
fn rule(n: usize) -> (&'static str, String, String) {
    for turn in 0.. {
        let pick = |k: usize| {
            let r = mixed(n * 131 + turn * 17 + k);
            (r % GROUPS, (r / GROUPS) % EACH)
        };
        let ((g, o), (h, p), (i, q)) = (pick(1), pick(2), pick(3));
        if g == h || h == i || g == i {
            continue;
        }
        let is = |g: usize, o: usize| hidden(g) == o;
        let (a, b, c) = (code(g, o), code(h, p), code(i, q));
        match n % 3 {
            0 if !(is(g, o) && is(h, p)) => return ("excludes", a, b),
            1 if !is(g, o) || is(h, p) => return ("requires", a, b),
            2 if !(is(g, o) && is(h, p)) || is(i, q) => return ("requires", format!("{a} {b}"), c),
            _ => {}
        }
    }
    unreachable!("a rule is found")
}

fn values(pairs: Vec<(&str, Value)>) -> Values {
    pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()
}

async fn product(ctx: &Ctx) -> Result<i64> {
    let sql = "SELECT id FROM catalog_product WHERE sku = $1";
    let found = ctx.db().number(sql, binds!["BENCH-CONF"]).await?;
    if found > 0 {
        return Ok(found);
    }
    let tx = ctx.begin().await?;
    let ty = |name: &str| ctx.registry().get(name).cloned();
    let new = vec![
        ("sku", "BENCH-CONF".into()),
        ("name", "Bench".into()),
        ("price", 100_000.into()),
        ("currency", ctx.house.currency.code().into()),
        ("configurable", true.into()),
    ];
    let product = write::create(ctx, &tx, &*ty("product")?, values(new)).await?;
    for g in 0..GROUPS {
        let group = vec![("product_id", product.into()), ("name", format!("Group {g}").into())];
        let group = write::create(ctx, &tx, &*ty("option_group")?, values(group)).await?;
        for o in 0..EACH {
            let option = vec![
                ("group_id", group.into()),
                ("code", code(g, o).into()),
                ("name", format!("Option {g} {o}").into()),
                ("price", (i64::try_from(o)? * 100).into()),
            ];
            write::create(ctx, &tx, &*ty("product_option")?, values(option)).await?;
        }
    }
    for n in 0..RULES {
        let (kind, given, others) = rule(n);
        let rule = vec![
            ("product_id", product.into()),
            ("kind", kind.into()),
            ("given", given.into()),
            ("others", others.into()),
        ];
        write::create(ctx, &tx, &*ty("option_rule")?, values(rule)).await?;
    }
    tx.commit().await?;
    Ok(product)
}

impl Run<'_> {
    /// The configurator's answer.
    pub async fn configure(&self, results: &mut Results) -> Result<()> {
        let product = product(self.ctx).await.context("the product to configure")?;
        let token = self.tokens.0.to_owned();
        let make: Make = Arc::new(move |n| {
            // A choice half made, another one each time.
            let n = usize::try_from(n).unwrap_or(0);
            let all: Vec<String> = (0..GROUPS)
                .filter(|g| mixed(n * 31 + g).is_multiple_of(2))
                .map(|g| code(g, hidden(g)))
                .collect();
            let body = serde_json::json!({"product_id": product, "options": all.join(" ")});
            http::post(
                &format!("/api/v1/products/{product}/configuration"),
                &token,
                &body.to_string(),
            )
        });
        self.one(
            results,
            "configurator",
            "configurator: 200 options, 500 rules, every option judged",
            &make,
            50.0,
        )
        .await
    }
}
