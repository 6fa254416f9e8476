//! What belongs to somebody and may be shared: others look, copy and use it, but do not change it.

use zhike_kernel::{Error, Result, Role, Value, Values};
use zhike_store::{Ctx, Field, FieldKind, Record, Search};

/// With whom it is shared.
pub(crate) const SHARING: &[&str] = &["private", "team", "everyone"];

/// The name of it, in both scripts.
pub(crate) fn names() -> [Field; 2] {
    [
        Field::new("name", FieldKind::Text)
            .required()
            .column()
            .search(Search::Name),
        Field::new("name_latin", FieldKind::Text)
            .unsorted()
            .search(Search::Name),
    ]
}

/// The fields that say whose it is and who else sees it.
pub(crate) fn fields() -> [Field; 2] {
    [
        Field::new("owner_id", FieldKind::User).required().column(),
        Field::new("sharing", FieldKind::Choice(SHARING))
            .required()
            .default("private")
            .column(),
    ]
}

/// May this actor change it?
pub(crate) fn may_change(ctx: &Ctx, record: &Record) -> bool {
    let mine = ctx.actor.user.is_none() || record.int("owner_id") == ctx.actor.user;
    mine || ctx.actor.role == Role::Administrator
}

/// A new one belongs to who makes it; what is another's stays as it is.
pub(crate) fn check(ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
    match old {
        None => {
            if new.get("owner_id").is_none_or(Value::is_empty) {
                new.insert("owner_id".into(), ctx.actor.user.into());
            }
            let to = new.get("owner_id").and_then(Value::int);
            // Nobody keeps private things in another's name.
            if ctx.actor.user.is_some() && to != ctx.actor.user && ctx.actor.role != Role::Administrator {
                return Err(Error::field("owner_id", "error-owned-for-another"));
            }
            Ok(())
        }
        Some(record) => need(ctx, record),
    }
}

/// Refuses a change by anybody else.
pub(crate) fn need(ctx: &Ctx, record: &Record) -> Result<()> {
    if may_change(ctx, record) {
        Ok(())
    } else {
        Err(Error::refused("error-owned"))
    }
}
