//! Wishes of several rows: a person's and the organisation's; those of two parties that became one; and who may overrule whom.

use super::{Allow, By, Pause, Stated, Way, Window, Wish};
use zhike_kernel::Stamp;

/// May a word of `by` take the place of what is stated? An inference never overrules a statement, and an import never what
/// the customer or an employee said.
pub(crate) fn may_set<T>(old: Option<&Stated<T>>, by: By) -> bool {
    match (old.map(|o| o.by), by) {
        (None, _) | (_, By::Customer | By::Employee) => true,
        (Some(old), By::Import | By::Inferred) => old <= by,
    }
}

/// What a person left open is as the organisation wishes.
pub(crate) fn inherit(own: Wish, above: Wish) -> Wish {
    Wish {
        zone: own.zone.or(above.zone),
        language: own.language.or(above.language),
        level: own.level.or(above.level),
        // The organisation's addresses are not the person's.
        channels: own.channels.or(above.channels.map(|mut c| {
            c.value.iter_mut().for_each(|w| w.address = None);
            c
        })),
        hours: own.hours.or(above.hours),
        caps: own.caps.or(above.caps),
        wanted: own.wanted.or(above.wanted),
        unwanted: own.unwanted.or(above.unwanted),
        pauses: own.pauses.or(above.pauses),
        places: own.places.or(above.places),
        interests: own.interests.or(above.interests),
    }
}

/// The survivor of a merge keeps to what both had stated, the stricter wins; what was stated anew since, counts alone.
pub(crate) fn join(kept: Wish, gone: Wish, merged: Stamp) -> Wish {
    fn both<T>(
        kept: Option<Stated<T>>,
        gone: Option<Stated<T>>,
        merged: Stamp,
        strict: impl FnOnce(&Stated<T>, &Stated<T>) -> T,
    ) -> Option<Stated<T>> {
        match (kept, gone) {
            (Some(k), Some(_)) if k.at > merged => Some(k),
            (Some(k), Some(g)) => Some(Stated {
                value: strict(&k, &g),
                ..k
            }),
            (k, g) => k.or(g),
        }
    }
    fn union<T: Clone + PartialEq>(a: &[T], b: &[T]) -> Vec<T> {
        let mut all = a.to_vec();
        all.extend(b.iter().filter(|x| !a.contains(x)).cloned());
        all
    }
    Wish {
        zone: kept.zone.or(gone.zone),
        language: kept.language.or(gone.language),
        level: kept.level.or(gone.level),
        channels: both(kept.channels, gone.channels, merged, |k, g| {
            stricter(&k.value, &g.value)
        }),
        hours: both(kept.hours, gone.hours, merged, |k, g| {
            let common = overlap(&k.value, &g.value);
            match common.is_empty() {
                false => common,
                // Nothing in common: the later word.
                true if g.at > k.at => g.value.clone(),
                true => k.value.clone(),
            }
        }),
        caps: both(kept.caps, gone.caps, merged, |k, g| union(&k.value, &g.value)),
        wanted: both(kept.wanted, gone.wanted, merged, |k, g| {
            k.value.iter().filter(|t| g.value.contains(t)).cloned().collect()
        }),
        unwanted: both(kept.unwanted, gone.unwanted, merged, |k, g| union(&k.value, &g.value)),
        pauses: both(kept.pauses, gone.pauses, merged, |k, g| {
            union::<Pause>(&k.value, &g.value)
        }),
        places: kept.places.or(gone.places),
        interests: kept.interests.or(gone.interests),
    }
}

/// Every channel as the stricter of the two allows it, in the survivor's order.
fn stricter(kept: &[Way], gone: &[Way]) -> Vec<Way> {
    let mut all = kept.to_vec();
    for way in gone {
        match all.iter_mut().find(|w| w.channel == way.channel) {
            None => all.push(way.clone()),
            Some(mine) => {
                mine.allow = match (&mine.allow, &way.allow) {
                    (Allow::No, _) | (_, Allow::No) => Allow::No,
                    (Allow::All, other) | (other, Allow::All) => other.clone(),
                    (Allow::Only(a), Allow::Only(b)) => {
                        let common: Vec<_> = a.iter().filter(|c| b.contains(c)).copied().collect();
                        if common.is_empty() {
                            Allow::No
                        } else {
                            Allow::Only(common)
                        }
                    }
                };
                mine.address = mine.address.take().or_else(|| way.address.clone());
            }
        }
    }
    all
}

fn overlap(a: &[Window], b: &[Window]) -> Vec<Window> {
    let mut out = vec![];
    for x in a {
        for y in b {
            let channel = match (x.channel, y.channel) {
                (Some(c), Some(d)) if c != d => continue,
                (c, d) => c.or(d),
            };
            let w = Window {
                days: x.days & y.days,
                from: x.from.max(y.from),
                to: x.to.min(y.to),
                channel,
            };
            if w.days != 0 && w.from < w.to && !out.contains(&w) {
                out.push(w);
            }
        }
    }
    out
}
