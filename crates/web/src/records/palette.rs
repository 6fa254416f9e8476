//! Search over everything: the palette's hits, and the same as a page.

use super::{list, lookup, show};
use crate::{
    answer::{Answer, html as page_html},
    input::Fields,
    screen::Screen,
    ui,
    visit::Visit,
};
use maud::{Markup, html};
use zhike_kernel::{Result, Values, text};
use zhike_store::{RecordType, search};

/// Hits a type in the palette, and on the page.
const FEW: usize = 5;
const MANY: usize = 25;

struct Hit {
    href: String,
    icon: &'static str,
    name: String,
    note: String,
}

struct Group {
    title: String,
    hits: Vec<Hit>,
    all: Option<String>,
}

/// `GET /search?q=`.
pub async fn search(visit: Visit, q: Fields) -> Answer {
    let query: String = q.filled("q").unwrap_or("").chars().take(100).collect();
    let groups = if query.is_empty() {
        vec![]
    } else {
        found(&visit, &query, if visit.fragment { FEW } else { MANY }).await?
    };
    if visit.fragment {
        return page_html(options(&groups));
    }
    let loc = &visit.loc;
    let body = html! {
        div.page {
            form.row method="get" action="/search" role="search" style="max-width:560px;margin-bottom:16px" {
                input.input data-search type="search" name="q" value=(query) aria-label=(loc.t("web-search")) placeholder=(loc.t("web-palette-hint")) autofocus[query.is_empty()];
                (ui::btn(loc.t("web-search")).icon("search").submit())
            }
            @for group in &groups { (card(&visit, group)) }
            @if groups.is_empty() && !query.is_empty() {
                (ui::empty("search", &loc.t("records-no-match"), &loc.t("web-palette-none"), html! {}))
            }
        }
    };
    Screen::new(&visit, loc.t("web-search"), "search").show(body)
}

/// What the reader may see of it, by type, and what may be begun.
async fn found(visit: &Visit, query: &str, most: usize) -> Result<Vec<Group>> {
    let mut groups = vec![];
    let types: Vec<_> = visit.registry().types().filter(|t| t.pages).cloned().collect();
    let wanted: Vec<&RecordType> = types.iter().map(AsRef::as_ref).collect();
    for (ty, lines) in search::find_all(&visit.ctx, &wanted, query, most).await? {
        let rows: Vec<&Values> = lines.iter().map(|l| &l.values).collect();
        let names = show::names(visit, ty, &rows).await?;
        let hits = lines
            .iter()
            .map(|line| Hit {
                href: ty.url(line.id),
                icon: ty.icon,
                name: show::title(visit, ty, line.id, &line.values),
                note: lookup::note(visit, ty, line, &names),
            })
            .collect();
        groups.push(Group {
            title: visit.loc.t(&format!("{}-many", ty.name)),
            hits,
            all: (lines.len() == most).then(|| format!("{}?q={}", ty.path, crate::input::percent_encode(query))),
        });
    }
    let (folded, wants) = (text::fold(query), text::query_tokens(query));
    let fits = |words: &str| text::fold(words).contains(&folded) || lookup::meets(words, &wants);
    let begin: Vec<Hit> = types
        .iter()
        .filter(|t| visit.may(&t.permission("create")))
        .map(|ty| Hit {
            href: format!("{}/new", ty.path),
            icon: "plus",
            name: list::new_label(visit, ty),
            note: String::new(),
        })
        .filter(|hit| fits(&hit.name))
        .collect();
    if !begin.is_empty() {
        groups.push(Group {
            title: visit.loc.t("records-begin"),
            hits: begin,
            all: None,
        });
    }
    // The palette has the navigation in it already; the page has not.
    let go: Vec<Hit> = visit
        .app
        .nav
        .iter()
        .filter(|n| !visit.fragment && visit.may(n.permission))
        .map(|n| Hit {
            href: n.path.to_owned(),
            icon: n.icon,
            name: visit.loc.t(&format!("nav-{}", n.key)),
            note: String::new(),
        })
        .filter(|hit| fits(&hit.name))
        .collect();
    if !go.is_empty() {
        groups.push(Group {
            title: visit.loc.t("web-go-to"),
            hits: go,
            all: None,
        });
    }
    Ok(groups)
}

fn options(groups: &[Group]) -> Markup {
    html! {
        @for group in groups {
            div.pg role="group" aria-label=(group.title) {
                h3 { (group.title) }
                @for hit in &group.hits {
                    a role="option" href=(hit.href) { span.pi { (ui::icon(hit.icon)) } span.pt { (hit.name) } span.ps { (hit.note) } }
                }
            }
        }
    }
}

fn card(visit: &Visit, group: &Group) -> Markup {
    let body = html! {
        table.tbl.plain { tbody data-rows {
            @for hit in &group.hits { tr { td { a.link href=(hit.href) { (hit.name) } } td.mut { (hit.note) } } }
        } }
    };
    let card = ui::card(group.title.as_str()).flush(body);
    match &group.all {
        Some(all) => html! { (card.foot(html! { a.link href=(all) { (visit.loc.t("records-show-all")) } })) },
        None => html! { (card) },
    }
}
