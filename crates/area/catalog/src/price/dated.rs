//! What products cost, and when.

use std::collections::HashMap;
use zhike_kernel::Result;
use zhike_store::Query;

/// A product and a day in ISO form.
pub(crate) type OnDay = (i64, String);

/// The cost valid on a day: that of the last entry not later than the day; the present one when the history begins
/// later. An entry without a cost says that it was unknown then.
fn on_day(history: &[(String, Option<i64>)], present: Option<i64>, day: &str) -> Option<i64> {
    match history.iter().rev().find(|(from, _)| from.as_str() <= day) {
        Some((_, cost)) => *cost,
        None => present,
    }
}

/// What one base unit of products cost on days, in the currency of the product. What is unknown is left out.
pub(crate) async fn costs(q: &dyn Query, asked: &[OnDay]) -> Result<HashMap<OnDay, i64>> {
    let mut products: Vec<i64> = asked.iter().map(|a| a.0).collect();
    products.sort_unstable();
    products.dedup();
    let mut present: HashMap<i64, Option<i64>> = HashMap::new();
    let mut history: HashMap<i64, Vec<(String, Option<i64>)>> = HashMap::new();
    for chunk in products.chunks(500) {
        let ids = crate::hooks::list(chunk);
        let sql = format!("SELECT id, cost FROM catalog_product WHERE id IN ({ids})");
        for row in q.all(&sql, vec![]).await? {
            present.insert(row.int(0)?, row.opt_int(1)?);
        }
        let sql = format!(
            "SELECT product_id, from_on, cost FROM catalog_cost WHERE product_id IN ({ids}) ORDER BY product_id, from_on"
        );
        for row in q.all(&sql, vec![]).await? {
            let known = history.entry(row.int(0)?).or_default();
            known.push((row.text(1)?, row.opt_int(2)?));
        }
    }
    let mut out = HashMap::with_capacity(asked.len());
    for (product, day) in asked {
        let Some(now) = present.get(product) else {
            continue;
        };
        let known = history.get(product).map_or(&[][..], Vec::as_slice);
        if let Some(cost) = on_day(known, *now, day) {
            out.insert((*product, day.clone()), cost);
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cost_is_that_of_the_day() {
        let history = vec![
            ("2026-03-01".to_owned(), Some(500)),
            ("2026-05-01".to_owned(), None),
            ("2026-06-01".to_owned(), Some(700)),
        ];
        let at = |day: &str| on_day(&history, Some(800), day);
        assert_eq!(at("2026-02-28"), Some(800));
        assert_eq!(at("2026-03-01"), Some(500));
        assert_eq!(at("2026-05-15"), None);
        assert_eq!(at("2026-07-01"), Some(700));
        assert_eq!(on_day(&[], None, "2026-07-01"), None);
    }
}
