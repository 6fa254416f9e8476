//! Who gets a lead: ordered rules, each a condition and a way. The first rule that fits and finds somebody decides.

use super::model::LIVE;
use zhike_kernel::{Filter, Result, Value, Values, text::fold};
use zhike_store::{Ctx, List, Query, binds, list};
use zhike_web::records::{ask::Reader, condition::Condition};

/// A rule as it is asked.
struct Rule {
    id: i64,
    way: String,
    user: Option<i64>,
    team: Option<i64>,
    condition: Condition,
    last: Option<i64>,
}

/// What came of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Came {
    /// Its condition does not hold.
    NoFit,
    /// It fits, but nobody is there: an inactive user, an empty team, no territory.
    Nobody,
    /// It decides.
    Decides,
}

/// One rule's answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    /// The rule.
    pub rule: i64,
    /// What came of it.
    pub came: Came,
}

/// Who gets it, and why.
#[derive(Clone, Debug, Default)]
pub(crate) struct Decision {
    /// The user, if any rule found one.
    pub user: Option<i64>,
    /// By which rule.
    pub rule: Option<i64>,
    /// By which way.
    pub way: String,
    /// What each rule said, in order, up to the one that decided.
    pub steps: Vec<Step>,
}

/// Active users of a team, by id; of the house without one.
pub(crate) async fn members(ctx: &Ctx, q: &dyn Query, team: Option<i64>) -> Result<Vec<i64>> {
    let all = Ctx::system(&ctx.house, ctx.door);
    let ty = ctx.registry().get("user")?;
    let mut filter = Filter::All(vec![Filter::is("active", true)]);
    if let Some(team) = team {
        filter = filter.and(Filter::is("team_id", team));
    }
    let ask = List {
        filter,
        sort: "id".into(),
        descending: false,
        columns: vec![],
        limit: 500,
        ..List::of(ty)
    };
    Ok(list::page(&all, q, ty, &ask)
        .await?
        .lines
        .iter()
        .map(|l| l.id)
        .collect())
}

/// The next of a round: the one after the last, or the first.
fn next(members: &[i64], last: Option<i64>) -> Option<i64> {
    let after = last.and_then(|last| members.iter().find(|m| **m > last));
    after.or_else(|| members.first()).copied()
}

/// The one with the fewest; the first of several.
fn least(members: &[i64], loads: &[(i64, i64)]) -> Option<i64> {
    let load = |m: i64| loads.iter().find(|l| l.0 == m).map_or(0, |l| l.1);
    members.iter().copied().min_by_key(|m| (load(*m), *m))
}

async fn rules(q: &dyn Query) -> Result<Vec<Rule>> {
    let sql = "SELECT id, way, user_id, team_id, condition, last_user_id FROM sales_lead_rule \
               WHERE archived_at IS NULL AND active ORDER BY position, id";
    q.all(sql, vec![])
        .await?
        .iter()
        .map(|r| {
            Ok(Rule {
                id: r.int(0)?,
                way: r.text(1)?,
                user: r.opt_int(2)?,
                team: r.opt_int(3)?,
                condition: Condition::read(&r.opt_text(4)?.unwrap_or_default()),
                last: r.opt_int(5)?,
            })
        })
        .collect()
}

async fn shared(q: &dyn Query, rule: &Rule, lead: &Values) -> Result<Option<i64>> {
    let region = fold(lead.get("region").and_then(Value::text).unwrap_or(""));
    let product = lead.get("product_id").and_then(Value::int);
    let sql = "SELECT region, product_id, user_id FROM sales_lead_share WHERE rule_id = $1 AND archived_at IS NULL ORDER BY id";
    for row in q.all(sql, binds![rule.id]).await? {
        let fits = if rule.way == "territory" {
            // One row may name several regions.
            let named = row.opt_text(0)?.unwrap_or_default();
            !region.is_empty()
                && named
                    .split([',', '，', '、', ';', '；', '\n'])
                    .any(|r| fold(r.trim()) == region)
        } else {
            product.is_some() && row.opt_int(1)? == product
        };
        if fits {
            return Ok(Some(row.int(2)?));
        }
    }
    Ok(None)
}

async fn find(ctx: &Ctx, q: &dyn Query, rule: &Rule, lead: &Values) -> Result<Option<i64>> {
    let everybody = members(ctx, q, None).await?;
    Ok(match rule.way.as_str() {
        "team" => next(&members(ctx, q, rule.team).await?, rule.last),
        "load" => {
            let words: Vec<String> = LIVE.iter().map(|w| format!("'{w}'")).collect();
            let sql = format!(
                "SELECT owner_id, count(*) FROM sales_lead WHERE archived_at IS NULL AND owner_id IS NOT NULL AND status IN ({}) GROUP BY owner_id",
                words.join(",")
            );
            let mut loads = vec![];
            for row in q.all(&sql, vec![]).await? {
                loads.push((row.int(0)?, row.int(1)?));
            }
            least(&members(ctx, q, rule.team).await?, &loads)
        }
        "territory" | "product" => shared(q, rule, lead).await?.filter(|u| everybody.contains(u)),
        _ => rule.user.filter(|u| everybody.contains(u)),
    })
}

/// Asks the rules; changes nothing.
pub(crate) async fn decide(ctx: &Ctx, q: &dyn Query, lead: &Values) -> Result<Decision> {
    let ty = ctx.registry().get("lead")?;
    let reader = Reader::of(ctx);
    let mut decision = Decision::default();
    for rule in rules(q).await? {
        let fits = rule
            .condition
            .filter(ty, &reader)
            .is_ok_and(|f| f.holds(lead, &|_| vec![]));
        let user = if fits { find(ctx, q, &rule, lead).await? } else { None };
        let came = match (fits, user) {
            (false, _) => Came::NoFit,
            (true, None) => Came::Nobody,
            (true, Some(_)) => Came::Decides,
        };
        decision.steps.push(Step { rule: rule.id, came });
        if came == Came::Decides {
            decision.user = user;
            decision.rule = Some(rule.id);
            decision.way = rule.way;
            break;
        }
    }
    Ok(decision)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_goes_round_and_forgives_who_left() {
        assert_eq!(next(&[2, 5, 9], None), Some(2));
        assert_eq!(next(&[2, 5, 9], Some(2)), Some(5));
        assert_eq!(next(&[2, 5, 9], Some(9)), Some(2));
        assert_eq!(next(&[2, 9], Some(5)), Some(9));
        assert_eq!(next(&[], Some(5)), None);
    }

    #[test]
    fn who_has_least_gets_the_next() {
        assert_eq!(least(&[2, 5, 9], &[(2, 3), (5, 1), (9, 1)]), Some(5));
        assert_eq!(least(&[2, 5, 9], &[(2, 3), (5, 1)]), Some(9));
        assert_eq!(least(&[], &[]), None);
    }
}
