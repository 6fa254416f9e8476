//! What holds when a contact is written down by hand, and when a mailbox is set up.

use async_trait::async_trait;
use zhike_kernel::{Door, Error, Result, Stamp, Value, Values};
use zhike_store::{Ctx, Hooks, Record, Tx, field::parse_date};

pub(crate) struct InteractionHooks;
pub(crate) struct MailboxHooks;

fn text<'a>(values: &'a Values, name: &str) -> &'a str {
    values.get(name).and_then(Value::text).unwrap_or("")
}
fn empty(values: &Values, name: &str) -> bool {
    values.get(name).is_none_or(Value::is_empty)
}

#[async_trait]
impl Hooks for InteractionHooks {
    async fn check(&self, _tx: &Tx, ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        // Letters bring all of it along.
        if matches!(ctx.door, Door::Job) {
            return Ok(());
        }
        if old.is_some_and(|o| o.text("state") != "noted") {
            // What was said cannot be changed afterwards; whose it is can.
            let changed = |name: &str| old.is_some_and(|o| new.get(name).is_some_and(|v| v != o.get(name)));
            if ["subject", "body", "channel", "direction", "address", "happened_on"]
                .iter()
                .any(|f| changed(f))
            {
                return Err(Error::refused("error-interaction-fixed"));
            }
            return Ok(());
        }
        if empty(new, "party_id") {
            return Err(Error::field("party_id", "error-required"));
        }
        if new
            .get("minutes")
            .and_then(Value::int)
            .is_some_and(|m| !(0..=1_440).contains(&m))
        {
            return Err(Error::field("minutes", "error-interaction-minutes"));
        }
        let now = ctx.now();
        let today = now.date(&ctx.house.zone);
        let day = parse_date(text(new, "happened_on")).unwrap_or(today);
        if day > today {
            return Err(Error::field("happened_on", "error-interaction-future"));
        }
        // A day that is over has no hour any more: noon.
        let at = if day == today {
            now
        } else {
            Stamp::start_of(day, &ctx.house.zone).plus_seconds(12 * 3_600)
        };
        new.insert("happened_on".into(), day.into());
        if old.is_none_or(|o| o.date("happened_on") != Some(day)) {
            new.insert("at".into(), at.into());
        }
        if old.is_none() {
            new.insert("state".into(), "noted".into());
            new.insert("machine".into(), false.into());
            new.insert("user_id".into(), ctx.actor.user.into());
        }
        Ok(())
    }
}

fn host(new: &Values, name: &str) -> Result<()> {
    let host = text(new, name);
    let good = host.chars().all(|c| c.is_ascii_alphanumeric() || ".-:_".contains(c)) && host.len() <= 253;
    if good {
        Ok(())
    } else {
        Err(Error::field(name, "error-mail-host"))
    }
}

#[async_trait]
impl Hooks for MailboxHooks {
    async fn check(&self, _tx: &Tx, _ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        let address = text(new, "address").trim().to_lowercase();
        if !address.is_empty() {
            new.insert("address".into(), address.into());
        }
        for name in ["imap_host", "smtp_host"] {
            host(new, name)?;
        }
        host(new, "dkim_selector")?;
        for (name, usual) in [("imap", 993), ("smtp", 587)] {
            let field = format!("{name}_port");
            match new.get(&field).and_then(Value::int) {
                Some(p) if !(1..=65_535).contains(&p) => return Err(Error::field(&field, "error-mail-port")),
                None if old.is_none() && !empty(new, &format!("{name}_host")) => {
                    new.insert(field, usual.into());
                }
                _ => {}
            }
        }
        if new
            .get("silent_hours")
            .and_then(Value::int)
            .is_some_and(|h| !(1..=8_760).contains(&h))
        {
            return Err(Error::field("silent_hours", "error-mail-hours"));
        }
        Ok(())
    }
}
