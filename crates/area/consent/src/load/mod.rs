//! What the rules need to know of parties, read for many at once.

mod rows;

use crate::{
    address,
    rules::{Calendar, Closed, Consent, HORIZON_DAYS, Manners, Reachable, Sent, Wish, inherit, join},
};
use jiff::tz::TimeZone;
use rows::{closed, consents, every_closed, lines, merged, organisations, sent, wishes};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};
use zhike_contract::{Channel, Leaning, Leanings, gate::Class};
use zhike_kernel::{Date, Error, Result, Stamp};
use zhike_store::{Ctx, Query, setting};
use zhike_web::site;

/// Name of the setting with the house's defaults.
pub(crate) const MANNERS: &str = "gate.manners";
/// What was sent so many days before matters to a frequency.
const BACK_DAYS: i64 = 33;

/// The house's defaults.
pub(crate) async fn manners(q: &dyn Query) -> Result<Manners> {
    let kept: Manners = match setting::get(q, MANNERS).await? {
        None => Manners::default(),
        Some(text) => serde_json::from_str(&text).map_err(Error::broken)?,
    };
    let address = site::address(q).await?;
    Ok(Manners { address, ..kept })
}

/// One party, ready for the rules.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    pub wish: Wish,
    /// Its own, before the organisation's; for pages.
    pub own: Wish,
    pub consents: Vec<Consent>,
    pub sent: Vec<Sent>,
    pub reach: Vec<Reachable>,
    pub above: Option<i64>,
}

/// Closed addresses by the form in which they are compared.
pub(crate) type Book = Arc<HashMap<String, Vec<Closed>>>;

/// So many closed addresses are kept in memory while many parties are decided.
const BOOK: i64 = 300_000;

/// All closed addresses of the house, for whoever decides many; none when they are too many.
pub(crate) async fn book(q: &dyn Query) -> Result<Option<Book>> {
    Ok(every_closed(q, BOOK).await?.map(Arc::new))
}

/// What was read for some parties, for questions about moments from `from` on.
pub(crate) struct Loaded {
    pub manners: Manners,
    known: HashMap<i64, Known>,
    /// Closed addresses by their key.
    closed: Book,
    zone: TimeZone,
    zones: HashMap<String, Arc<Calendar>>,
    house: Arc<Calendar>,
    from: Stamp,
}

impl Loaded {
    /// Reads what is known of these parties, for moments from `from` on. `extra` are addresses named besides.
    pub(crate) async fn read(
        ctx: &Ctx,
        q: &dyn Query,
        parties: &[i64],
        from: Stamp,
        extra: &[(Channel, &str)],
    ) -> Result<Loaded> {
        Loaded::read_with(ctx, q, parties, from, extra, None).await
    }

    /// The same with the closed addresses read before.
    pub(crate) async fn read_with(
        ctx: &Ctx,
        q: &dyn Query,
        parties: &[i64],
        from: Stamp,
        extra: &[(Channel, &str)],
        book: Option<&Book>,
    ) -> Result<Loaded> {
        let manners = manners(q).await?;
        let today = from.date(&ctx.house.zone);
        let lines = lines(q, parties).await?;
        let above = organisations(q, &lines, today).await?;
        let mut all: BTreeSet<i64> = parties.iter().copied().collect();
        all.extend(above.values());
        let whole: Vec<i64> = all.iter().copied().collect();
        let merged = merged(q, &whole).await?;
        all.extend(merged.iter().map(|m| m.0));
        let whole: Vec<i64> = all.into_iter().collect();
        let (mut wishes, mut consents) = (wishes(q, &whole).await?, consents(q, &whole).await?);
        let mut sent = sent(q, &whole, from.plus_seconds(-BACK_DAYS * 86_400)).await?;
        for (gone, kept, at) in &merged {
            if let Some(wish) = wishes.remove(gone) {
                let mine = wishes.remove(kept).unwrap_or_default();
                wishes.insert(*kept, join(mine, wish, *at));
            }
            // Consents follow a merge by themselves; what is left here was written since.
            let more = consents.remove(gone).unwrap_or_default();
            consents.entry(*kept).or_default().extend(more);
            let more = sent.remove(gone).unwrap_or_default();
            sent.entry(*kept).or_default().extend(more);
        }
        let mut known = HashMap::with_capacity(lines.len());
        for line in lines {
            let own = wishes.get(&line.id).cloned().unwrap_or_default();
            let over = above.get(&line.id).copied();
            let (mut wish, mut given) = (own.clone(), consents.get(&line.id).cloned().unwrap_or_default());
            if let Some(over) = over {
                if let Some(theirs) = wishes.get(&over) {
                    wish = inherit(wish, theirs.clone());
                }
                // A consent is one's own; a withdrawal by the organisation holds for its people too.
                let withdrawn = consents.get(&over).into_iter().flatten();
                given.extend(withdrawn.filter(|c| c.withdrawn.is_some()).map(|c| Consent {
                    until: Some(Date::MIN),
                    ..c.clone()
                }));
            }
            known.insert(
                line.id,
                Known {
                    wish,
                    own,
                    consents: given,
                    sent: sent.remove(&line.id).unwrap_or_default(),
                    reach: line.reach,
                    above: over,
                },
            );
        }
        let mut loaded = Loaded {
            manners,
            known,
            closed: Arc::default(),
            zone: ctx.house.zone.clone(),
            zones: HashMap::new(),
            house: Arc::new(calendar(&ctx.house.zone, from)),
            from,
        };
        loaded.closed = match book {
            Some(book) => book.clone(),
            None => Arc::new(closed(q, &loaded.keys(extra)).await?),
        };
        loaded.fill_zones();
        Ok(loaded)
    }

    fn keys(&self, extra: &[(Channel, &str)]) -> BTreeSet<String> {
        let mut keys: BTreeSet<String> = extra.iter().filter_map(|(c, a)| address::key(*c, a)).collect();
        for known in self.known.values() {
            keys.extend(known.reach.iter().filter_map(|r| address::key(r.channel, &r.address)));
            let ways = known.wish.channels.iter().flat_map(|c| &c.value);
            keys.extend(ways.filter_map(|w| address::key(w.channel.0, w.address.as_deref()?)));
        }
        keys
    }

    fn fill_zones(&mut self) {
        let names: BTreeMap<String, ()> = self
            .known
            .values()
            .filter_map(|k| k.wish.zone.as_ref())
            .map(|z| (z.value.clone(), ()))
            .collect();
        for name in names.into_keys() {
            if let Ok(zone) = TimeZone::get(&name) {
                self.zones.insert(name, Arc::new(calendar(&zone, self.from)));
            }
        }
    }

    /// What is known of a party; none when there is no such party.
    pub(crate) fn of(&self, party: i64) -> Option<&Known> {
        self.known.get(&party)
    }

    /// The customer's wall clock.
    pub(crate) fn calendar(&self, known: &Known) -> &Calendar {
        let named = known.wish.zone.as_ref().and_then(|z| self.zones.get(&z.value));
        named.unwrap_or(&self.house)
    }

    /// The customer's zone.
    pub(crate) fn zone(&self, known: &Known) -> TimeZone {
        let named = known.wish.zone.as_ref().and_then(|z| TimeZone::get(&z.value).ok());
        named.unwrap_or_else(|| self.zone.clone())
    }

    /// Closed addresses that concern a party, or an address named by who asks.
    pub(crate) fn shut(&self, known: &Known, asked: Option<(Channel, &str)>) -> Vec<Closed> {
        if self.closed.is_empty() {
            return vec![];
        }
        let own = known.reach.iter().map(|r| (r.channel, r.address.as_str()));
        let ways = known.wish.channels.iter().flat_map(|c| &c.value);
        let named = ways.filter_map(|w| Some((w.channel.0, w.address.as_deref()?)));
        let keys: BTreeSet<String> = own
            .chain(named)
            .chain(asked)
            .filter_map(|(c, a)| address::key(c, a))
            .collect();
        keys.iter()
            .filter_map(|k| self.closed.get(k))
            .flatten()
            .cloned()
            .collect()
    }
}

fn calendar(zone: &TimeZone, from: Stamp) -> Calendar {
    Calendar::new(
        zone,
        from.plus_seconds(-BACK_DAYS * 86_400),
        BACK_DAYS + HORIZON_DAYS + 20,
    )
}

impl Loaded {
    /// Something goes to a party now: what is asked next knows it.
    pub(crate) fn count(&mut self, party: i64, at: Stamp, class: Class, topic: &str, channel: Channel) {
        if let Some(known) = self.known.get_mut(&party) {
            known.sent.push(Sent {
                at,
                class,
                topic: topic.to_owned(),
                channel,
            });
        }
    }
}

/// What these parties stated about what they want to hear of, with what was stated of parties merged into them.
pub(crate) async fn leanings(q: &dyn Query, parties: &[i64]) -> Result<HashMap<i64, Leaning>> {
    let merged = merged(q, parties).await?;
    let mut all = parties.to_vec();
    all.extend(merged.iter().map(|m| m.0));
    let mut wishes = wishes(q, &all).await?;
    for (gone, kept, at) in &merged {
        if let Some(wish) = wishes.remove(gone) {
            let mine = wishes.remove(kept).unwrap_or_default();
            wishes.insert(*kept, join(mine, wish, *at));
        }
    }
    let stated = wishes.into_iter().map(|(party, wish)| {
        let leaning = Leaning {
            wanted: wish.wanted.map(|s| s.value).unwrap_or_default(),
            unwanted: wish.unwanted.map(|s| s.value).unwrap_or_default(),
            interests: wish.interests.map(|s| s.value).unwrap_or_default(),
        };
        (party, leaning)
    });
    Ok(stated.filter(|(_, l)| *l != Leaning::default()).collect())
}

/// The port of statements.
pub(crate) struct Stated;

#[async_trait::async_trait]
impl Leanings for Stated {
    async fn of(&self, q: &dyn Query, parties: &[i64]) -> Result<HashMap<i64, Leaning>> {
        leanings(q, parties).await
    }
}
