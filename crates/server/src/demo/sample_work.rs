//! What the people of the made-up manufacturer have to do: calls, visits, offers to follow up, some of it late, and what
//! they did in the last weeks.

use super::{Progress, load};
use anyhow::Result;
use jiff::ToSpan;
use zhike_kernel::{Date, Value};
use zhike_store::{Ctx, Query, binds};

/// Kind, what is to be done, what came of it.
const CUSTOMER: [(&str, &str, &str); 6] = [
    ("call", "电话确认下季度用量", "用量与去年持平，十二月再谈。"),
    ("visit", "上门拜访，了解新产线", "已拜访，新产线明年三月投产。"),
    ("follow_up", "发送新版样册并跟进", "样册已发，客户感兴趣。"),
    ("complaint", "回访上次投诉的处理结果", "客户满意，已结案。"),
    ("delivery", "确认收货地址和联系人", "地址已更新。"),
    ("dunning", "提醒对账单签字", "对账单已签回。"),
];
const DEAL: [(&str, &str, &str); 3] = [
    ("follow_up", "跟进技术方案的意见", "方案已认可。"),
    ("quote", "更新报价并说明交期", "新报价已发出。"),
    ("visit", "安排工程师现场勘查", "勘查完成，需增加两台。"),
];
/// Title, rhythm, days between.
const AGAIN: [(&str, &str, i64); 3] = [
    ("整理本周拜访记录", "weekly", 7),
    ("核对本月应收账款", "monthly", 30),
    ("检查在途货物", "days", 10),
];

fn near(day: Date, days: i64) -> Date {
    day.checked_add(days.days()).unwrap_or(day)
}

pub(super) async fn fill(ctx: &Ctx, progress: Progress<'_>) -> Result<()> {
    let today = ctx.today();
    let boss = "SELECT COALESCE(MIN(id), 0) FROM identity_user WHERE role = 'manager'";
    let boss = ctx.db().number(boss, vec![]).await?;
    let mut rows = vec![];
    let mut add = |i: i64, (kind, title, result): (&str, &str, &str), record: (&str, i64), party: Value, owner: i64| {
        // Days around today: some late, most soon, a third done already.
        let done = i % 3 == 2;
        let due = near(today, if done { -(i * 5 % 40) } else { i * 7 % 23 - 4 });
        let given = if i % 4 == 0 && boss > 0 { boss } else { owner };
        let status = match () {
            () if done => "done",
            () if given != owner && i % 8 == 0 => "open",
            () if given != owner && i % 28 == 4 => "returned",
            () => "accepted",
        };
        let mut values = vec![
            ("title", title.into()),
            ("kind", kind.into()),
            ("party_id", party),
            ("record_type", record.0.into()),
            ("record_id", record.1.into()),
            ("assignee_id", owner.into()),
            ("given_by_id", given.into()),
            ("due_on", due.into()),
            ("priority", if i % 5 == 0 { "high" } else { "normal" }.into()),
            ("status", status.into()),
        ];
        if done {
            values.push(("result", result.into()));
            values.push(("done_on", near(due, i % 3 - 1).min(today).into()));
            values.push(("done_by_id", owner.into()));
        }
        if status == "returned" {
            values.push(("remark", "客户已转由华南团队负责，请重新指派。".into()));
        }
        rows.push((
            load::values(values),
            super::sample::born(ctx, near(due, -12).min(today)),
        ));
    };
    let sql = "SELECT id, owner_id FROM party_party WHERE kind = 'organisation' AND status = 'active' AND owner_id IS NOT NULL \
               AND archived_at IS NULL ORDER BY id LIMIT $1";
    for (i, row) in (0_i64..).zip(ctx.db().all(sql, binds![90_i64]).await?) {
        let what = CUSTOMER[usize::try_from(i).unwrap_or(0) % CUSTOMER.len()];
        let id = row.int(0)?;
        add(i, what, ("party", id), id.into(), row.int(1)?);
    }
    let sql = "SELECT id, owner_id, party_id FROM sales_deal WHERE closed_on IS NULL AND owner_id IS NOT NULL AND archived_at IS NULL \
               ORDER BY id LIMIT $1";
    for (i, row) in (0_i64..).zip(ctx.db().all(sql, binds![40_i64]).await?) {
        let what = DEAL[usize::try_from(i).unwrap_or(0) % DEAL.len()];
        add(i, what, ("deal", row.int(0)?), row.opt_int(2)?.into(), row.int(1)?);
    }
    let sellers = "SELECT id FROM identity_user WHERE role IN ('salesperson', 'manager', 'administrator') AND active ORDER BY id LIMIT $1";
    for (i, row) in (0_i64..).zip(ctx.db().all(sellers, binds![6_i64]).await?) {
        let (title, repeat, days) = AGAIN[usize::try_from(i).unwrap_or(0) % AGAIN.len()];
        let values = load::values(vec![
            ("title", title.into()),
            ("kind", "todo".into()),
            ("assignee_id", row.int(0)?.into()),
            ("given_by_id", row.int(0)?.into()),
            ("due_on", near(today, i % 4).into()),
            ("repeat", repeat.into()),
            ("repeat_days", if repeat == "days" { days.into() } else { Value::Null }),
        ]);
        rows.push((values, None));
    }
    load::rows(ctx, "task", rows, progress).await?;
    super::sample_talks::fill(ctx, progress).await?;
    super::sample_gate::fill(ctx, progress).await?;
    super::sample_letters::fill(ctx, progress).await?;
    super::sample_shop::fill(ctx, progress).await?;
    super::sample_calls::fill(ctx, progress).await
}
