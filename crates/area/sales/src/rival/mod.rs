//! Competitors: what customers buy from them, prices seen, those met in deals, their profile, and won and lost by them.

mod deal;
pub(crate) mod hooks;
mod overview;
mod party;
pub(crate) mod schema;
mod winloss;

use std::collections::HashMap;
use zhike_kernel::Result;
use zhike_store::{Query as _, binds};
use zhike_web::{NavItem, Place, Routes, Tab, Visit, ui::Choice};

/// Its routes.
pub(crate) fn routes() -> Routes {
    deal::routes()
        .and(party::routes())
        .and(overview::routes())
        .and(winloss::routes())
}

/// Pieces of deals' and parties' pages.
pub(crate) fn tabs() -> Vec<Tab> {
    vec![
        Tab::new("deal", "rivals", Place::Tab, 17, "deal.view", |v, r| {
            Box::pin(deal::tab(v, r))
        }),
        Tab::new("party", "rivals", Place::Tab, 35, "supply.view", |v, r| {
            Box::pin(party::tab(v, r))
        }),
    ]
}

/// Its entry of the navigation.
pub(crate) fn nav() -> NavItem {
    NavItem {
        key: "rival",
        icon: "scale",
        path: "/rivals",
        section: "sales",
        permission: "supply.view",
        order: 25,
    }
}

/// Competitors with their names, whoever owns them: that they are there is no secret in the house.
pub(crate) async fn all(visit: &Visit) -> Result<Vec<(i64, String)>> {
    let name = visit.ctx.name_of("p");
    let sql = format!(
        "SELECT p.id, {name} FROM party_party p JOIN party_role r ON r.party_id = p.id AND r.role = 'competitor' \
         WHERE p.archived_at IS NULL ORDER BY p.name, p.id LIMIT $1"
    );
    let rows = visit.db().all(&sql, binds![1_000_i64]).await?;
    rows.iter().map(|r| Ok((r.int(0)?, r.text(1)?))).collect()
}

/// The same as names by id.
pub(crate) async fn names(visit: &Visit) -> Result<HashMap<i64, String>> {
    Ok(all(visit).await?.into_iter().collect())
}

/// The same as choices.
pub(crate) async fn choices(visit: &Visit) -> Result<Vec<Choice>> {
    let all = all(visit).await?;
    Ok(all.into_iter().map(|(id, n)| Choice::new(id.to_string(), n)).collect())
}

/// Words of a choice field as choices.
pub(crate) fn words(visit: &Visit, key: &str, all: &[&str]) -> Vec<Choice> {
    all.iter()
        .map(|w| Choice::new(*w, visit.loc.t(&format!("{key}-{w}"))))
        .collect()
}
