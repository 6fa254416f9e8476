//! From who has what to what comes next: pure, in the threads for long work.

use super::gather::{Gathered, Until};
use super::report::{Kept, Report, Row, Test};
use super::taste::{Fit, fit};
use std::collections::{HashMap, HashSet};
use zhike_value::holding::{self, Held};
use zhike_value::offer::{Basis, Holder, Next, Way, choose, judge};

/// Products kept of each customer.
pub const KEPT: usize = 8;
/// Places that the test looks at.
pub const PLACES: usize = 5;
/// A pair of products is looked at when both stand in so many orders.
const FEWEST: u32 = 10;
/// Customers whose next purchases are foreseen in a test: every so many-th where there are more.
const JUDGED: usize = 20_000;
/// Customers below which a test says nothing.
const LEAST: usize = 30;
/// Rules kept for the page.
const RULES: usize = 12;
/// Days in which a product counts as held.
pub const HOLDING: i32 = 730;
/// Many products begin here.
const MANY: u32 = 5;

/// Products by place.
struct Shelf {
    ids: Vec<i64>,
    sold: Vec<bool>,
}

impl Shelf {
    fn of(found: &Gathered) -> Shelf {
        Shelf {
            ids: found.products.keys().copied().collect(),
            sold: found.products.values().map(|p| p.sold).collect(),
        }
    }
    fn place(&self, product: i64) -> Option<u32> {
        let at = self.ids.binary_search(&product).ok()?;
        u32::try_from(at).ok()
    }
    fn id(&self, place: u32) -> i64 {
        usize::try_from(place)
            .ok()
            .and_then(|p| self.ids.get(p))
            .copied()
            .unwrap_or(0)
    }
    fn sold(&self, place: u32) -> bool {
        let at = usize::try_from(place).ok();
        at.and_then(|p| self.sold.get(p)).copied().unwrap_or(false)
    }
}

/// Customers of a span in order of id.
fn holders(found: &Gathered, shelf: &Shelf, until: &Until) -> (Vec<i64>, Vec<Holder>) {
    let (mut ids, mut all): (Vec<i64>, Vec<Holder>) = (vec![], vec![]);
    for h in &until.has {
        let Some(place) = shelf.place(h.product) else { continue };
        if ids.last() != Some(&h.party) {
            ids.push(h.party);
            all.push(Holder {
                group: found.industries.get(&h.party).copied().unwrap_or(0),
                own: vec![],
            });
        }
        if let Some(holder) = all.last_mut() {
            holder.own.push((place, crate::model::float(h.times)));
        }
    }
    (ids, all)
}

fn basis(found: &Gathered, shelf: &Shelf, until: &Until, holders: &[Holder]) -> Basis {
    let mut baskets: Vec<Vec<u32>> = vec![];
    let mut last = None;
    for (order, product) in &until.baskets {
        let Some(place) = shelf.place(*product) else { continue };
        if last != Some(*order) {
            baskets.push(vec![]);
            last = Some(*order);
        }
        if let Some(basket) = baskets.last_mut() {
            basket.push(place);
        }
    }
    Basis::of(holders, &baskets, found.products.len(), FEWEST)
}

/// How the ways would have foreseen what came between two spans.
fn test(found: &Gathered, shelf: &Shelf, before: &Until, after: &Until) -> Option<Test> {
    let (ids, holders) = holders(found, shelf, before);
    let basis = basis(found, shelf, before, &holders);
    let mut came: HashMap<i64, Vec<u32>> = HashMap::new();
    for h in after.has.iter().filter(|h| h.last > before.to) {
        came.entry(h.party).or_default().extend(shelf.place(h.product));
    }
    let step = ids.len().div_ceil(JUDGED).max(1);
    let sampled: Vec<Holder> = holders.iter().step_by(step).cloned().collect();
    let later: Vec<Vec<u32>> = ids
        .iter()
        .step_by(step)
        .map(|id| came.remove(id).unwrap_or_default())
        .collect();
    // What is still sold today may have been offered; what is not was perhaps gone by then.
    let scores: Vec<_> = Way::ALL
        .into_iter()
        .filter_map(|way| judge(&basis, way, &sampled, &later, PLACES, &|p| shelf.sold(p)))
        .collect();
    (scores.first().is_some_and(|s| s.customers >= LEAST)).then_some(Test {
        known_to: before.to,
        to: after.to,
        scores,
    })
}

/// Computes everything.
pub fn compute(found: &Gathered) -> Option<(Report, Vec<Row>)> {
    let [early, middle, now] = found.spans.as_slice() else {
        return None;
    };
    let shelf = Shelf::of(found);
    let chosen = test(found, &shelf, early, middle);
    let tested = test(found, &shelf, middle, now);
    // Untested, all of them together err the least.
    let way = chosen.as_ref().map_or(Way::Blend, |t| choose(&t.scores));
    let (ids, all) = holders(found, &shelf, now);
    let basis = basis(found, &shelf, now, &all);
    let held = held(found, now);
    let mut rows = Vec::with_capacity(ids.len());
    let (mut offered, mut closed) = (0_usize, 0_usize);
    for (party, holder) in ids.iter().zip(&all) {
        let row = one(found, &shelf, &basis, way, *party, holder, held.get(party).copied());
        let shut = found.leanings.get(party).is_some_and(zhike_contract::Leaning::closed);
        closed += usize::from(shut);
        offered += usize::from(row.next.is_some());
        rows.push(row);
    }
    let rules = basis.rules().iter().filter(|r| r.from < r.to).take(RULES);
    let rules = rules.map(|r| (shelf.id(r.from), shelf.id(r.to), r.both, r.confidence, r.lift));
    let lift = |by: fn(&Row) -> i64| {
        let all: Vec<Held> = rows.iter().filter_map(|r| worth(found, r, by(r))).collect();
        holding::lift(&all, MANY)
    };
    let report = Report {
        from: found.from,
        to: now.to,
        customers: rows.len(),
        products: found.products.len(),
        way,
        chosen,
        tested,
        offered,
        closed,
        rules: rules.collect(),
        lifts: [lift(|r| r.products), lift(|r| r.categories)],
    };
    Some((report, rows))
}

fn worth(found: &Gathered, row: &Row, held: i64) -> Option<Held> {
    let (profit, entered) = *found.worth.get(&row.party)?;
    Some(Held {
        held: u32::try_from(held).unwrap_or(0),
        entered,
        worth: crate::model::float(profit),
    })
}

/// Products and categories held by each customer: bought within two years and not all given back.
fn held(found: &Gathered, now: &Until) -> HashMap<i64, (i64, i64)> {
    let mut kinds: HashSet<(i64, i64)> = HashSet::new();
    let mut all: HashMap<i64, (i64, i64)> = HashMap::new();
    for h in &now.has {
        if h.kept <= 0 || (now.to - h.last).get_days() >= HOLDING {
            continue;
        }
        let entry = all.entry(h.party).or_default();
        entry.0 += 1;
        if let Some(category) = found.products.get(&h.product).and_then(|p| p.category)
            && kinds.insert((h.party, category))
        {
            entry.1 += 1;
        }
    }
    all
}

fn one(
    found: &Gathered,
    shelf: &Shelf,
    basis: &Basis,
    way: Way,
    party: i64,
    holder: &Holder,
    held: Option<(i64, i64)>,
) -> Row {
    let product = |place: u32| found.products.get(&shelf.id(place));
    let families: HashSet<i64> = holder
        .own
        .iter()
        .filter_map(|o| product(o.0))
        .map(|p| p.family)
        .collect();
    let leaning = found.leanings.get(&party);
    let stands = |place: u32| match (leaning, product(place)) {
        (Some(l), Some(p)) => fit(l, &p.item),
        _ => Fit::Open,
    };
    let allowed = |place: u32| {
        shelf.sold(place)
            && product(place).is_some_and(|p| !families.contains(&p.family))
            && stands(place) != Fit::Unwanted
    };
    let most = if leaning.is_some_and(|l| !l.interests.is_empty() || !l.wanted.is_empty()) {
        shelf.ids.len()
    } else {
        KEPT
    };
    let mut list: Vec<Next> = basis.rank(way, holder, most, &allowed);
    // What was named as an interest comes first; the rest keeps its order.
    list.sort_by_key(|n| stands(n.product) != Fit::Wanted);
    list.truncate(KEPT);
    let offers: Vec<Kept> = list
        .iter()
        .map(|n| {
            let why = basis.why(holder, n.product);
            let round = |v: f64, by: f64| (v * by).round() / by;
            Kept(
                shelf.id(n.product),
                round(n.score, 1e6),
                why.basket.map(|r| (shelf.id(r.from), r.both, round(r.lift, 100.0))),
                why.alike.map(|a| shelf.id(a.0)),
                why.peers,
                why.all,
            )
        })
        .collect();
    let shut = leaning.is_some_and(zhike_contract::Leaning::closed);
    let (products, categories) = held.unwrap_or((0, 0));
    Row {
        party,
        products,
        categories,
        next: offers.first().map(|o| o.0).filter(|_| !shut),
        offers,
    }
}
