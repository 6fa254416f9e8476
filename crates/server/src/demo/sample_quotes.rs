//! Quotes of the newest deals, contracts of the best customers, the flows that approve them, the letterhead.

use super::{
    Progress,
    load::{self, values},
    sample::born,
};
use anyhow::Result;
use jiff::ToSpan;
use std::sync::Arc;
use zhike_contract::{Approvals, LineAsk, Outcome};
use zhike_kernel::{Actor, Date, Reach, Role, Value, Values};
use zhike_store::{Ctx, Query, binds, read, setting, write};

/// Deals that get a quote.
const QUOTES: i64 = 48;
/// Customers that get a contract.
const CONTRACTS: i64 = 14;

/// A deal or customer that something is made for.
struct For {
    deal: Option<i64>,
    party: i64,
    owner: Option<i64>,
    on: Date,
}

pub(super) async fn fill(ctx: &Ctx, progress: Progress<'_>) -> Result<()> {
    let subjects = zhike_approval::Subjects::new(zhike_sales::approvable());
    let approvals = zhike_approval::port(&subjects);
    letterhead(ctx).await?;
    flows(ctx, progress).await?;
    quotes(ctx, &approvals, progress).await?;
    contracts(ctx, &approvals, progress).await
}

async fn letterhead(ctx: &Ctx) -> Result<()> {
    let head = serde_json::json!({
        "name": "澄江仪表有限公司", "name_latin": "Chengjiang Instruments Co., Ltd.",
        "address": "江苏省无锡市新吴区长江路 8 号", "address_latin": "8 Changjiang Road, Xinwu District, Wuxi, Jiangsu",
        "contact": "0510-8888 0000 · sales@chengjiang.example", "tax_number": "91320214MA0000000X", "bank": "中国银行无锡分行 4563 0000 0000 0000",
    });
    let tx = ctx.begin().await?;
    setting::set(&tx, "letterhead", &head.to_string()).await?;
    tx.commit().await?;
    Ok(())
}

async fn flows(ctx: &Ctx, progress: Progress<'_>) -> Result<()> {
    let flow = |name: &str, latin: &str, subject: &str, field: &str, over: i64| {
        let condition = serde_json::json!({"field": field, "op": "gt", "values": [over]});
        let row = values(vec![
            ("name", name.into()),
            ("name_latin", latin.into()),
            ("subject", subject.into()),
            ("condition", condition.to_string().into()),
        ]);
        (row, None)
    };
    let rows = vec![
        flow("折扣超过 8%", "Discount above 8%", "quote", "discount_rate", 80_000),
        flow(
            "合同超过 50 万",
            "Contracts above 500,000",
            "contract",
            "value",
            50_000_000,
        ),
        flow(
            "订单折扣超过 2%",
            "Order discount above 2%",
            "order",
            "discount_rate",
            20_000,
        ),
    ];
    let made = load::rows(ctx, "approval_flow", rows, progress).await?;
    // Without names of their own: who decides says it in both languages.
    let level = |flow: Option<&i64>, who: &str, role: Option<&str>| {
        let row = values(vec![
            ("flow_id", flow.copied().into()),
            ("who", who.into()),
            ("role", role.into()),
            ("mode", "any".into()),
        ]);
        (row, None)
    };
    let rows = vec![
        level(made.first(), "manager", None),
        level(made.get(1), "manager", None),
        level(made.get(1), "role", Some("administrator")),
        level(made.get(2), "manager", None),
    ];
    load::rows(ctx, "approval_level", rows, progress).await?;
    Ok(())
}

/// What a person is when they ask for approval.
fn person(ctx: &Ctx, user: Option<i64>) -> Ctx {
    let actor = Actor {
        user,
        name: String::new(),
        role: Role::Salesperson,
        reach: Reach::All,
        team: vec![],
        read_only: false,
        only: vec![],
    };
    Ctx {
        actor: Arc::new(actor),
        ..ctx.clone()
    }
}

async fn of_deals(ctx: &Ctx) -> Result<Vec<For>> {
    let sql = "SELECT d.id, d.party_id, d.owner_id, d.entered_on FROM sales_deal d WHERE d.party_id IS NOT NULL ORDER BY d.entered_on DESC, d.id DESC LIMIT $1";
    let mut out = vec![];
    for r in ctx.db().all(sql, binds![QUOTES]).await? {
        out.push(For {
            deal: Some(r.int(0)?),
            party: r.int(1)?,
            owner: r.opt_int(2)?,
            on: r.text(3)?.parse()?,
        });
    }
    Ok(out)
}

/// Products with their prices, as lines are made of them.
async fn products(ctx: &Ctx) -> Result<Vec<(i64, i64)>> {
    let sql =
        "SELECT id, price FROM catalog_product WHERE price > 0 AND active AND archived_at IS NULL ORDER BY id LIMIT $1";
    let pricing = zhike_catalog::pricing();
    let mut out = vec![];
    for r in ctx.db().all(sql, binds![60_i64]).await? {
        let ask = LineAsk {
            product: r.int(0)?,
            quantity: 1_000,
            unit: String::new(),
            options: String::new(),
            on: ctx.today(),
        };
        // What must be configured first, or is only a template of variants, is left to people.
        if pricing.check(ctx, ctx.db(), &[ask]).await.is_ok() {
            out.push((r.int(0)?, r.int(1)?));
        }
    }
    Ok(out)
}

async fn quotes(ctx: &Ctx, approvals: &Arc<dyn Approvals>, progress: Progress<'_>) -> Result<()> {
    let (all, products) = (of_deals(ctx).await?, products(ctx).await?);
    let today = ctx.today();
    let states = [
        "sent", "draft", "accepted", "sent", "approval", "declined", "approved", "expired",
    ];
    let rows = all
        .iter()
        .zip(states.iter().cycle())
        .map(|(f, status)| {
            let on = f.on.checked_add(3.days()).unwrap_or(f.on).min(today);
            let on = if matches!(*status, "draft" | "approval" | "approved" | "sent") {
                today.checked_sub(i64::from(on.day() % 9).days()).unwrap_or(on)
            } else {
                on
            };
            let until = if *status == "expired" {
                on.min(today.checked_sub(2.days()).unwrap_or(on))
            } else {
                on.checked_add(30.days()).unwrap_or(on)
            };
            let row = values(vec![
                ("party_id", f.party.into()),
                ("deal_id", f.deal.into()),
                ("owner_id", f.owner.into()),
                ("quoted_on", on.min(until).into()),
                ("valid_until_on", until.into()),
                ("currency", "CNY".into()),
                ("language", "zh".into()),
                (
                    "terms",
                    "预付 30%，发货前付清。\n交货期：收到预付款后 4 周。\n含运费，质保 18 个月。".into(),
                ),
            ]);
            (row, born(ctx, on))
        })
        .collect();
    let made = load::rows(ctx, "quote", rows, progress).await?;
    let mut lines = vec![];
    for (i, id) in made.iter().enumerate() {
        for k in 0..(i % 4) + 1 {
            let Some((product, price)) = products.get((i * 7 + k * 3) % products.len().max(1)) else {
                continue;
            };
            // Every third one sells below the list; those in approval far enough to be asked.
            let off = match states.get(i % states.len()) {
                Some(&"approval") => 88,
                _ if i % 3 == 0 => 95,
                _ => 100,
            };
            let row = values(vec![
                ("quote_id", (*id).into()),
                ("position", i64::try_from(k + 1).unwrap_or(1).into()),
                ("product_id", (*product).into()),
                ("quantity", (i64::try_from(1 + (i + k) % 6).unwrap_or(1) * 1_000).into()),
                ("unit_price", (price * off / 100).into()),
                ("tax_rate", 130_000.into()),
            ]);
            lines.push((row, None));
        }
    }
    load::rows(ctx, "quote_line", lines, progress).await?;
    for ((id, f), status) in made.iter().zip(&all).zip(states.iter().cycle()) {
        settle(ctx, approvals, "quote", *id, f.owner, status).await?;
        if matches!(*status, "sent" | "accepted" | "declined") {
            link(ctx, *id, status).await?;
        }
    }
    Ok(())
}

/// Brings a record into a state; one in approval is really asked about.
async fn settle(
    ctx: &Ctx,
    approvals: &Arc<dyn Approvals>,
    ty: &'static str,
    id: i64,
    owner: Option<i64>,
    status: &str,
) -> Result<()> {
    let asking = person(ctx, owner);
    let tx = asking.begin().await?;
    let ty_of = ctx.registry().get(ty)?.clone();
    let set = async |word: &str| -> zhike_kernel::Result<()> {
        let record = read::need(ctx, &tx, &ty_of, id).await?;
        let to = Values::from([("status".to_owned(), Value::from(word))]);
        write::update(ctx, &tx, &ty_of, id, record.version, to)
            .await
            .map(|_| ())
    };
    if status == "approval" {
        set("approval").await?;
        if approvals
            .ask(&asking, &tx, ty, id, Some("客户比较了两家，请支持。"))
            .await?
            .is_none()
        {
            set(Outcome::Approved.name()).await?;
        }
    } else if status != "draft" {
        set(status).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn link(ctx: &Ctx, quote: i64, status: &str) -> Result<()> {
    let tx = ctx.begin().await?;
    let nonce: String = zhike_web::visit::new_secret()
        .iter()
        .take(16)
        .map(|b| format!("{b:02x}"))
        .collect();
    let answered = (status != "sent").then_some(tx.at.0);
    let word = answered.map(|_| status.to_owned());
    let (name, reason) = match status {
        "accepted" => (Some("王芳".to_owned()), None),
        "declined" => (Some("刘洋".to_owned()), Some("预算推迟到下半年。".to_owned())),
        _ => (None, None),
    };
    tx.exec(
        "INSERT INTO sales_quote_link (quote_id, nonce, made_at, opens, opened_at, answer, answered_at, name, reason, peer) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)",
        binds![quote, nonce, tx.at.0, i64::from(answered.is_some()), answered, word, answered, name, reason, answered.map(|_| "203.0.113.7".to_owned())],
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

async fn contracts(ctx: &Ctx, approvals: &Arc<dyn Approvals>, progress: Progress<'_>) -> Result<()> {
    let sql = "SELECT o.party_id, MAX(p.owner_id), CAST(SUM(o.net) AS BIGINT) AS bought FROM order_order o JOIN party_party p ON p.id = o.party_id \
               WHERE o.status = 'delivered' GROUP BY o.party_id ORDER BY bought DESC, o.party_id LIMIT $1";
    let today = ctx.today();
    let names = ["年度供货框架合同", "仪表维护服务合同", "校准服务合同", "备件供应合同"];
    let states = ["active", "active", "approval", "active", "draft", "active", "ended"];
    let (mut rows, mut plans, mut owners) = (vec![], vec![], vec![]);
    for (i, r) in ctx.db().all(sql, binds![CONTRACTS]).await?.iter().enumerate() {
        let step = i64::try_from(i).unwrap_or(0);
        let status = states.get(i % states.len()).copied().unwrap_or("draft");
        let starts = today.checked_sub((330 - step * 21).days()).unwrap_or(today);
        let ends = if status == "ended" {
            today.checked_sub(5.days())
        } else {
            starts.checked_add(1.years())
        }
        .unwrap_or(today);
        let value = if status == "approval" {
            78_000_000
        } else {
            12_000_000 + step * 1_350_000
        };
        owners.push((r.opt_int(1)?, status, value, starts));
        let row = values(vec![
            ("name", names.get(i % names.len()).copied().unwrap_or("合同").into()),
            ("party_id", r.int(0)?.into()),
            ("owner_id", r.opt_int(1)?.into()),
            ("starts_on", starts.min(ends).into()),
            ("ends_on", ends.into()),
            ("auto_renew", (i % 3 == 0).into()),
            ("notice_days", 60.into()),
            ("value", value.into()),
            ("currency", "CNY".into()),
        ]);
        rows.push((row, born(ctx, starts)));
    }
    let made = load::rows(ctx, "contract", rows, progress).await?;
    for (id, (_, _, value, starts)) in made.iter().zip(&owners) {
        for quarter in 0..4_i64 {
            let row = values(vec![
                ("contract_id", (*id).into()),
                ("due_on", starts.checked_add((quarter * 3).months())?.into()),
                ("amount", (value / 4).into()),
                ("condition", "验收合格后 30 天内".into()),
            ]);
            plans.push((row, None));
        }
    }
    load::rows(ctx, "contract_plan", plans, progress).await?;
    for (id, (owner, status, _, _)) in made.iter().zip(&owners) {
        settle(ctx, approvals, "contract", *id, *owner, status).await?;
    }
    Ok(())
}
