//! A customer of a shop is a party: found by the shop's own id, by the number the house gave, by mail address or telephone;
//! otherwise made, with the shop as its source.

use crate::{
    doc::{Customer, digits},
    link,
    setup::Shop,
};
use serde_json::Value as Json;
use zhike_kernel::{Result, Value, Values};
use zhike_store::{Ctx, Query, Record, Tx, binds, read, write};

/// The same telephone, however country and area code are written?
fn same(a: &str, b: &str) -> bool {
    let (a, b) = (digits(a), digits(b));
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    a.len() >= 7 && b.len() >= 7 && (a == b || a.ends_with(b) || b.ends_with(a))
}

/// Whose mail address or telephone it is. A number that several have is nobody's.
pub(crate) async fn who(ctx: &Ctx, q: &dyn Query, email: &str, phone: &str) -> Result<Option<i64>> {
    let ty = ctx.registry().get("party")?.clone();
    let email = zhike_kernel::text::fold_width(email).trim().to_lowercase();
    if !email.is_empty() {
        let found = read::ids_by(q, &ty, "email", &[email]).await?;
        if let Some(id) = found.into_values().flatten().min() {
            return Ok(Some(id));
        }
    }
    let number = digits(phone);
    if number.len() < 7 {
        return Ok(None);
    }
    // The area of parties keeps the last eight digits with an index.
    let key: String = number.chars().skip(number.len().saturating_sub(8)).collect();
    let sql = "SELECT id, COALESCE(phone, ''), COALESCE(phone2, '') FROM party_party WHERE phone_key = $1 AND archived_at IS NULL \
               ORDER BY id LIMIT 20";
    let mut found = vec![];
    for row in q.all(sql, binds![key]).await? {
        if same(&row.text(1)?, phone) || same(&row.text(2)?, phone) {
            found.push(row.int(0)?);
        }
    }
    Ok(found.first().copied().filter(|_| found.len() == 1))
}

/// The fields that a shop tells of; what the house cannot read it leaves out.
fn fields(ctx: &Ctx, c: &Customer) -> Result<Values> {
    let ty = ctx.registry().get("party")?.clone();
    let mut out = Values::new();
    let all = [
        ("name", c.title()),
        ("email", &c.email),
        ("phone", &c.phone),
        ("address", &c.address),
        ("city", &c.city),
        ("region", &c.region),
        ("country", &c.country),
    ];
    for (name, text) in all {
        let value = ty.need(name)?.parse(text, ctx.house.currency).unwrap_or(Value::Null);
        if !value.is_empty() {
            out.insert(name.into(), value);
        }
    }
    Ok(out)
}

async fn known(ctx: &Ctx, tx: &Tx, shop: &Shop, c: &Customer) -> Result<Option<(Record, Json)>> {
    if let Some(remote) = &c.remote
        && let Some(l) = link::find(tx, shop.id, "customer", remote).await?
        && let Some(party) = link::alive(ctx, tx, "party", l.record).await?
    {
        return Ok(Some((party, l.said)));
    }
    if !c.key.is_empty() {
        let ty = ctx.registry().get("party")?.clone();
        for field in ["external_key", "number"] {
            let found = read::ids_by(tx, &ty, field, std::slice::from_ref(&c.key)).await?;
            if let Some(id) = found.into_values().flatten().next() {
                let party = link::alive(ctx, tx, "party", id).await?;
                return Ok(party.map(|p| (p, Json::Null)));
            }
        }
    }
    match who(ctx, tx, &c.email, &c.phone).await? {
        Some(id) => Ok(link::alive(ctx, tx, "party", id).await?.map(|p| (p, Json::Null))),
        None => Ok(None),
    }
}

/// A role more, in the order in which roles are kept.
fn with_customer(ctx: &Ctx, party: &Record) -> Result<Option<Value>> {
    let roles = party.text("roles");
    if roles.split(' ').any(|r| r == "customer") {
        return Ok(None);
    }
    let field = ctx.registry().get("party")?.need("roles")?.clone();
    Ok(field.parse(&format!("{roles} customer"), ctx.house.currency).ok())
}

/// Finds or makes the party and takes over what changed in the shop; its id, and whether anything is different now. None when
/// nothing is known of the customer. Whoever has ordered is a customer.
pub(super) async fn settle(
    ctx: &Ctx,
    tx: &Tx,
    shop: &Shop,
    c: &Customer,
    ordered: bool,
) -> Result<Option<(i64, bool)>> {
    let known = known(ctx, tx, shop, c).await?;
    if known.is_none() && c.is_nobody() {
        return Ok(None);
    }
    let now = fields(ctx, c)?;
    let ty = ctx.registry().get("party")?.clone();
    let (id, changed) = match known {
        Some((party, before)) => {
            let mut changed = link::take_over(ctx, tx, "party", &party, &now, &before).await?;
            if ordered && let Some(roles) = with_customer(ctx, &party)? {
                let fresh = read::need(ctx, tx, &ty, party.id).await?;
                let more = Values::from([("roles".to_owned(), roles)]);
                write::update(ctx, tx, &ty, party.id, fresh.version, more).await?;
                changed = true;
            }
            (party.id, changed)
        }
        None => {
            let mut values = now.clone();
            let kind = if c.company.is_empty() { "person" } else { "organisation" };
            let role = if ordered { "customer" } else { "prospect" };
            for (name, word) in [("kind", kind), ("roles", role), ("source", shop.name.as_str())] {
                values.insert(name.into(), word.into());
            }
            if !c.company.is_empty() && !c.name.is_empty() {
                values.insert("note".into(), c.name.as_str().into());
            }
            values.insert("owner_id".into(), shop.owner.into());
            values.insert("currency".into(), shop.currency.code().into());
            (write::create(ctx, tx, &ty, values).await?, true)
        }
    };
    if let Some(remote) = &c.remote {
        link::keep(tx, shop.id, "customer", remote, id, &link::said(&now)).await?;
    }
    Ok(Some((id, changed)))
}

#[cfg(test)]
mod tests {
    use super::same;

    #[test]
    fn numbers_are_the_same_however_they_are_written() {
        assert!(same("+86 138-0000-1111", "13800001111"));
        assert!(!same("13800001111", "13900001111"));
        assert!(!same("801", "801"), "an extension is nobody's");
    }
}
