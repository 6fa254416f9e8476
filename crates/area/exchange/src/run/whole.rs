//! Documents made of the same rows as their lines: found or made before the lines of a batch are saved.

use super::{
    Runner, find,
    save::{self, Outcome},
};
use crate::{
    mapping::Mode,
    plan::{Draft, Plan, RowError, Whole},
    source::Row,
};
use std::collections::{HashMap, HashSet};
use zhike_kernel::Result;
use zhike_store::Tx;

impl Runner {
    /// The place of the row's document among those of the batch; `None` when it cannot be read.
    pub(super) fn parent(
        &self,
        plan: &Plan,
        whole: &Whole,
        row: &Row,
        by_key: &mut HashMap<String, usize>,
        parents: &mut Vec<(Draft, bool)>,
        errors: &mut Vec<RowError>,
    ) -> Option<usize> {
        let key = whole
            .cells
            .iter()
            .find(|c| c.field.name == whole.key)
            .map(|c| c.text(row).into_owned())
            .unwrap_or_default();
        if key.is_empty() {
            errors.push(RowError {
                row: row.number,
                field: whole.key.to_owned(),
                column: String::new(),
                code: "error-required",
                value: String::new(),
                args: vec![],
            });
            return None;
        }
        if let Some(i) = by_key.get(&key) {
            if parents.get(*i).is_some_and(|p| p.1) {
                return Some(*i);
            }
            // The document's first row could not be read; the lines that follow stand or fall with it.
            let first = parents.get(*i).map_or(0, |p| p.0.row);
            errors.push(whole_failed(row.number, &key, first));
            return None;
        }
        by_key.insert(key, parents.len());
        match plan.draft_whole(whole, row, errors) {
            Some(draft) => {
                parents.push((draft, true));
                Some(parents.len() - 1)
            }
            None => {
                let draft = Draft {
                    row: row.number,
                    ..Draft::default()
                };
                parents.push((draft, false));
                None
            }
        }
    }

    /// Saves the documents and tells their lines where they belong.
    #[allow(clippy::too_many_arguments, reason = "one batch's working state")]
    pub(super) async fn parents(
        &mut self,
        tx: &Tx,
        plan: &Plan,
        whole: &Whole,
        parents: Vec<(Draft, bool)>,
        drafts: Vec<Draft>,
        parent_of: Vec<usize>,
        errors: &mut Vec<RowError>,
    ) -> Result<(Vec<Draft>, Vec<usize>)> {
        let ctx = self.ctx.clone();
        let places: Vec<usize> = (0..parents.len())
            .filter(|i| parents.get(*i).is_some_and(|p| p.1))
            .collect();
        let firsts: Vec<(u64, String)> = parents
            .iter()
            .map(|(d, _)| {
                (
                    d.row,
                    d.values.get(whole.key).and_then(|v| v.text()).unwrap_or("").to_owned(),
                )
            })
            .collect();
        let mut ready: Vec<Draft> = parents.into_iter().filter(|p| p.1).map(|p| p.0).collect();
        let before = errors.len();
        self.finder.resolve(&ctx, tx, &whole.cells, &mut ready, errors).await?;
        let broken: HashSet<u64> = errors.iter().skip(before).map(|e| e.row).collect();
        let by_row: HashMap<u64, usize> = places
            .iter()
            .filter_map(|i| firsts.get(*i).map(|f| (f.0, *i)))
            .collect();
        ready.retain(|d| !broken.contains(&d.row));
        let order: Vec<usize> = ready.iter().filter_map(|d| by_row.get(&d.row).copied()).collect();
        let known = self.known(tx, whole, &ready).await?;
        let way = save::Way {
            ty: &whole.ty,
            cells: &whole.cells,
            key: &[whole.key],
            mode: if plan.mode == Mode::Create {
                Mode::Upsert
            } else {
                plan.mode
            },
            quiet: false,
        };
        let saved = save::save_but(&ctx, tx, &mut self.finder, &way, ready, errors, &known).await?;
        let mut ids: HashMap<usize, Result<i64, bool>> = HashMap::new();
        for (place, outcome) in order.into_iter().zip(saved) {
            let id = match outcome {
                Outcome::New(id) => {
                    self.import.created += 1;
                    if id > 0 {
                        self.made.insert(id);
                    }
                    Ok(id)
                }
                Outcome::Changed(id) | Outcome::Same(id) => {
                    let ours = id <= 0 || self.made.contains(&id);
                    self.import.updated += i64::from(!ours && matches!(outcome, Outcome::Changed(_)));
                    // Lines without a key would be there twice.
                    if ours || !plan.key.is_empty() {
                        Ok(id)
                    } else {
                        Err(true)
                    }
                }
                Outcome::Failed => Err(false),
            };
            ids.insert(place, id);
        }
        let mut kept = vec![];
        let mut kept_of = vec![];
        for (mut draft, place) in drafts.into_iter().zip(parent_of) {
            let (first, key) = firsts.get(place).cloned().unwrap_or_default();
            match ids.get(&place) {
                Some(Ok(id)) => {
                    draft.phantom |= *id <= 0;
                    draft.values.insert(whole.column.to_owned(), (*id).into());
                    kept.push(draft);
                    kept_of.push(place);
                }
                Some(Err(true)) => errors.push(RowError {
                    code: "error-import-lines-there",
                    ..whole_failed(draft.row, &key, first)
                }),
                _ if draft.row == first => {}
                _ => errors.push(whole_failed(draft.row, &key, first)),
            }
        }
        Ok((kept, kept_of))
    }

    /// Documents that this very import has made in an earlier batch: they are taken as they are.
    async fn known(&mut self, tx: &Tx, whole: &Whole, drafts: &[Draft]) -> Result<HashSet<i64>> {
        let keys: Vec<String> = drafts
            .iter()
            .filter_map(|d| d.values.get(whole.key).and_then(|v| v.text()).map(str::to_owned))
            .collect();
        let ids: Vec<i64> = self.finder.ids(tx, &whole.ty, whole.key, &keys).await?;
        let unknown: Vec<i64> = ids.iter().copied().filter(|i| !self.made.contains(i)).collect();
        if let Some(batch) = self.import.batch_id {
            self.made.extend(find::made_in(tx, batch, &whole.ty, &unknown).await?);
        }
        Ok(ids.into_iter().filter(|i| self.made.contains(i)).collect())
    }
}

fn whole_failed(row: u64, key: &str, first: u64) -> RowError {
    RowError {
        row,
        field: String::new(),
        column: String::new(),
        code: "error-import-whole",
        value: key.to_owned(),
        args: vec![
            ("first", i64::try_from(first).unwrap_or(0).into()),
            ("number", key.into()),
        ],
    }
}
