//! The hits of a field that refers to a record, while somebody types.

use super::show::{self, field_of};
use crate::{
    answer::{Answer, html},
    input::Fields,
    ui,
    visit::Visit,
};
use zhike_kernel::{Filter, Op, Result, Values, text};
use zhike_store::{List, RecordType, list, list::Line, search};

/// So many hits are offered.
const HITS: usize = 10;

/// `GET /lookup/{type}?q=`.
pub async fn options(visit: Visit, name: String, q: Fields) -> Answer {
    let query = q.filled("q").unwrap_or("").to_owned();
    let hits = if name == "user" {
        users(&visit, &query).await?
    } else {
        let ty = visit.registry().get(&name)?.clone();
        visit.require(&ty.permission("view"))?;
        records(&visit, &ty, &query).await?
    };
    html(ui::lookup_options(&visit.loc, &hits))
}

/// Owners are chosen by everybody, also by those who may not open the pages of users.
async fn users(visit: &Visit, query: &str) -> Result<Vec<(String, String, String)>> {
    let folded = text::fold(query);
    let wants = text::query_tokens(query);
    Ok(visit
        .app
        .identity
        .users()
        .await?
        .iter()
        .filter(|u| {
            let latin = u.name_latin.as_deref().unwrap_or("");
            u.active
                && (text::fold(&u.name).contains(&folded)
                    || text::fold(latin).contains(&folded)
                    || meets(&u.name, &wants))
        })
        .take(HITS)
        .map(|u| {
            let title = u.title(visit.latin);
            let other = if title == u.name {
                u.name_latin.as_deref().unwrap_or("")
            } else {
                u.name.as_str()
            };
            (u.id.to_string(), title.to_owned(), other.to_owned())
        })
        .collect())
}

/// Does a name meet what was typed: pinyin initials too?
pub(super) fn meets(name: &str, wants: &[text::Want]) -> bool {
    let mut tokens = vec![];
    text::name_tokens(name, &mut tokens);
    !wants.is_empty()
        && wants.iter().all(|want| {
            want.any.iter().any(|(word, prefix)| {
                tokens
                    .iter()
                    .any(|t| if *prefix { t.starts_with(word) } else { t == word })
            })
        })
}

async fn records(visit: &Visit, ty: &RecordType, query: &str) -> Result<Vec<(String, String, String)>> {
    let lines = if !query.is_empty() && search::is_indexed(ty) {
        search::find(&visit.ctx, ty, query, HITS).await?
    } else {
        let mut columns = vec![ty.title.to_owned()];
        let number = ty.number.map(|_| "number");
        for name in [ty.latin(), ty.subtitle, number].into_iter().flatten() {
            if !columns.iter().any(|c| c == name) {
                columns.push(name.to_owned());
            }
        }
        let ask = List {
            filter: if query.is_empty() {
                Filter::default()
            } else {
                Filter::field(ty.title, Op::Has, query)
            },
            sort: "id".into(),
            descending: true,
            columns,
            limit: HITS,
            ..List::of(ty)
        };
        list::page(&visit.ctx, visit.db(), ty, &ask).await?.lines
    };
    let rows: Vec<&Values> = lines.iter().map(|l| &l.values).collect();
    let names = show::names(visit, ty, &rows).await?;
    Ok(lines
        .iter()
        .map(|line| {
            (
                line.id.to_string(),
                show::title(visit, ty, line.id, &line.values),
                note(visit, ty, line, &names),
            )
        })
        .collect())
}

/// The grey remark beside a hit: its subtitle, else its number.
pub(super) fn note(visit: &Visit, ty: &RecordType, line: &Line, names: &show::Names) -> String {
    [ty.subtitle, (ty.title != "number").then_some("number")]
        .into_iter()
        .flatten()
        .filter_map(|name| field_of(ty, name))
        .map(|f| show::plain(visit, ty, &f, &line.values, names))
        .find(|words| !words.is_empty())
        .unwrap_or_default()
}
