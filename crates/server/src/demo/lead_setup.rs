//! How leads and pools are set up in the demonstration: reasons, pools, rules, indicators, forms.

use super::{
    Progress, load,
    sample::{Ids, at},
};
use anyhow::Result;
use zhike_kernel::{Value, Values};
use zhike_sample::Company;
use zhike_store::{Ctx, Query, binds};

pub(super) async fn small(ctx: &Ctx, ty: &str, rows: Vec<Values>) -> Result<Vec<i64>> {
    let quiet: Progress<'_> = &mut |_, _, _| {};
    load::rows(ctx, ty, rows.into_iter().map(|r| (r, None)).collect(), quiet).await
}

fn condition(conditions: &[&str]) -> Value {
    serde_json::json!({ "conditions": conditions }).to_string().into()
}

fn named(name: &str, latin: &str, more: Vec<(&str, Value)>) -> Values {
    let mut values = load::values(more);
    values.insert("name".into(), name.into());
    values.insert("name_latin".into(), latin.into());
    values
}

/// Reasons, pools, rules, indicators; the ids of the reasons for rejecting.
pub(super) async fn setup(ctx: &Ctx, company: &Company, ids: &Ids) -> Result<Vec<i64>> {
    let reason = |name: &str, latin: &str, subject: &str| named(name, latin, vec![("subject", subject.into())]);
    let reasons = small(
        ctx,
        "reason",
        vec![
            reason("预算不足", "No budget", "lead_rejected"),
            reason("联系不上", "Could not be reached", "lead_rejected"),
            reason("产品不合适", "Product does not fit", "lead_rejected"),
            reason("同行打听", "A rival asking around", "lead_rejected"),
            reason("价格合适", "Good price", "deal_won"),
            reason("交期快", "Fast delivery", "deal_won"),
        ],
    )
    .await?;
    let limits = |subject: &str| {
        vec![
            ("subject", Value::from(subject)),
            ("held_limit", 30.into()),
            ("day_limit", 10.into()),
            ("back_days", 14.into()),
            ("adopts", true.into()),
        ]
    };
    let pools = small(
        ctx,
        "pool",
        vec![
            named("客户公海", "Customer pool", limits("party")),
            named("线索公海", "Lead pool", limits("lead")),
        ],
    )
    .await?;
    let rule = |name: &str, latin: &str, pool: usize, days: i64, conditions: &[&str]| {
        named(
            name,
            latin,
            vec![
                ("pool_id", at(&pools, pool).into()),
                ("warn_days", days.into()),
                ("condition", condition(conditions)),
            ],
        )
    };
    small(
        ctx,
        "pool_rule",
        vec![
            rule(
                "低价值客户半年未下单",
                "Low tier, no order for half a year",
                0,
                14,
                &["tier:in:low", "last_order_on:le:today-180"],
            ),
            rule(
                "线索三十天没有进展",
                "Lead without progress for 30 days",
                1,
                7,
                &["status:in:new,working", "received_on:le:today-30"],
            ),
        ],
    )
    .await?;
    let indicator = |name: &str, latin: &str, points: i64, conditions: &[&str]| {
        named(
            name,
            latin,
            vec![("points", points.into()), ("condition", condition(conditions))],
        )
    };
    small(
        ctx,
        "lead_indicator",
        vec![
            indicator("留了电话", "Phone given", 20, &["phone:filled:"]),
            indicator("公司邮箱", "Company mail", 15, &["email:filled:", "free_mail:is:no"]),
            indicator("公共邮箱", "Public mail house", -10, &["free_mail:is:yes"]),
            indicator("已是客户", "Known customer", 25, &["known_customer:is:yes"]),
            indicator("转介绍或展会", "Referral or trade fair", 20, &["source:is:referral"]),
            indicator("展会认识", "Met at a trade fair", 15, &["source:is:fair"]),
            indicator(
                "需求写得清楚",
                "Says clearly what is wanted",
                20,
                &["message_length:ge:20"],
            ),
        ],
    )
    .await?;
    assignment(ctx, company, ids).await?;
    Ok(reasons)
}

async fn assignment(ctx: &Ctx, company: &Company, ids: &Ids) -> Result<()> {
    let sellers = sellers(company, ids);
    let team = ctx
        .db()
        .number(
            "SELECT COALESCE(min(team_id), 0) FROM identity_user WHERE role = $1",
            binds!["salesperson"],
        )
        .await?;
    let rules = small(
        ctx,
        "lead_rule",
        vec![
            named(
                "华东、华南按地区",
                "East and south by territory",
                vec![("way", "territory".into()), ("position", 1.into())],
            ),
            named(
                "展会线索给最闲的人",
                "Fair leads to the least loaded",
                vec![
                    ("way", "load".into()),
                    ("position", 2.into()),
                    ("team_id", team.into()),
                    ("condition", condition(&["source:is:fair"])),
                ],
            ),
            named(
                "有电话的轮流分",
                "With a phone, in turn",
                vec![
                    ("way", "team".into()),
                    ("position", 3.into()),
                    ("team_id", team.into()),
                    ("condition", condition(&["phone:filled:"])),
                ],
            ),
        ],
    )
    .await?;
    let share = |region: &str, user: usize| {
        load::values(vec![
            ("rule_id", at(&rules, 0).into()),
            ("region", region.into()),
            ("user_id", at(&sellers, user).into()),
        ])
    };
    small(ctx, "lead_share", vec![share("华东", 0), share("华南", 1)]).await?;
    Ok(())
}

pub(super) async fn forms(ctx: &Ctx) -> Result<(i64, i64)> {
    let form = |name: &str, title: &str, latin: &str, campaign: Value| {
        load::values(vec![
            ("name", name.into()),
            ("asks", "name company job_title phone email city message".into()),
            ("needs", "name phone".into()),
            ("title", title.into()),
            ("title_latin", latin.into()),
            ("intro", "留下联系方式，我们的工程师会在一个工作日内与您联系。".into()),
            (
                "intro_latin",
                "Leave your details and one of our engineers will call you within a working day.".into(),
            ),
            ("source", "web".into()),
            ("campaign", campaign),
            ("sites", "https://www.chengjiang.example".into()),
        ])
    };
    let made = small(
        ctx,
        "lead_form",
        vec![
            form("官网咨询", "咨询仪表选型", "Ask about our instruments", Value::Null),
            form(
                "秋季展预约",
                "预约秋季工业展",
                "Meet us at the autumn fair",
                "秋季工业展".into(),
            ),
        ],
    )
    .await?;
    Ok((at(&made, 0).unwrap_or(0), at(&made, 1).unwrap_or(0)))
}

/// Everybody who sells.
pub(super) fn sellers(company: &Company, ids: &Ids) -> Vec<i64> {
    company
        .users
        .iter()
        .enumerate()
        .filter(|(_, u)| u.role.code() == "salesperson")
        .filter_map(|(i, _)| at(&ids.users, i))
        .collect()
}
