//! What a list's address means: with its saved view, its search, and what of it cannot be read.

use super::{
    ask::{Ask, Reader, ViewRef},
    show::label,
    views,
};
use crate::{input::Fields, visit::Visit};
use zhike_kernel::{Error, Filter, Op, Result};
use zhike_store::{List, RecordType, search};

/// So many hits of a search within a list are looked at.
const HITS: i64 = 1_000;

/// Fills in what the saved view says.
pub(super) async fn with_view(visit: &Visit, ty: &RecordType, mut ask: Ask) -> Result<Ask> {
    match ask.view {
        Some(ViewRef::Saved(id)) => match views::find(visit, ty, id).await? {
            Some(view) => view.apply(ty, &mut ask),
            None => {
                ask.view = None;
                ask.unread.push(id.to_string());
            }
        },
        Some(ViewRef::BuiltIn(key)) => views::apply_built_in(ty, key, &mut ask),
        None => {}
    }
    if let Some((key, id)) = &ask.set {
        let kind = visit.app.around.sets.iter().find(|s| s.of == ty.name && s.key == key);
        ask.within = match kind {
            Some(set) => (set.find)(visit, *id).await?,
            None => None,
        };
        if ask.within.is_none() {
            ask.unread.push(format!("{key}-{id}"));
            ask.set = None;
        }
    }
    Ok(ask)
}

/// What the reader's filters are read with.
pub(super) fn reader(visit: &Visit) -> Reader {
    Reader {
        currency: visit.house.currency,
        zone: visit.loc.zone.clone(),
        me: visit.actor.user.unwrap_or(0),
        today: visit.today(),
    }
}

/// The list that an address asks for, ready for the store; with the address as it is meant and what is wrong with it.
pub(super) async fn resolve(visit: &Visit, ty: &RecordType, ask: Ask) -> Result<(Ask, List, Vec<String>)> {
    let ask = with_view(visit, ty, ask).await?;
    let (mut filter, wrong) = ask.filter(ty, &reader(visit));
    let mut ids = None;
    if !ask.q.is_empty() {
        if search::is_indexed(ty) {
            ids = Some(search::ids(&visit.ctx, visit.db(), ty, &ask.q, HITS).await?);
        } else {
            filter = filter.and(Filter::field(ty.title, Op::Has, ask.q.as_str()));
        }
    }
    let mut list = ask.list(ty, filter);
    list.ids = ids;
    let wrong = wrong
        .iter()
        .map(|e| format!("{}: {}", label(visit, ty, &e.field), visit.loc.field_error(e)))
        .chain(
            ask.unread
                .iter()
                .map(|text| visit.loc.tv("error-filter-unread", &[("text", text.as_str().into())])),
        )
        .collect();
    Ok((ask, list, wrong))
}

/// The list that an address asks for, where all of it must hold: for what is done to everything that matches.
pub(super) async fn exactly(visit: &Visit, ty: &RecordType, ask: Ask) -> Result<(Ask, List)> {
    let (ask, list, wrong) = resolve(visit, ty, ask).await?;
    if wrong.is_empty() {
        return Ok((ask, list));
    }
    Err(Error::invalid("error-filter-all").with("why", wrong.join("; ")))
}

/// The list that a list page's address means (view, filters, search), where all of it must hold: for areas whose pages look
/// at everybody in it.
pub async fn chosen(visit: &Visit, ty: &RecordType, fields: &Fields) -> Result<List> {
    Ok(exactly(visit, ty, Ask::read(ty, fields)).await?.1)
}
