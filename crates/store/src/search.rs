//! One index of prepared tokens for all record types: Chinese characters and pairs, pinyin, words, mail fragments, telephone endings, numbers.

use crate::{
    Ctx, Query, Tx, binds,
    field::{Search, Source},
    list::{Line, List, page},
    registry::RecordType,
};
use std::collections::HashMap;
use zhike_kernel::{Result, Value, Values, text};

const SPAN: i64 = 1 << 48;

fn row_id(ty: &RecordType, id: i64) -> i64 {
    ty.code * SPAN + id
}

/// The tokens of a record, separated by spaces; empty when none of its fields is looked for.
pub fn document(ty: &RecordType, values: &Values) -> String {
    let mut tokens: Vec<String> = vec![];
    for field in ty.fields.iter().filter(|f| f.source == Source::Own) {
        let Some(Value::Text(value)) = values.get(field.name) else {
            continue;
        };
        match field.search {
            Search::No => {}
            Search::Name => text::name_tokens(value, &mut tokens),
            Search::Email => text::email_tokens(value, &mut tokens),
            Search::Phone => text::phone_tokens(value, &mut tokens),
            Search::Code => text::code_tokens(value, &mut tokens),
        }
    }
    tokens.sort_unstable();
    tokens.dedup();
    tokens.join(" ")
}

/// Is anything of this type looked for?
pub fn is_indexed(ty: &RecordType) -> bool {
    ty.fields.iter().any(|f| f.search != Search::No)
}

/// Enters records that are new.
pub async fn put_many(tx: &Tx, ty: &RecordType, rows: &[(i64, String)]) -> Result<()> {
    let rows: Vec<&(i64, String)> = rows.iter().filter(|(_, d)| !d.is_empty()).collect();
    for chunk in rows.chunks(500) {
        let mut values = Vec::with_capacity(chunk.len() * 2);
        for (id, doc) in chunk {
            values.extend(binds![row_id(ty, *id), doc.as_str()]);
        }
        tx.exec(&tx.dialect().search_put(chunk.len()), values).await?;
    }
    Ok(())
}

/// Takes a record out.
pub async fn remove(tx: &Tx, ty: &RecordType, id: i64) -> Result<()> {
    tx.exec("DELETE FROM search_index WHERE rowid = $1", binds![row_id(ty, id)])
        .await
        .map(|_| ())
}

/// Enters a record that has changed.
pub async fn put(tx: &Tx, ty: &RecordType, id: i64, values: &Values) -> Result<()> {
    remove(tx, ty, id).await?;
    put_many(tx, ty, &[(id, document(ty, values))]).await
}

/// Is the token made of a telephone number or a mail address?
fn of_contact(token: &str) -> bool {
    token.starts_with(['r', 'd', 't'])
}

/// Ids that match, newest first, whoever may see the records. Who sees telephone numbers and mail addresses masked finds
/// nothing by them: a match would tell them digit by digit.
pub async fn ids(ctx: &Ctx, q: &dyn Query, ty: &RecordType, query: &str, limit: i64) -> Result<Vec<i64>> {
    Ok(ids_of(ctx, q, &[ty], query, limit)
        .await?
        .remove(ty.name)
        .unwrap_or_default())
}

/// Ids that match, newest first, by type, so many of each: one question to the index for all of them.
pub async fn ids_of(
    ctx: &Ctx,
    q: &dyn Query,
    types: &[&RecordType],
    query: &str,
    limit: i64,
) -> Result<HashMap<&'static str, Vec<i64>>> {
    let mut out: HashMap<&'static str, Vec<i64>> = HashMap::new();
    let masked = |ty: &&RecordType| ty.fields.iter().any(|f| f.is_contact() && !ctx.unmasks(f));
    let blind = types.iter().any(masked);
    let groups: Vec<Vec<(String, bool)>> = text::query_tokens(query)
        .into_iter()
        .map(|w| w.any.into_iter().filter(|t| !blind || !of_contact(&t.0)).collect())
        .collect();
    if groups.is_empty() || groups.iter().any(Vec::is_empty) || types.is_empty() {
        return Ok(out);
    }
    let dialect = q.dialect();
    let ranges: Vec<(i64, i64)> = types.iter().map(|ty| (ty.code * SPAN, (ty.code + 1) * SPAN)).collect();
    let rows = q
        .all(
            &dialect.search_find(&ranges),
            binds![dialect.search_expression(&groups), limit],
        )
        .await?;
    for row in rows {
        let id = row.int(0)?;
        if let Some(ty) = types.iter().find(|ty| ty.code == id / SPAN) {
            out.entry(ty.name).or_default().push(id % SPAN);
        }
    }
    Ok(out)
}

/// How many matches to look at: narrow sight may hide most of them.
fn look(ctx: &Ctx) -> i64 {
    if ctx.actor.owners().is_some() { 400 } else { 60 }
}

/// Records of these types that match and that the actor may see, so many of each; types without any are left out.
pub async fn find_all<'a>(
    ctx: &Ctx,
    types: &[&'a RecordType],
    query: &str,
    limit: usize,
) -> Result<Vec<(&'a RecordType, Vec<Line>)>> {
    let types: Vec<&RecordType> = types
        .iter()
        .filter(|ty| is_indexed(ty) && ctx.actor.may(&ty.permission("view")))
        .copied()
        .collect();
    let mut found = ids_of(ctx, ctx.db(), &types, query, look(ctx)).await?;
    let mut out = vec![];
    for ty in types {
        if let Some(ids) = found.remove(ty.name) {
            let lines = seen(ctx, ty, ids, query, limit).await?;
            if !lines.is_empty() {
                out.push((ty, lines));
            }
        }
    }
    Ok(out)
}

/// Records of a type that match and that the actor may see: matches of a whole name or code first, then beginnings, then newest.
pub async fn find(ctx: &Ctx, ty: &RecordType, query: &str, limit: usize) -> Result<Vec<Line>> {
    Ok(find_all(ctx, &[ty], query, limit)
        .await?
        .pop()
        .map(|f| f.1)
        .unwrap_or_default())
}

async fn seen(ctx: &Ctx, ty: &RecordType, ids: Vec<i64>, query: &str, limit: usize) -> Result<Vec<Line>> {
    let mut columns = vec![ty.title.to_owned()];
    columns.extend(ty.latin().map(str::to_owned));
    columns.extend(ty.subtitle.map(str::to_owned).filter(|n| !columns.contains(n)));
    columns.extend(ty.number.map(|_| "number".to_owned()).filter(|n| !columns.contains(n)));
    let mut list = List {
        columns,
        limit: ids.len(),
        ids: Some(ids),
        ..List::of(ty)
    };
    list.sort = "id".into();
    list.descending = true;
    let mut lines = page(ctx, ctx.db(), ty, &list).await?.lines;
    let folded = text::fold(query);
    lines.sort_by_key(|line| {
        // A number or code that was typed in full is meant.
        let code = ty.subtitle.or(ty.number.map(|_| "number"));
        let names =
            [Some(ty.title), ty.latin(), code].map(|n| n.and_then(|n| line.values.get(n)?.text()).map(text::fold));
        if names.iter().flatten().any(|n| *n == folded) {
            0
        } else if names.iter().flatten().any(|n| n.starts_with(&folded)) {
            1
        } else {
            2
        }
    });
    lines.truncate(limit);
    Ok(lines)
}
