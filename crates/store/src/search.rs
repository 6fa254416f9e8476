//! One index of prepared tokens for all record types: Chinese characters and pairs, pinyin, words, mail fragments, telephone endings, numbers.

use crate::{
    Ctx, Query, Tx, binds,
    field::{Search, Source},
    list::{Line, List, page},
    registry::RecordType,
};
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

/// Ids that match, newest first, whoever may see them.
pub async fn ids(q: &dyn Query, ty: &RecordType, query: &str, limit: i64) -> Result<Vec<i64>> {
    let groups: Vec<Vec<(String, bool)>> = text::query_tokens(query).into_iter().map(|w| w.any).collect();
    if groups.is_empty() {
        return Ok(vec![]);
    }
    let dialect = q.dialect();
    let expression = dialect.search_expression(&groups);
    let rows = q
        .all(
            dialect.search_find(),
            binds![expression, ty.code * SPAN, (ty.code + 1) * SPAN, limit],
        )
        .await?;
    rows.iter().map(|r| Ok(r.int(0)? - ty.code * SPAN)).collect()
}

/// Records that match and that the actor may see: whole-name matches first, then beginnings, then newest.
pub async fn find(ctx: &Ctx, ty: &RecordType, query: &str, limit: usize) -> Result<Vec<Line>> {
    if !ctx.actor.may(&ty.permission("view")) {
        return Ok(vec![]);
    }
    // Narrow sight may hide most matches, so look further then.
    let look = if ctx.actor.owners().is_some() { 400 } else { 60 };
    let ids = ids(ctx.db(), ty, query, look).await?;
    if ids.is_empty() {
        return Ok(vec![]);
    }
    let mut columns = vec![ty.title.to_owned()];
    columns.extend(ty.latin().map(str::to_owned));
    columns.extend(ty.subtitle.map(str::to_owned).filter(|n| !columns.contains(n)));
    columns.extend(ty.number.map(|_| "number".to_owned()).filter(|n| !columns.contains(n)));
    let mut list = List {
        columns,
        limit: look.try_into().unwrap_or(60),
        ids: Some(ids),
        ..List::of(ty)
    };
    list.sort = "id".into();
    list.descending = true;
    let mut lines = page(ctx, ctx.db(), ty, &list).await?.lines;
    let folded = text::fold(query);
    lines.sort_by_key(|line| {
        let names = [Some(ty.title), ty.latin()].map(|n| n.and_then(|n| line.values.get(n)?.text()).map(text::fold));
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
