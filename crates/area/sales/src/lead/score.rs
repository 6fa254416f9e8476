//! Points of a lead: indicators, each a condition and its points; the sum lies between 0 and 100 and names its reasons.

use zhike_kernel::{Filter, Result, Value, Values};
use zhike_store::{Ctx, Query};
use zhike_web::records::{ask::Reader, condition::Condition};

/// Mail of these hosts says nothing about a company.
const FREE_MAIL: [&str; 24] = [
    "qq.com",
    "163.com",
    "126.com",
    "sina.com",
    "sina.cn",
    "sohu.com",
    "139.com",
    "189.cn",
    "foxmail.com",
    "yeah.net",
    "aliyun.com",
    "gmail.com",
    "googlemail.com",
    "outlook.com",
    "hotmail.com",
    "live.com",
    "yahoo.com",
    "icloud.com",
    "me.com",
    "aol.com",
    "gmx.de",
    "web.de",
    "proton.me",
    "protonmail.com",
];

/// An indicator ready to be asked.
#[derive(Clone, Debug)]
pub(crate) struct Indicator {
    /// Id.
    pub id: i64,
    /// Points when it holds.
    pub points: i64,
    /// When it holds.
    pub filter: Filter,
}

/// Is the address one of a public mail house?
pub(crate) fn is_free_mail(email: &str) -> bool {
    email
        .rsplit_once('@')
        .is_some_and(|(_, host)| FREE_MAIL.contains(&host.to_ascii_lowercase().as_str()))
}

/// The sum within its bounds, and which indicators hold.
pub(crate) fn score(indicators: &[Indicator], lead: &Values) -> (i64, Vec<(i64, i64)>) {
    let why: Vec<(i64, i64)> = indicators
        .iter()
        .filter(|i| i.filter.holds(lead, &|_| vec![]))
        .map(|i| (i.id, i.points))
        .collect();
    let sum: i64 = why.iter().map(|w| w.1).sum();
    (sum.clamp(0, 100), why)
}

/// The reasons as they are kept: `[[indicator, points], …]`.
pub(crate) fn write(why: &[(i64, i64)]) -> String {
    serde_json::json!(why).to_string()
}

/// The reasons read back.
pub(crate) fn read(text: &str) -> Vec<(i64, i64)> {
    serde_json::from_str(text).unwrap_or_default()
}

/// All indicators in use. One whose condition asks for what is no longer there is left out.
pub(crate) async fn indicators(ctx: &Ctx, q: &dyn Query) -> Result<Vec<Indicator>> {
    let ty = ctx.registry().get("lead")?;
    let reader = Reader::of(ctx);
    let sql = "SELECT id, points, condition FROM sales_lead_indicator WHERE archived_at IS NULL AND active ORDER BY id";
    let mut out = vec![];
    for row in q.all(sql, vec![]).await? {
        let condition = Condition::read(&row.opt_text(2)?.unwrap_or_default());
        if let Ok(filter) = condition.filter(ty, &reader) {
            out.push(Indicator {
                id: row.int(0)?,
                points: row.int(1)?,
                filter,
            });
        }
    }
    Ok(out)
}

/// Puts the score and its reasons into a lead.
pub(crate) fn put(indicators: &[Indicator], lead: &mut Values) {
    let (sum, why) = score(indicators, lead);
    lead.insert("score".into(), sum.into());
    lead.insert("score_why".into(), Value::Text(write(&why)));
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use zhike_kernel::Op;

    fn indicator(id: i64, points: i64, filter: Filter) -> Indicator {
        Indicator { id, points, filter }
    }

    #[test]
    fn points_are_added_with_their_reasons_and_kept_within_bounds() {
        let all = [
            indicator(1, 60, Filter::is("source", "fair")),
            indicator(2, 70, Filter::field("message_length", Op::Ge, 20)),
            indicator(3, -30, Filter::is("free_mail", true)),
        ];
        let mut lead = Values::new();
        lead.insert("source".into(), "fair".into());
        lead.insert("message_length".into(), 25.into());
        lead.insert("free_mail".into(), false.into());
        assert_eq!(score(&all, &lead), (100, vec![(1, 60), (2, 70)]));
        lead.insert("free_mail".into(), true.into());
        assert_eq!(score(&all, &lead).0, 100);
        lead.insert("source".into(), "web".into());
        lead.insert("message_length".into(), 3.into());
        assert_eq!(score(&all, &lead), (0, vec![(3, -30)]));
        assert_eq!(read(&write(&[(3, -30)])), [(3, -30)]);
    }

    #[test]
    fn public_mail_houses_are_known() {
        assert!(is_free_mail("li@QQ.com") && is_free_mail("a@gmail.com"));
        assert!(!is_free_mail("li@qinghe.example") && !is_free_mail("nothing"));
    }
}
