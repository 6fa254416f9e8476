//! What pages of this area share.

use maud::{Markup, html};
use zhike_kernel::{Currency, Error, FieldError, Result, number};
use zhike_store::{Ctx, Query as _, filter_sql::Sql};
use zhike_web::{Fields, Visit, ui};

/// An amount of the house's currency.
pub fn money(visit: &Visit, minor: i64) -> Markup {
    ui::money(&visit.loc, minor, visit.house.currency)
}

/// A dash where there is nothing to say.
pub fn dash() -> Markup {
    html! { span.dim { "–" } }
}

/// The condition that the party with this alias may be seen.
pub fn scope(ctx: &Ctx, alias: &str) -> Result<String> {
    let mut sql = Sql::new(ctx.db().dialect());
    sql.scope(ctx.registry(), ctx.registry().get("party")?, alias, &ctx.actor)?;
    Ok(sql.text)
}

/// An amount of so many hundredths, as minor units of a currency.
pub fn hundredths(currency: Currency, amount: i64) -> i64 {
    if currency.decimals() == 0 { amount / 100 } else { amount }
}

/// Reads a number with so many decimals from a form; what is wrong is noted.
pub fn read_number(form: &Fields, name: &str, decimals: u32, wrong: &mut Vec<FieldError>) -> i64 {
    let text = form.get(name).unwrap_or("").trim().trim_end_matches('%');
    number::parse_scaled(text, decimals, true).unwrap_or_else(|_| {
        wrong.extend(Error::field(name, "error-not-a-number").fields);
        0
    })
}
