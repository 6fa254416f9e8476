//! The group a party belongs to: everything above and below, with what it earns and owes together.

use super::link;
use crate::hooks::ancestors;
use maud::{Markup, html};
use std::collections::{BTreeMap, HashMap};
use zhike_kernel::{Arg, Currency, Result};
use zhike_store::{Query, Record, read};
use zhike_web::{Visit, records::show, ui};

/// What is rolled up, where another area keeps it.
const FIGURES: [&str; 3] = ["revenue", "profit", "receivable"];
/// Companies of a group that are shown.
const MOST: usize = 300;

struct Node {
    id: i64,
    name: String,
    person: bool,
    depth: usize,
}

/// Draws the tab.
pub(super) async fn draw(visit: &Visit, record: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let ty = visit.registry().get("party")?.clone();
    let above = ancestors(visit.db(), record.id).await?;
    let mut root = record.id;
    for _ in 0..64 {
        match above.get(&root) {
            Some(parent) if *parent != record.id => root = *parent,
            _ => break,
        }
    }
    let (nodes, cut) = tree(visit, root).await?;
    if nodes.len() < 2 {
        return Ok(ui::empty(
            "hierarchy-3",
            &loc.t("party-group-none"),
            &loc.t("party-group-none-text"),
            html! {},
        ));
    }
    let ids: Vec<i64> = nodes.iter().map(|n| n.id).collect();
    let seen: HashMap<i64, Record> = read::find_many(&visit.ctx, visit.db(), &ty, &ids)
        .await?
        .into_iter()
        .map(|r| (r.id, r))
        .collect();
    let hidden = nodes.len() - seen.len();
    let figures: Vec<_> = FIGURES.iter().filter_map(|name| ty.field(name)).collect();
    let mut sums: Vec<BTreeMap<String, (Currency, i64)>> = figures.iter().map(|_| BTreeMap::new()).collect();
    for record in seen.values() {
        for (field, sum) in figures.iter().zip(&mut sums) {
            if let Some(value) = record.int(field.name) {
                let currency = show::currency(visit, field, &record.values);
                let entry = sum.entry(currency.code().to_owned()).or_insert((currency, 0));
                entry.1 = entry.1.saturating_add(value);
            }
        }
    }
    Ok(html! {
        (ui::card(loc.t("party-tab-hierarchy")).flush(html! {
            table.tbl.plain {
                thead { tr {
                    th scope="col" { (loc.t("party-one")) }
                    @for f in &figures { th.r scope="col" { (show::label(visit, &ty, f.name)) } }
                } }
                tbody { @for node in &nodes {
                    @let record_of = seen.get(&node.id);
                    tr aria-current=[(node.id == record.id).then_some("true")] {
                        td { span.row style={ "padding-left:" (node.depth * 22) "px" } {
                            @if record_of.is_some() { (link(node.id, &node.name, node.person)) } @else { span.mut { (node.name) } (ui::icon("lock")) }
                            @if node.id == record.id { (ui::badge(ui::Hue::Blue, &loc.t("party-group-this"))) }
                        } }
                        @for f in &figures { td.r {
                            @match record_of.and_then(|r| Some((r, r.int(f.name)?))) {
                                Some((r, value)) => (ui::money(loc, value, show::currency(visit, f, &r.values))),
                                None => { span.dim { "—" } }
                            }
                        } }
                    }
                } }
                @if !figures.is_empty() { tfoot { tr {
                    th scope="row" { (loc.t("party-group-sum")) }
                    @for sum in &sums { td.r { @for (currency, value) in sum.values() { div { (ui::money(loc, *value, *currency)) } } } }
                } } }
            }
        }))
        @if hidden > 0 { (ui::callout(ui::Tone::Warn, loc.tv("party-group-hidden", &[("count", Arg::from(hidden))]))) }
        @if cut { (ui::callout(ui::Tone::Quiet, loc.tv("party-group-cut", &[("most", Arg::from(MOST))]))) }
    })
}

/// The tree below `root`, each company before its subsidiaries; and whether there is more than is shown.
async fn tree(visit: &Visit, root: i64) -> Result<(Vec<Node>, bool)> {
    let mut children: HashMap<i64, Vec<(i64, String, bool)>> = HashMap::new();
    let mut level = vec![root];
    let mut count = 1;
    while !level.is_empty() && count < MOST {
        let list: Vec<String> = level.iter().map(i64::to_string).collect();
        let sql = format!(
            "SELECT p.id, {}, p.kind, p.parent_id FROM party_party p WHERE p.parent_id IN ({}) AND p.archived_at IS NULL \
             ORDER BY p.name, p.id LIMIT {}",
            visit.name_of("p"),
            list.join(","),
            MOST - count + 1
        );
        level.clear();
        for row in visit.db().all(&sql, vec![]).await? {
            let id = row.int(0)?;
            if id == root {
                continue;
            }
            let person = row.opt_text(2)?.as_deref() == Some("person");
            children
                .entry(row.int(3)?)
                .or_default()
                .push((id, row.text(1)?, person));
            level.push(id);
            count += 1;
        }
    }
    let names = read::titles(visit.db(), visit.registry(), "party", &[root], visit.latin).await?;
    let mut out = vec![];
    let mut stack = vec![(root, names.get(&root).cloned().unwrap_or_default(), false, 0)];
    while let Some((id, name, person, depth)) = stack.pop() {
        for (child, name, person) in children.remove(&id).unwrap_or_default().into_iter().rev() {
            stack.push((child, name, person, depth + 1));
        }
        out.push(Node {
            id,
            name,
            person,
            depth,
        });
    }
    let cut = out.len() > MOST;
    out.truncate(MOST);
    Ok((out, cut))
}
