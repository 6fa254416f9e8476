//! The same rules said once more, slowly and without any search: is this one minute open? Written from the requirements, not
//! from the code, with jiff's own zoned clock; the property tests hold the gate against it.

use super::{Allow, Cap, Manners, Per, Reachable, Sent, Shut, Wish};
use crate::{
    address,
    rules::{Closed, Consent},
};
use jiff::{Zoned, civil::Weekday, tz::TimeZone};
use zhike_contract::gate::{Channel, Class};
use zhike_kernel::{Date, Stamp};

pub(super) struct World {
    pub wish: Wish,
    pub consents: Vec<Consent>,
    pub closed: Vec<Closed>,
    pub sent: Vec<Sent>,
    pub reach: Vec<Reachable>,
    pub manners: Manners,
    pub zone: TimeZone,
}

pub(super) struct Asked {
    pub class: Class,
    pub topic: String,
    pub may_wait: bool,
    pub agreed: bool,
}

fn at(zone: &TimeZone, t: Stamp) -> Zoned {
    t.timestamp().to_zoned(zone.clone())
}

fn weekday_bit(day: Weekday) -> u8 {
    1 << day.to_monday_zero_offset()
}

impl World {
    pub(super) fn address(&self, channel: Channel) -> Option<String> {
        if let Some(ways) = &self.wish.channels {
            for way in &ways.value {
                if way.channel.0 == channel
                    && let Some(address) = &way.address
                    && !address.trim().is_empty()
                {
                    return Some(address.clone());
                }
            }
        }
        for own in &self.reach {
            if own.channel == channel {
                return Some(own.address.clone());
            }
        }
        None
    }

    /// Did the customer or the holder of the address close this way?
    pub(super) fn shut(&self, class: Class, channel: Channel) -> bool {
        if let Some(ways) = &self.wish.channels {
            match ways.value.iter().find(|w| w.channel.0 == channel).map(|w| &w.allow) {
                None => {
                    if class == Class::Promotion {
                        return true;
                    }
                }
                Some(Allow::No) => return true,
                Some(Allow::All) => {}
                Some(Allow::Only(these)) => {
                    if !these.iter().any(|c| c.0 == class) {
                        return true;
                    }
                }
            }
        }
        let Some(address) = self.address(channel) else {
            return false;
        };
        let key = address::key(channel, &address);
        self.closed.iter().any(|c| {
            c.channel == channel
                && Some(&c.key) == key.as_ref()
                && match c.shut {
                    Shut::All => true,
                    Shut::Promotion => class == Class::Promotion,
                }
        })
    }

    /// Is this moment open, were the way not closed?
    pub(super) fn open(&self, q: &Asked, channel: Channel, t: Stamp) -> bool {
        if channel != Channel::Portal && self.address(channel).is_none() {
            return false;
        }
        let wall = at(&self.zone, t);
        if q.class == Class::Promotion {
            if !self.topic_wanted(&q.topic) || !self.agreed_to(&q.topic, channel, wall.date()) {
                return false;
            }
            if !q.agreed && !self.within_frequency(&q.topic, channel, &wall) {
                return false;
            }
        }
        if !q.agreed && (q.class == Class::Promotion || q.class == Class::Service) && self.paused(wall.date()) {
            return false;
        }
        let urgent = (q.class == Class::Law || q.class == Class::Safety) && !q.may_wait;
        q.agreed || urgent || self.within_hours(channel, &wall)
    }

    fn topic_wanted(&self, topic: &str) -> bool {
        if let Some(no) = &self.wish.unwanted
            && no.value.iter().any(|t| t == topic)
        {
            return false;
        }
        match &self.wish.wanted {
            None => true,
            Some(yes) => !topic.is_empty() && yes.value.iter().any(|t| t == topic),
        }
    }

    fn agreed_to(&self, topic: &str, channel: Channel, today: Date) -> bool {
        let speaks = |c: &Consent| {
            (c.channel.is_none() || c.channel == Some(channel))
                && (c.topic.is_none() || c.topic.as_deref() == Some(topic))
        };
        for c in &self.consents {
            if !speaks(c) || c.given > today || c.until.is_some_and(|u| u < today) {
                continue;
            }
            let mut taken_back = false;
            for w in &self.consents {
                if let Some(on) = w.withdrawn
                    && speaks(w)
                    && on <= today
                    && (on > c.given || (on == c.given && w.id >= c.id))
                {
                    taken_back = true;
                }
            }
            if !taken_back {
                return true;
            }
        }
        false
    }

    fn within_frequency(&self, topic: &str, channel: Channel, wall: &Zoned) -> bool {
        let about = |c: &&Cap| {
            (c.topic.is_none() || c.topic.as_deref() == Some(topic)) && c.channel.is_none_or(|x| x.0 == channel)
        };
        let own: Vec<&Cap> = match &self.wish.caps {
            Some(caps) => caps.value.iter().filter(about).collect(),
            None => vec![],
        };
        let all = if own.is_empty() {
            self.manners.caps.iter().filter(about).collect()
        } else {
            own
        };
        for cap in all {
            let mut used = 0;
            for s in &self.sent {
                if s.class != Class::Promotion
                    || cap.topic.as_ref().is_some_and(|t| *t != s.topic)
                    || cap.channel.is_some_and(|c| c.0 != s.channel)
                {
                    continue;
                }
                let (then, now) = (at(&self.zone, s.at).date(), wall.date());
                let same = match cap.per {
                    Per::Day => then == now,
                    Per::Month => (then.year(), then.month()) == (now.year(), now.month()),
                    Per::Week => {
                        then.iso_week_date().year() == now.iso_week_date().year()
                            && then.iso_week_date().week() == now.iso_week_date().week()
                    }
                };
                used += u32::from(same);
            }
            if used >= cap.most {
                return false;
            }
        }
        true
    }

    fn paused(&self, today: Date) -> bool {
        let Some(pauses) = &self.wish.pauses else { return false };
        pauses
            .value
            .iter()
            .any(|p| p.from <= today && p.until.is_none_or(|u| today <= u))
    }

    fn within_hours(&self, channel: Channel, wall: &Zoned) -> bool {
        let minute = u16::try_from(i32::from(wall.hour()) * 60 + i32::from(wall.minute())).unwrap();
        for (windows, house) in [
            (
                self.wish.hours.as_ref().map(|h| h.value.clone()).unwrap_or_default(),
                false,
            ),
            (self.manners.hours.clone(), true),
        ] {
            let special = windows.iter().any(|w| w.channel.is_some_and(|c| c.0 == channel));
            let mut any = false;
            for w in &windows {
                let mine = match w.channel {
                    Some(c) => c.0 == channel,
                    None => !special && channel != Channel::Letter && channel != Channel::Portal,
                };
                if !mine {
                    continue;
                }
                any = true;
                let holiday = house && self.manners.holidays.contains(&wall.date());
                if !holiday && w.days & weekday_bit(wall.weekday()) != 0 && w.from <= minute && minute < w.to {
                    return true;
                }
            }
            if any {
                return false;
            }
        }
        true
    }
}
