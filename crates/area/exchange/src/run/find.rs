//! Finds other records by what a file calls them, one query per reference and batch.

use crate::plan::{Cell, Draft, Refer, RowError};
use std::collections::{HashMap, HashSet};
use zhike_kernel::{Result, Value, Values};
use zhike_store::{Bind, Ctx, Query, RecordType, Tx, binds, field::Storage, write};

/// Most texts remembered.
const MOST: usize = 300_000;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Hit {
    One(i64),
    Several,
}

type Place = (&'static str, String, i64);

/// Remembers what was found.
pub struct Finder {
    dry: bool,
    known: HashMap<Place, HashMap<String, Hit>>,
    size: usize,
    /// What a dry run would have made: (type, field) → texts.
    phantoms: HashMap<(&'static str, &'static str), HashSet<String>>,
    /// Found among rows of this batch, which a dry run takes back.
    fresh: Vec<(Place, String)>,
}

impl Finder {
    /// Knows nothing yet.
    pub fn new(dry: bool) -> Finder {
        Finder {
            dry,
            known: HashMap::new(),
            size: 0,
            phantoms: HashMap::new(),
            fresh: vec![],
        }
    }

    /// The next step may have made what was not there.
    pub fn forget(&mut self) {
        self.known.clear();
        self.size = 0;
    }

    /// A dry run's batch was taken back.
    pub fn rolled_back(&mut self) {
        for (place, text) in std::mem::take(&mut self.fresh) {
            if let Some(texts) = self.known.get_mut(&place) {
                texts.insert(text, Hit::One(-1));
            }
        }
    }

    /// In a dry run, remembers a record that would be there.
    pub fn would_be(&mut self, ty: &RecordType, values: &Values) {
        if !self.dry {
            return;
        }
        for field in ty
            .fields
            .iter()
            .filter(|f| f.storage() == Storage::Text && f.kind != zhike_store::FieldKind::Long)
        {
            if let Some(Value::Text(text)) = values.get(field.name) {
                self.phantoms
                    .entry((ty.name, field.name))
                    .or_default()
                    .insert(text.clone());
            }
        }
    }

    /// Would a record with this text be there?
    pub fn is_phantom(&self, ty: &str, field: &str, text: &str) -> bool {
        self.dry
            && self
                .phantoms
                .iter()
                .any(|((t, f), texts)| *t == ty && *f == field && texts.contains(text))
    }

    /// Ids of records by a text field.
    pub async fn ids(&self, tx: &Tx, ty: &RecordType, field: &'static str, texts: &[String]) -> Result<Vec<i64>> {
        Ok(lookup(tx, ty, field, None, texts)
            .await?
            .into_iter()
            .map(|r| r.2)
            .collect())
    }

    /// Puts ids in the place of texts. Rows whose reference is unknown or ambiguous are taken out, with an error.
    pub async fn resolve(
        &mut self,
        ctx: &Ctx,
        tx: &Tx,
        cells: &[Cell],
        drafts: &mut Vec<Draft>,
        errors: &mut Vec<RowError>,
    ) -> Result<()> {
        for (i, cell) in cells.iter().enumerate() {
            let Some(refer) = &cell.refer else { continue };
            self.look(ctx, tx, i, refer, drafts).await?;
            let mut bad: HashSet<u64> = HashSet::new();
            for draft in drafts.iter_mut() {
                let Some((_, text)) = draft.refs.iter().find(|r| r.0 == i) else {
                    continue;
                };
                let place = place(refer, within(refer, draft));
                match self.known.get(&place).and_then(|k| k.get(text)) {
                    Some(Hit::One(id)) => {
                        draft.phantom |= *id <= 0;
                        draft.values.insert(cell.field.name.to_owned(), (*id).into());
                    }
                    None if refer.optional => {}
                    hit => {
                        bad.insert(draft.row);
                        errors.push(RowError {
                            row: draft.row,
                            field: cell.field.name.to_owned(),
                            column: cell.title.clone(),
                            code: if hit.is_some() {
                                "error-import-ambiguous"
                            } else {
                                "error-import-unknown-ref"
                            },
                            value: text.chars().take(200).collect(),
                            args: vec![],
                        });
                    }
                }
            }
            if !bad.is_empty() {
                drafts.retain(|d| !bad.contains(&d.row));
            }
        }
        if self.size > MOST {
            self.forget();
        }
        Ok(())
    }

    async fn look(&mut self, ctx: &Ctx, tx: &Tx, i: usize, refer: &Refer, drafts: &[Draft]) -> Result<()> {
        let mut wanted: HashSet<(i64, String)> = HashSet::new();
        for draft in drafts {
            for (_, text) in draft.refs.iter().filter(|r| r.0 == i) {
                let scope = within(refer, draft);
                let known = self
                    .known
                    .get(&place(refer, scope))
                    .is_some_and(|k| k.contains_key(text));
                if !known {
                    wanted.insert((scope, text.clone()));
                }
            }
        }
        for by in &refer.by {
            if wanted.is_empty() {
                return Ok(());
            }
            let mut texts: Vec<String> = wanted.iter().map(|w| w.1.clone()).collect();
            texts.sort_unstable();
            texts.dedup();
            let mut hits: HashMap<(i64, String), Hit> = HashMap::new();
            for (text, scope, id) in lookup(tx, &refer.ty, by, refer.within, &texts).await? {
                hits.entry((scope, text))
                    .and_modify(|h| *h = Hit::Several)
                    .or_insert(Hit::One(id));
            }
            if self.dry {
                for want in &wanted {
                    if !hits.contains_key(want) && self.is_phantom(refer.ty.name, by, &want.1) {
                        hits.insert(want.clone(), Hit::One(-1));
                    }
                }
            }
            for ((scope, text), hit) in hits {
                if wanted.remove(&(scope, text.clone())) {
                    self.remember(place(refer, scope), text, hit);
                }
            }
        }
        if refer.create && !wanted.is_empty() {
            self.create(ctx, tx, refer, wanted).await?;
        }
        Ok(())
    }

    fn remember(&mut self, place: Place, text: String, hit: Hit) {
        self.size += 1;
        self.known.entry(place).or_default().insert(text, hit);
    }

    /// Makes records that have nothing but a name.
    async fn create(&mut self, ctx: &Ctx, tx: &Tx, refer: &Refer, wanted: HashSet<(i64, String)>) -> Result<()> {
        ctx.require(&refer.ty.permission("import"))?;
        let mut wanted: Vec<(i64, String)> = wanted.into_iter().collect();
        wanted.sort();
        let rows: Vec<Values> = wanted
            .iter()
            .map(|(scope, text)| {
                let mut values = Values::new();
                values.insert(refer.ty.title.to_owned(), text.as_str().into());
                if let Some(by) = refer
                    .by
                    .first()
                    .filter(|b| refer.ty.field(b).is_some_and(|f| f.editable))
                {
                    values.insert((*by).to_owned(), text.as_str().into());
                }
                if let Some(within) = refer.within {
                    values.insert(within.to_owned(), (*scope).into());
                }
                values
            })
            .collect();
        tx.ddl("SAVEPOINT zhike_ref").await?;
        match write::insert_many(ctx, tx, &refer.ty, rows.clone(), None).await {
            Ok(ids) => {
                tx.ddl("RELEASE SAVEPOINT zhike_ref").await?;
                for (((scope, text), id), values) in wanted.into_iter().zip(ids).zip(&rows) {
                    if self.dry {
                        self.fresh.push((place(refer, scope), text.clone()));
                        self.would_be(&refer.ty, values);
                    }
                    self.remember(place(refer, scope), text, Hit::One(id));
                }
                Ok(())
            }
            // They need more than a name: their rows will say that they are unknown.
            Err(e) if super::of_row(&e) => tx.ddl("ROLLBACK TO SAVEPOINT zhike_ref").await,
            Err(e) => Err(e),
        }
    }
}

fn place(refer: &Refer, scope: i64) -> Place {
    (refer.ty.name, refer.by.join(" "), scope)
}

fn within(refer: &Refer, draft: &Draft) -> i64 {
    refer
        .within
        .and_then(|f| draft.values.get(f))
        .and_then(Value::int)
        .unwrap_or(0)
}

/// (text, scope, id) of records that are not archived.
async fn lookup(
    tx: &Tx,
    ty: &RecordType,
    by: &str,
    within: Option<&str>,
    texts: &[String],
) -> Result<Vec<(String, i64, i64)>> {
    let mut out = vec![];
    let scope = within.map_or("CAST(0 AS BIGINT)".to_owned(), |w| format!("COALESCE(t.{w}, 0)"));
    for chunk in texts.chunks(500) {
        let marks: Vec<String> = (1..=chunk.len()).map(|i| format!("${i}")).collect();
        let sql = format!(
            "SELECT t.{by}, {scope}, t.id FROM {} t WHERE t.{by} IN ({}) AND t.archived_at IS NULL ORDER BY t.id",
            ty.table,
            marks.join(",")
        );
        if by == "id" {
            let ids: Vec<Bind> = chunk
                .iter()
                .map(|t| Bind::from(t.parse::<i64>().unwrap_or(0)))
                .collect();
            for row in tx.all(&sql, ids).await? {
                out.push((row.int(0)?.to_string(), row.int(1)?, row.int(2)?));
            }
            continue;
        }
        let texts: Vec<Bind> = chunk.iter().map(|t| Bind::from(t.as_str())).collect();
        for row in tx.all(&sql, texts).await? {
            out.push((row.text(0)?, row.int(1)?, row.int(2)?));
        }
    }
    Ok(out)
}

/// Which of these records were made in a batch.
pub async fn made_in(tx: &Tx, batch: i64, ty: &RecordType, ids: &[i64]) -> Result<Vec<i64>> {
    let mut out = vec![];
    for chunk in ids.chunks(500) {
        let list: Vec<String> = chunk.iter().map(i64::to_string).collect();
        let sql = format!(
            "SELECT DISTINCT record_id FROM event WHERE batch_id = $1 AND record_type = $2 AND kind = $3 AND record_id IN ({})",
            list.join(",")
        );
        for row in tx
            .all(&sql, binds![batch, ty.name, format!("{}.created.v1", ty.name)])
            .await?
        {
            out.push(row.int(0)?);
        }
    }
    Ok(out)
}
