//! Telling the customer the solution: through the gate, or by a person who says so. From then on the customer judges.

use super::{desk::Desk, letters, promise};
use crate::process::Act;
use zhike_contract::{
    Channel,
    gate::{Ask, Class, Verdict},
};
use zhike_kernel::{Arg, Error, Result, Stamp, Values};
use zhike_store::binds;
use zhike_web::files::along::Along;

/// How the customer is told.
#[derive(Clone, Debug)]
pub(crate) struct Telling {
    /// By which way.
    pub channel: Channel,
    /// Somebody told them already; otherwise a message is handed to the gate.
    pub by_hand: bool,
    /// What was said or agreed.
    pub note: Option<String>,
    /// What goes along with the message.
    pub files: Vec<Along>,
}

impl Desk<'_> {
    /// Tells the customer. False when the gate does not let it through: the case stays where it is.
    pub(crate) async fn tell_customer(&mut self, how: Telling) -> Result<bool> {
        self.at(Act::Tell)?;
        let wish = promise::open_one(self.tx, self.case.id).await?;
        let (mut at, mut message) = (self.tx.at, None);
        let mut channel = how.channel;
        if !how.files.is_empty() && (how.by_hand || channel != Channel::Email) {
            return Err(Error::field("file", "error-along-mail"));
        }
        if !how.by_hand {
            // The customer named the hour: it goes then, not before.
            let when = wish.as_ref().map_or(at, |w| w.from.max(at));
            let loc = letters::locale(self.case.text("language"), &self.ctx.house.zone)?;
            let letter = letters::Letter {
                key: if self.judged() { "solved" } else { "answered" },
                channel,
                address: wish
                    .as_ref()
                    .map(|w| w.contact.clone())
                    .filter(|c| c.contains('@') && channel == Channel::Email),
                at: when,
                agreed: wish.is_some(),
                once: format!("told:{}:{}", self.round(), self.case.version),
                files: &how.files,
                args: vec![
                    ("solution", Arg::from(self.case.text("solution"))),
                    ("day", loc.date_iso(self.silence(when).1.date(&loc.zone)).into()),
                    ("days", self.def.no_answer_days.into()),
                ],
            };
            let handed = letters::send(self, letter).await?;
            message = Some(handed.message);
            match handed.verdict {
                Verdict::Allowed => at = when,
                Verdict::Later(later) => at = later,
                Verdict::Elsewhere(other, later) => (channel, at) = (other, later),
                Verdict::Withheld => {
                    self.set("withheld", Values::new(), None).await?;
                    return Ok(false);
                }
            }
        }
        if let (true, Some(party)) = (how.by_hand, self.case.int("party_id")) {
            // It has been said already, nothing can hold it back; the gate keeps and counts it like all else.
            let ask = Ask {
                party,
                class: Class::Service,
                topic: "complaint".into(),
                channel,
                address: None,
                at: self.tx.at,
                may_change: false,
                may_wait: true,
                agreed: true,
            };
            self.ports
                .gate
                .pass(self.ctx, self.tx, &ask, how.note.as_deref())
                .await?;
        }
        let (warn, end) = self.silence(at);
        let judged = self.judged();
        let of = |s: Stamp| judged.then_some(s.0);
        let sql = "UPDATE service_round SET told_at = $1, told_by = $2, channel = $3, message_id = $4, answer_by = $5, warn_at = $6 \
                   WHERE case_id = $7 AND number = $8";
        let binds = binds![
            at.0,
            self.tx.user,
            channel.word(),
            message,
            of(end),
            of(warn),
            self.case.id,
            self.round()
        ];
        self.tx.exec(sql, binds).await?;
        if let Some(wish) = wish {
            promise::ended_by(self, &wish, at, "told").await?;
        }
        let place = self.done(None, how.note.clone()).await?;
        let changes = Values::from([
            ("told_at".to_owned(), at.into()),
            ("promise_at".to_owned(), zhike_kernel::Value::Null),
        ]);
        self.set("told", changes, how.note).await?;
        self.go(Some(place)).await?;
        super::clock::wake(self.tx, warn).await?;
        Ok(true)
    }

    /// Does the customer judge at the end of this process?
    pub(crate) fn judged(&self) -> bool {
        self.def.steps.iter().any(|s| s.act == Act::Verdict)
    }
}

/// Reads the way by which somebody was told.
pub(crate) fn channel(word: &str) -> Result<Channel> {
    Channel::of(word).ok_or_else(|| Error::field("channel", "error-not-a-choice"))
}
