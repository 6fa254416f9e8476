//! The made-up manufacturer of `zhike-sample`, entered like an import: original dates, owners and numbers are kept.

use super::{
    PASSWORD, Progress, load,
    sample_facts::{judgements, money},
    sample_offers,
};
use anyhow::Result;
use std::collections::HashMap;
use zhike_identity::NewUser;
use zhike_kernel::{Date, Stamp, Value};
use zhike_sample::{Company, Options, OrderKind, PartyRole, company};
use zhike_store::{Ctx, Query as _};

pub(super) struct Ids {
    pub(super) users: Vec<i64>,
    products: Vec<i64>,
    pub(super) parties: Vec<i64>,
    pub(super) orders: Vec<i64>,
}

pub(super) async fn fill(ctx: &Ctx, progress: Progress<'_>) -> Result<()> {
    let company = company(&Options {
        as_of: ctx.today(),
        ..Options::default()
    });
    let users = people(ctx, &company, progress).await?;
    let taxes = sample_offers::taxes(ctx, company.start, progress).await?;
    let products = catalogue(ctx, &company, taxes, progress).await?;
    let mut ids = Ids {
        users,
        products,
        parties: vec![],
        orders: vec![],
    };
    ids.parties = parties(ctx, &company, &ids, progress).await?;
    ids.orders = orders(ctx, &company, &ids, progress).await?;
    money(ctx, &company, &ids, progress).await?;
    deals(ctx, &company, &ids, progress).await?;
    super::leads::fill(ctx, &company, &ids, progress).await?;
    judgements(ctx, &company, &ids, progress).await?;
    sample_offers::fill(ctx, company.start, taxes, at(&ids.parties, 0), progress).await?;
    super::sample_quotes::fill(ctx, progress).await?;
    super::sample_money::fill(ctx, progress).await?;
    super::sample_stock::fill(ctx, progress).await?;
    super::sample_ship::fill(ctx, progress).await?;
    super::sample_claims::fill(ctx, progress).await?;
    super::sample_trade::fill(ctx, progress).await?;
    super::sample_rivals::fill(ctx, progress).await?;
    super::sample_lost::fill(ctx, progress).await?;
    super::sample_work::fill(ctx, progress).await
}

pub(super) fn born(ctx: &Ctx, day: Date) -> Option<Stamp> {
    let nine = Stamp::start_of(day, &ctx.house.zone).plus_seconds(9 * 3600);
    Some(nine.min(ctx.now())) // what came today came already
}

pub(super) fn at<T: Copy>(ids: &[T], index: usize) -> Option<T> {
    ids.get(index).copied()
}

fn nonempty(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { text.into() }
}

async fn people(ctx: &Ctx, company: &Company, progress: Progress<'_>) -> Result<Vec<i64>> {
    let rows = company
        .teams
        .iter()
        .map(|t| {
            (
                load::values(vec![
                    ("name", t.name.zh.as_str().into()),
                    ("name_latin", t.name.en.as_str().into()),
                ]),
                None,
            )
        })
        .collect();
    let teams = load::rows(ctx, "team", rows, progress).await?;
    let mut ids = vec![];
    for user in &company.users {
        let tx = ctx.begin().await?;
        let new = NewUser {
            login: &user.login,
            name: &user.name,
            name_latin: Some(&user.name_latin),
            role: user.role.code(),
            team: user.team.and_then(|t| at(&teams, t)),
        };
        ids.push(zhike_identity::create_user(ctx, &tx, &new, PASSWORD).await?);
        tx.commit().await?;
        progress("user", ids.len(), company.users.len());
    }
    Ok(ids)
}

async fn catalogue(ctx: &Ctx, company: &Company, taxes: (i64, i64), progress: Progress<'_>) -> Result<Vec<i64>> {
    let rows = company
        .categories
        .iter()
        .map(|c| {
            (
                load::values(vec![
                    ("code", c.code.into()),
                    ("name", c.name.zh.as_str().into()),
                    ("name_latin", c.name.en.as_str().into()),
                ]),
                born(ctx, company.start),
            )
        })
        .collect();
    let categories = load::rows(ctx, "category", rows, progress).await?;
    let rows = company
        .products
        .iter()
        .map(|p| {
            let values = load::values(vec![
                ("sku", p.sku.as_str().into()),
                ("name", p.name.as_str().into()),
                ("name_latin", p.name_latin.as_str().into()),
                ("category_id", at(&categories, p.category).into()),
                ("kind", p.kind.code().into()),
                ("unit", p.unit.into()),
                ("price", p.list_price_minor.into()),
                ("cost", p.cost_minor.into()),
                ("currency", "CNY".into()),
                ("active", p.active.into()),
                (
                    "tax_class_id",
                    if p.kind.code() == "service" { taxes.1 } else { taxes.0 }.into(),
                ),
            ]);
            (values, born(ctx, company.start))
        })
        .collect();
    load::rows(ctx, "product", rows, progress).await
}

async fn parties(ctx: &Ctx, company: &Company, ids: &Ids, progress: Progress<'_>) -> Result<Vec<i64>> {
    // A parent must be there before its children: the generator puts groups first or last, so two passes serve both.
    let mut known: Vec<Option<i64>> = vec![None; company.parties.len()];
    let mut waiting: Vec<usize> = (0..company.parties.len()).collect();
    while !waiting.is_empty() {
        let (ready, later): (Vec<usize>, Vec<usize>) = waiting.iter().partition(|i| {
            company
                .parties
                .get(**i)
                .and_then(|p| p.parent)
                .is_none_or(|parent| at(&known, parent).flatten().is_some())
        });
        anyhow::ensure!(!ready.is_empty(), "the sample's hierarchy has a cycle");
        let rows = ready
            .iter()
            .filter_map(|i| company.parties.get(*i))
            .map(|p| (party(ids, &known, p), born(ctx, p.created_on)))
            .collect();
        for (i, id) in ready.iter().zip(load::rows(ctx, "party", rows, progress).await?) {
            if let Some(slot) = known.get_mut(*i) {
                *slot = Some(id);
            }
        }
        waiting = later;
    }
    let parties: Vec<i64> = known.into_iter().flatten().collect();
    let title = |i: usize| {
        company
            .parties
            .get(i)
            .and_then(|p| p.title.as_ref())
            .map(|t| t.zh.clone())
    };
    let rows = company
        .relations
        .iter()
        .map(|r| {
            let values = load::values(vec![
                ("from_id", at(&parties, r.from).into()),
                ("to_id", at(&parties, r.to).into()),
                ("kind", r.kind.code().into()),
                ("title", title(r.to).into()),
                ("since_on", r.since.into()),
            ]);
            (values, born(ctx, r.since))
        })
        .collect();
    load::rows(ctx, "relation", rows, progress).await?;
    Ok(parties)
}

fn party(ids: &Ids, known: &[Option<i64>], p: &zhike_sample::Party) -> zhike_kernel::Values {
    let roles: Vec<&str> = p
        .roles
        .iter()
        .filter(|r| r.0 != PartyRole::Contact)
        .map(|r| r.0.code())
        .collect();
    load::values(vec![
        ("number", p.number.as_str().into()),
        ("kind", p.kind.code().into()),
        ("name", p.name.as_str().into()),
        ("name_latin", nonempty(&p.name_latin)),
        ("roles", nonempty(&in_order(&roles))),
        ("industry", nonempty(p.industry)),
        ("region", nonempty(p.region)),
        ("city", nonempty(&p.city.zh)),
        ("address", nonempty(&p.address)),
        ("country", "中国".into()),
        ("phone", nonempty(&p.phone)),
        ("email", nonempty(&p.email)),
        ("website", nonempty(&p.website)),
        ("tax_number", nonempty(&p.tax_number)),
        ("source", nonempty(p.source)),
        ("owner_id", at(&ids.users, p.owner).into()),
        ("parent_id", p.parent.and_then(|i| at(known, i).flatten()).into()),
        ("job_title", p.title.as_ref().map(|t| t.zh.clone()).into()),
        (
            "employees",
            if p.employees > 0 {
                p.employees.into()
            } else {
                Value::Null
            },
        ),
        ("currency", "CNY".into()),
        (
            "credit_limit",
            if p.credit_limit_minor > 0 {
                p.credit_limit_minor.into()
            } else {
                Value::Null
            },
        ),
        ("payment_days", p.payment_terms_days.into()),
        ("note", p.note.as_ref().map(|t| format!("{} / {}", t.zh, t.en)).into()),
    ])
}

/// The words in the order in which the declaration keeps them.
fn in_order(roles: &[&str]) -> String {
    let all = ["prospect", "customer", "partner", "supplier", "employee", "competitor"];
    all.iter()
        .filter(|r| roles.contains(r))
        .copied()
        .collect::<Vec<_>>()
        .join(" ")
}

async fn orders(ctx: &Ctx, company: &Company, ids: &Ids, progress: Progress<'_>) -> Result<Vec<i64>> {
    let mut orders: Vec<i64> = Vec::with_capacity(company.orders.len());
    // Orders are sorted by date and a return follows its order, so each thousand may point back to the ones before.
    for chunk in company.orders.chunks(1_000) {
        let mut rows = vec![];
        let base = orders.len();
        for o in chunk {
            let returned = o.returns.filter(|r| *r < base).and_then(|r| at(&orders, r));
            let values = load::values(vec![
                ("number", o.number.as_str().into()),
                ("party_id", at(&ids.parties, o.party).into()),
                ("owner_id", at(&ids.users, o.salesperson).into()),
                (
                    "kind",
                    if o.kind == OrderKind::Return { "return" } else { "sale" }.into(),
                ),
                ("status", o.status.code().into()),
                ("ordered_on", o.ordered_on.into()),
                ("required_on", o.required_on.max(o.ordered_on).into()),
                ("shipped_on", o.shipped_on.into()),
                ("delivered_on", o.delivered_on.into()),
                ("currency", "CNY".into()),
                ("freight", o.freight_minor.into()),
                ("returns_id", returned.into()),
                ("channel", "direct".into()),
            ]);
            rows.push((values, born(ctx, o.ordered_on)));
        }
        let quiet: Progress<'_> = &mut |_, _, _| {};
        let new = load::rows(ctx, "order", rows, quiet).await?;
        let mut lines = vec![];
        for (o, id) in chunk.iter().zip(&new) {
            for (position, l) in (1_i64..).zip(&o.lines) {
                let values = load::values(vec![
                    ("order_id", (*id).into()),
                    ("position", position.into()),
                    ("product_id", at(&ids.products, l.product).into()),
                    ("quantity", l.quantity_milli.into()),
                    ("unit_price", l.unit_price_minor.into()),
                    ("discount", l.discount_minor.into()),
                    ("tax_rate", zhike_sample::TAX_PPM.into()),
                    ("unit_cost", l.unit_cost_minor.into()),
                    ("currency", "CNY".into()),
                ]);
                lines.push((values, born(ctx, o.ordered_on)));
            }
        }
        let quiet: Progress<'_> = &mut |_, _, _| {};
        load::rows(ctx, "order_line", lines, quiet).await?;
        orders.extend(new);
        progress("order", orders.len(), company.orders.len());
    }
    Ok(orders)
}

async fn deals(ctx: &Ctx, company: &Company, ids: &Ids, progress: Progress<'_>) -> Result<()> {
    let rows = company
        .pipelines
        .iter()
        .map(|p| {
            (
                load::values(vec![
                    ("name", p.name.zh.as_str().into()),
                    ("name_latin", p.name.en.as_str().into()),
                    ("active", true.into()),
                ]),
                born(ctx, company.start),
            )
        })
        .collect();
    let pipelines = load::rows(ctx, "pipeline", rows, progress).await?;
    let mut stages: Vec<Vec<i64>> = vec![];
    for (p, id) in company.pipelines.iter().zip(&pipelines) {
        let rows = (1_i64..)
            .zip(&p.stages)
            .map(|(position, s)| {
                let values = load::values(vec![
                    ("pipeline_id", (*id).into()),
                    ("position", position.into()),
                    ("name", s.name.zh.as_str().into()),
                    ("name_latin", s.name.en.as_str().into()),
                    ("probability", s.probability_ppm.into()),
                    ("kind", s.kind.into()),
                    ("limit_days", (s.kind == "open").then_some(60_i64).into()),
                ]);
                (values, born(ctx, company.start))
            })
            .collect();
        stages.push(load::rows(ctx, "stage", rows, progress).await?);
    }
    let stage = |d: &zhike_sample::Deal, i: usize| stages.get(d.pipeline).and_then(|s| at(s, i));
    // A category has several products; a deal is about its first.
    let product = |category: usize| {
        company
            .products
            .iter()
            .position(|p| p.category == category)
            .and_then(|i| at(&ids.products, i))
    };
    let sql = "SELECT code, id FROM sales_reason WHERE code IS NOT NULL";
    let mut reasons: HashMap<String, i64> = HashMap::new();
    for row in ctx.db().all(sql, vec![]).await? {
        reasons.insert(row.text(0)?, row.int(1)?);
    }
    let rows = company
        .deals
        .iter()
        .map(|d| {
            let competitor = d
                .competitor
                .and_then(|i| company.parties.get(i))
                .map(|p| p.name.clone());
            let values = load::values(vec![
                ("number", d.number.as_str().into()),
                ("name", d.title.zh.as_str().into()),
                ("name_latin", d.title.en.as_str().into()),
                ("party_id", at(&ids.parties, d.party).into()),
                ("owner_id", at(&ids.users, d.owner).into()),
                ("pipeline_id", at(&pipelines, d.pipeline).into()),
                ("stage_id", d.moves.first().and_then(|m| stage(d, m.stage)).into()),
                ("amount", d.amount_minor.into()),
                ("currency", "CNY".into()),
                ("expected_on", d.expected_close.into()),
                ("entered_on", d.created_on.into()),
                ("product_id", product(d.category).into()),
                ("source", company.parties.get(d.party).map(|p| p.source).into()),
                ("next_step", d.next_step.as_ref().map(|n| n.0.zh.clone()).into()),
                ("next_step_on", d.next_step.as_ref().map(|n| n.1).into()),
                ("reason_id", d.lost_reason.and_then(|w| reasons.get(w).copied()).into()),
                ("competitor", competitor.into()),
            ]);
            (values, born(ctx, d.created_on))
        })
        .collect();
    let deals = load::rows(ctx, "deal", rows, progress).await?;
    let mut moves = vec![];
    for (d, id) in company.deals.iter().zip(&deals) {
        for pair in d.moves.windows(2) {
            let [from, to] = pair else { continue };
            let values = load::values(vec![
                ("deal_id", (*id).into()),
                ("from_id", stage(d, from.stage).into()),
                ("to_id", stage(d, to.stage).into()),
                ("moved_on", to.on.into()),
            ]);
            moves.push((values, born(ctx, to.on)));
        }
    }
    load::rows(ctx, "stage_move", moves, progress).await?;
    Ok(())
}
