//! Who supplies, recommends, competes with or works with whom.

use std::collections::HashMap;

use crate::calendar::{Calendar, plus};
use crate::model::{Party, Relation, RelationKind};
use crate::parties::{COMPETITORS, PARTNERS, PROSPECTS, Parties, SUPPLIERS};
use crate::rng::Rng;

const STREAM_RELATION: u64 = 12;

impl Parties {
    /// Draws the relations between organisations; each pair has one at most.
    pub(crate) fn relate(&mut self, seed: u64, calendar: &Calendar, customers: usize) {
        let mut rng = Rng::keyed(seed, STREAM_RELATION, 0);
        let prospects = customers;
        let suppliers = prospects + PROSPECTS;
        let partners = suppliers + SUPPLIERS;
        let competitors = partners + PARTNERS;
        let mut seen: HashMap<(usize, usize), RelationKind> = HashMap::new();
        let mut add =
            |list: &mut Vec<Relation>, parties: &[Party], rng: &mut Rng, from: usize, kind: RelationKind, to: usize| {
                if from == to || seen.insert((from.min(to), from.max(to)), kind).is_some() {
                    return;
                }
                let begin = parties[from].created_on.max(parties[to].created_on);
                let since = plus(begin, rng.between(0, 300)).min(calendar.end);
                list.push(Relation {
                    from,
                    kind,
                    to,
                    since,
                    decision_maker: false,
                });
            };
        if customers == 0 {
            return;
        }
        for s in 0..SUPPLIERS {
            for _ in 0..rng.between(0, 3) {
                let to = rng.index(customers);
                add(
                    &mut self.relations,
                    &self.list,
                    &mut rng,
                    suppliers + s,
                    RelationKind::Supplies,
                    to,
                );
            }
        }
        for p in 0..PARTNERS {
            for _ in 0..rng.between(1, 6) {
                let to = rng.index(customers);
                add(
                    &mut self.relations,
                    &self.list,
                    &mut rng,
                    partners + p,
                    RelationKind::PartnerOf,
                    to,
                );
            }
        }
        for c in 0..COMPETITORS {
            let to = competitors + (c + 1) % COMPETITORS;
            add(
                &mut self.relations,
                &self.list,
                &mut rng,
                competitors + c,
                RelationKind::Competes,
                to,
            );
        }
        for i in 0..prospects + PROSPECTS {
            if rng.percent(6) {
                let from = rng.index(customers);
                add(&mut self.relations, &self.list, &mut rng, from, RelationKind::Refers, i);
            }
            if rng.percent(3) {
                let rival = rng.index(customers);
                if self.list[rival].industry == self.list[i].industry {
                    add(
                        &mut self.relations,
                        &self.list,
                        &mut rng,
                        i,
                        RelationKind::Competes,
                        rival,
                    );
                }
            }
        }
    }
}
