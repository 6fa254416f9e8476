//! Cases that belong together: the same batch, the same customer, the same words.

use maud::Markup;
use zhike_kernel::{Filter, Op, Result, Value};
use zhike_store::{Ctx, List, Query as _, Record, binds, list, list::Line, search};
use zhike_web::{Visit, records};

/// Shown of each sort.
const SHOWN: usize = 5;
/// Words of a subject that are looked for.
const WORDS: usize = 6;

/// What is shown of another case.
const COLUMNS: [&str; 5] = ["subject", "number", "status", "party_id", "opened_on"];

/// Cases of the same product and batch (of the product alone without a batch), newest first, and how many there are.
pub(crate) async fn same_batch(ctx: &Ctx, case: &Record) -> Result<(Vec<Line>, i64)> {
    let Some(product) = case.int("product_id") else {
        return Ok((vec![], 0));
    };
    let mut filter = Filter::All(vec![
        Filter::is("product_id", product),
        Filter::field("id", Op::Not, case.id),
    ]);
    if !case.text("batch").is_empty() {
        filter = filter.and(Filter::is("batch", case.text("batch")));
    }
    let ask = asked(ctx, filter)?;
    let ty = ctx.registry().get("case")?.clone();
    let n = list::count(ctx, ctx.db(), &ty, &ask, 1_000).await?;
    Ok((list::page(ctx, ctx.db(), &ty, &ask).await?.lines, n))
}

/// The customer's other cases.
pub(crate) async fn same_party(ctx: &Ctx, case: &Record) -> Result<Vec<Line>> {
    let Some(party) = case.int("party_id") else {
        return Ok(vec![]);
    };
    let filter = Filter::All(vec![
        Filter::is("party_id", party),
        Filter::field("id", Op::Not, case.id),
    ]);
    let ty = ctx.registry().get("case")?.clone();
    Ok(list::page(ctx, ctx.db(), &ty, &asked(ctx, filter)?).await?.lines)
}

fn asked(ctx: &Ctx, filter: Filter) -> Result<List> {
    let ty = ctx.registry().get("case")?;
    Ok(List {
        filter,
        columns: COLUMNS.iter().map(|c| (*c).to_owned()).collect(),
        limit: SHOWN,
        sort: "opened_on".into(),
        descending: true,
        ..List::of(ty)
    })
}

/// Pieces of a text worth looking for: words of Latin letters, pairs of Chinese characters.
pub(crate) fn pieces(text: &str) -> Vec<String> {
    let folded = zhike_kernel::text::fold(text);
    let mut out: Vec<String> = vec![];
    let mut push = |word: String| {
        if !out.contains(&word) {
            out.push(word);
        }
    };
    for word in folded.split(|c: char| !c.is_alphanumeric()) {
        let chars: Vec<char> = word.chars().collect();
        if chars.iter().any(|c| zhike_kernel::text::is_han(*c)) {
            for pair in chars.windows(2) {
                push(pair.iter().collect());
            }
        } else if chars.len() >= 4 {
            push(word.to_owned());
        }
    }
    out
}

/// Records of a type that share most words with a text, by the index of searches: (id, shared words).
pub(crate) async fn alike(ctx: &Ctx, ty: &str, text: &str, but: i64) -> Result<Vec<(i64, usize)>> {
    let ty = ctx.registry().get(ty)?.clone();
    let all = pieces(text);
    // Spread over the text, so that a long one is not judged by its beginning.
    let step = all.len().div_ceil(WORDS).max(1);
    let mut found: Vec<(i64, usize)> = vec![];
    for word in all.iter().step_by(step).take(WORDS) {
        for id in search::ids(ctx, ctx.db(), &ty, word, 200).await? {
            match found.iter_mut().find(|f| f.0 == id) {
                Some(f) => f.1 += 1,
                None => found.push((id, 1)),
            }
        }
    }
    let least = if all.len() >= 4 { 2 } else { 1 };
    found.retain(|f| f.0 != but && f.1 >= least);
    found.sort_by_key(|f| (std::cmp::Reverse(f.1), std::cmp::Reverse(f.0)));
    found.truncate(50);
    Ok(found)
}

/// Cases by their ids, in their order, those that the actor sees.
pub(crate) async fn of_ids(ctx: &Ctx, ids: &[i64]) -> Result<Vec<Line>> {
    if ids.is_empty() {
        return Ok(vec![]);
    }
    let ty = ctx.registry().get("case")?.clone();
    let ask = List {
        ids: Some(ids.to_vec()),
        limit: 50,
        ..asked(ctx, Filter::default())?
    };
    let mut lines = list::page(ctx, ctx.db(), &ty, &ask).await?.lines;
    lines.sort_by_key(|l| ids.iter().position(|id| *id == l.id));
    lines.truncate(SHOWN);
    Ok(lines)
}

/// Cases with similar words.
pub(crate) async fn similar(ctx: &Ctx, case: &Record) -> Result<Vec<Line>> {
    let found = alike(ctx, "case", case.text("subject"), case.id).await?;
    let ids: Vec<i64> = found.iter().map(|f| f.0).collect();
    of_ids(ctx, &ids).await
}

/// Some cases as a short list.
pub(crate) async fn table(visit: &Visit, lines: &[Line]) -> Result<Markup> {
    let ty = visit.registry().get("case")?.clone();
    let rows: Vec<_> = lines.iter().map(|l| &l.values).collect();
    let names = records::names(visit, &ty, &rows).await?;
    let word = |l: &Line, name: &str| {
        let field = records::show::field_of(&ty, name);
        field.map_or_else(String::new, |f| records::plain(visit, &ty, &f, &l.values, &names))
    };
    let text = |l: &Line, name: &str| l.values.get(name).and_then(Value::text).unwrap_or("").to_owned();
    Ok(maud::html! {
        ul.list { @for l in lines {
            li.row style="padding:7px 14px;font-size:13.5px;gap:8px" {
                span style="flex:1;min-width:0" {
                    a.link href={ "/cases/" (l.id) } { (text(l, "subject")) }
                    div.xs.dim { span.num { (text(l, "number")) } " " (word(l, "party_id")) }
                }
                (zhike_web::ui::badge(records::show::hue(&text(l, "status")), &word(l, "status")))
            }
        } }
    })
}

/// How many installed products (ordered by how many customers) stand behind a batch is not known by the house; orders of
/// the product are.
pub(crate) async fn buyers(ctx: &Ctx, product: i64) -> Result<i64> {
    let sql = "SELECT count(DISTINCT o.party_id) FROM order_line l JOIN order_order o ON o.id = l.order_id \
               WHERE l.product_id = $1 AND l.archived_at IS NULL AND o.archived_at IS NULL AND o.kind = 'sale' AND o.status <> 'cancelled' AND o.status <> 'draft'";
    ctx.db().number(sql, binds![product]).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_cut_into_what_is_worth_looking_for() {
        assert_eq!(pieces("流量计漂移"), ["流量", "量计", "计漂", "漂移"]);
        assert_eq!(pieces("The sensor is off, sensor!"), ["sensor"]);
    }
}
