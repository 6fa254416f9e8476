//! What the analyst and the manager of the made-up manufacturer keep: segments, analyses, two dashboards.

use super::{Progress, load};
use anyhow::Result;
use serde_json::{Value as Json, json};
use zhike_kernel::Value;
use zhike_store::{Ctx, Query, binds};

/// Name, Latin name, question, rhythm, steps.
type Kept = (&'static str, &'static str, &'static str, &'static str, Json);

fn analyses() -> Vec<Kept> {
    let lines = json!({"step": "source", "of": "order_line"});
    let year = json!({"step": "filter", "conditions": ["ordered_on:ge:today-365"]});
    let left = json!({"step": "derive", "how": "subtract", "a": "net", "b": "cost"});
    vec![
        (
            "每月净额与毛利",
            "Net and margin by month",
            "最近一年每个月卖了多少，扣除产品成本后剩多少？",
            "monthly",
            json!([
                lines, year, left,
                {"step": "derive", "how": "month", "a": "ordered_on"},
                {"step": "group", "by": ["month_ordered_on"], "measures": [
                    {"how": "sum", "column": "net"}, {"how": "sum", "column": "subtract_net_cost"},
                    {"how": "distinct", "column": "party_id"}]},
                {"step": "derive", "how": "ratio", "a": "sum_subtract_net_cost", "b": "sum_net"},
                {"step": "sort", "by": ["month_ordered_on"]},
                {"step": "chart", "kind": "bars", "x": "month_ordered_on", "y": ["sum_net", "sum_subtract_net_cost"]}
            ]),
        ),
        (
            "客户毛利的鲸鱼曲线",
            "Whale curve of customers' margin",
            "多少客户贡献了全部毛利？",
            "weekly",
            json!([
                lines, year, left,
                {"step": "filter", "conditions": ["cost:filled:"]},
                {"step": "model", "model": "whale", "key": "party_id", "amount": "subtract_net_cost"},
                {"step": "chart", "kind": "whale"}
            ]),
        ),
        (
            "带来 80% 收入的产品",
            "Products that bring 80% of revenue",
            "哪些产品属于 A 类？",
            "",
            json!([
                lines, year,
                {"step": "model", "model": "pareto", "key": "product_id", "amount": "net"},
                {"step": "sort", "by": ["-net"], "limit": 20},
                {"step": "chart", "kind": "bars", "x": "product_id", "y": ["net"]}
            ]),
        ),
        (
            "最近、频次、金额",
            "Recency, frequency, money",
            "哪些老客户买得多却沉默了？",
            "",
            json!([
                lines, {"step": "filter", "conditions": ["kind:is:sale"]},
                {"step": "model", "model": "rfm", "key": "party_id", "amount": "net", "date": "ordered_on"},
                {"step": "join", "by": "party_id", "fields": ["region", "owner_id"]},
                {"step": "filter", "conditions": ["r:le:2", "m:ge:4"]},
                {"step": "sort", "by": ["-net"], "limit": 100},
                {"step": "chart", "kind": "table"}
            ]),
        ),
        (
            "各地区的付款逾期",
            "Late payments by region",
            "哪些地区的客户付款慢？",
            "weekly",
            json!([
                {"step": "source", "of": "invoice_part"},
                {"step": "filter", "conditions": ["days_late:gt:0"]},
                {"step": "join", "by": "party_id", "fields": ["region"]},
                {"step": "group", "by": ["party_id.region"], "measures": [
                    {"how": "mean", "column": "days_late"}, {"how": "sum", "column": "amount"}, {"how": "count"}]},
                {"step": "sort", "by": ["-mean_days_late"]},
                {"step": "chart", "kind": "bars", "x": "party_id.region", "y": ["mean_days_late"]}
            ]),
        ),
        (
            "最近一年的净额",
            "Net of the last year",
            "全年净额与客户数",
            "daily",
            json!([
                lines, year,
                {"step": "group", "by": [], "measures": [
                    {"how": "sum", "column": "net"}, {"how": "distinct", "column": "party_id"}]},
                {"step": "chart", "kind": "number", "y": ["sum_net", "distinct_party_id"]}
            ]),
        ),
        (
            "退货最多的客户",
            "Customers with the most returns",
            "谁退货多？",
            "",
            json!([
                {"step": "sql", "text": "SELECT party_id, -SUM(net) AS net, COUNT(*) AS lines\nFROM order_line\nWHERE kind = 'return'\nGROUP BY party_id"},
                {"step": "join", "by": "party_id", "fields": ["name", "region"]},
                {"step": "sort", "by": ["-net"], "limit": 20},
                {"step": "chart", "kind": "table"}
            ]),
        ),
    ]
}

fn text(json: &Json) -> Value {
    json.to_string().into()
}

async fn user(ctx: &Ctx, role: &str) -> Result<i64> {
    let sql = "SELECT COALESCE(MIN(id), 0) FROM identity_user WHERE role = $1 AND active";
    Ok(ctx.db().number(sql, binds![role]).await?)
}

pub(super) async fn fill(ctx: &Ctx, progress: Progress<'_>) -> Result<()> {
    let (analyst, manager) = (user(ctx, "analyst").await?, user(ctx, "manager").await?);
    let rows = analyses()
        .iter()
        .map(|(name, latin, question, repeat, steps)| {
            let mut values = vec![
                ("name", (*name).into()),
                ("name_latin", (*latin).into()),
                ("question", (*question).into()),
                ("owner_id", analyst.into()),
                ("sharing", "everyone".into()),
                ("steps", text(steps)),
            ];
            if !repeat.is_empty() {
                values.push(("repeat", (*repeat).into()));
                values.push(("repeat_at", "06:30".into()));
            }
            (load::values(values), None)
        })
        .collect();
    let ids = load::rows(ctx, "analysis", rows, progress).await?;
    let tile = |at: usize, show: &str, wide: bool| json!({"analysis": ids.get(at).copied().unwrap_or(0), "show": show, "wide": wide});
    let boards = [
        (
            "经营早会",
            "Morning meeting",
            analyst,
            json!([
                tile(5, "chart", true),
                tile(0, "chart", true),
                tile(1, "chart", false),
                tile(2, "chart", false)
            ]),
        ),
        (
            "客户与回款",
            "Customers and payments",
            manager,
            json!([tile(4, "chart", false), tile(3, "table", false), tile(6, "table", true)]),
        ),
    ];
    let rows = boards
        .into_iter()
        .map(|(name, latin, owner, tiles)| {
            let values = vec![
                ("name", name.into()),
                ("name_latin", latin.into()),
                ("owner_id", owner.into()),
                ("sharing", "everyone".into()),
                ("tiles", text(&tiles)),
            ];
            (load::values(values), None)
        })
        .collect();
    load::rows(ctx, "dashboard", rows, progress).await?;
    let segments = [
        (
            "沉默的黄金客户",
            "Silent gold customers",
            vec!["tier:is:gold", "last_order_on:le:today-90"],
        ),
        ("低端客户", "Low tier", vec!["tier:is:low"]),
        (
            "在册的组织客户",
            "Organisations on the books",
            vec!["kind:is:organisation", "status:is:active"],
        ),
    ];
    let rows = segments
        .into_iter()
        .map(|(name, latin, conditions)| {
            let values = vec![
                ("name", name.into()),
                ("name_latin", latin.into()),
                ("owner_id", analyst.into()),
                ("sharing", "everyone".into()),
                ("condition", text(&json!({"conditions": conditions}))),
            ];
            (load::values(values), None)
        })
        .collect();
    let segments = load::rows(ctx, "segment", rows, progress).await?;
    // One as it was on the day, so that its members stay.
    if let Some(last) = segments.last() {
        zhike_analysis::freeze(ctx, *last).await?;
    }
    let task = load::values(vec![
        ("title", "电话回访高价值的沉默客户".into()),
        ("kind", "win_back".into()),
        ("record_type", "analysis".into()),
        ("record_id", ids.get(3).copied().unwrap_or(0).into()),
        ("assignee_id", manager.into()),
        ("given_by_id", analyst.into()),
        ("due_on", ctx.today().into()),
        ("status", "open".into()),
    ]);
    load::rows(ctx, "task", vec![(task, None)], progress).await?;
    zhike_analysis::run_all(ctx).await?;
    Ok(())
}
