//! Topics that most companies need, to begin with.

use zhike_kernel::{Error, Result, Value, Values};
use zhike_store::{Ctx, Query, write};
use zhike_web::{Answer, Visit, answer::go_saying};

const USUAL: [(&str, &str, &str, bool); 8] = [
    ("news", "新品与公司动态", "News and new products", true),
    ("offers", "优惠活动", "Offers", true),
    ("tips", "使用与保养建议", "Tips for use and care", true),
    ("training", "培训与研讨会", "Training and seminars", true),
    ("events", "展会与活动", "Fairs and events", true),
    ("complaint", "投诉处理", "Complaints", false),
    ("order", "订单与交付", "Orders and deliveries", false),
    ("dunning", "账款提醒", "Payment reminders", false),
];

/// Makes those that are not there; how many.
pub(crate) async fn make(ctx: &Ctx) -> Result<usize> {
    let ty = ctx.registry().get("topic")?.clone();
    let tx = ctx.begin().await?;
    let known: Vec<String> = tx
        .all("SELECT code FROM consent_topic", vec![])
        .await?
        .iter()
        .map(|r| r.text(0))
        .collect::<Result<_>>()?;
    let mut made = 0;
    for (i, (code, name, latin, offered)) in USUAL.into_iter().enumerate() {
        if known.iter().any(|k| k == code) {
            continue;
        }
        let words: [(&str, Value); 5] = [
            ("code", code.into()),
            ("name", name.into()),
            ("name_latin", latin.into()),
            ("offered", offered.into()),
            ("position", (i64::try_from(i).unwrap_or(0) + 1).into()),
        ];
        let row: Values = words.into_iter().map(|(k, v)| (k.to_owned(), v)).collect();
        write::insert_many(ctx, &tx, &ty, vec![row], None).await?;
        made += 1;
    }
    tx.commit().await?;
    Ok(made)
}

/// `POST /topics/usual`.
pub(crate) async fn post(visit: Visit) -> Answer {
    if make(&visit.ctx).await? == 0 {
        return Err(Error::refused("error-topics-there").into());
    }
    go_saying(&visit, "/topics", &visit.loc.t("topic-usual-made"), None)
}
