//! Runs an import, a batch of rows per transaction. The import's own row is written in the same transaction, so that a
//! killed import goes on exactly where it stood.

mod find;
mod save;

use crate::{
    mapping::{Mapping, Mode, Step},
    plan::{Draft, Plan, RowError, Whole},
    record::{self, Import},
    source::{Options, Row, Source},
};
use find::Finder;
use save::Outcome;
use std::{
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
};
use zhike_kernel::{Door, Error, Kind, Result};
use zhike_store::{Ctx, Tx};

/// Rows per transaction.
const BATCH: usize = 1_000;
/// A dry run of so many rows happens in one transaction.
const WHOLE: i64 = 20_000;
/// Errors kept with an import; more are only counted.
pub const MOST_ERRORS: i64 = 10_000;

/// How far an import is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Record type of the step under way.
    pub into: String,
    /// Rows done, over all steps.
    pub done: i64,
    /// Rows in all.
    pub total: i64,
    /// Records made so far.
    pub created: i64,
    /// Records changed so far.
    pub updated: i64,
    /// Rows refused so far.
    pub failed: i64,
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Its id.
    pub import: i64,
    /// Rows read.
    pub rows: i64,
    /// Records made.
    pub created: i64,
    /// Records changed.
    pub updated: i64,
    /// Rows left out: by condition, because the key came before, or because nothing changed.
    pub skipped: i64,
    /// Rows refused; see [`crate::record::errors`].
    pub failed: i64,
}

/// Imports the files of a mapping that lie in `dir`; the command line's way. Errors of rows are in the report and in
/// the import's list; an error is returned only when it cannot go on.
pub async fn import_file(
    ctx: &Ctx,
    mapping: &Mapping,
    dir: &Path,
    dry_run: bool,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Report> {
    let id = record::start(ctx, mapping, dir, dry_run).await?;
    resume(ctx, id, progress).await
}

/// Runs an import from where it stands to its end.
pub async fn resume(ctx: &Ctx, id: i64, progress: &mut (dyn FnMut(Progress) + Send)) -> Result<Report> {
    let mut runner = Runner::load(ctx, id).await?;
    loop {
        match runner.step().await {
            Ok(more) => {
                progress(runner.progress());
                if !more {
                    return Ok(runner.report());
                }
            }
            Err(e) => {
                record::fail(ctx, id, &e).await?;
                return Err(e);
            }
        }
    }
}

struct Open {
    plan: Plan,
    source: Source,
    seen: HashSet<u64>,
}

/// An import at work.
pub struct Runner {
    ctx: Ctx,
    import: Import,
    mapping: Mapping,
    dir: PathBuf,
    /// (step, is it the second pass).
    stages: Vec<(usize, bool)>,
    open: Option<Open>,
    finder: Finder,
    /// Documents made by this import.
    made: HashSet<i64>,
    ready: bool,
}

impl Runner {
    /// Takes up an import. `ctx` must be the actor of the import.
    pub async fn load(ctx: &Ctx, id: i64) -> Result<Runner> {
        let mut ctx = ctx.clone();
        ctx.door = Door::Import;
        let import = record::find(ctx.db(), id).await?.ok_or_else(Error::missing)?;
        if !matches!(import.state.as_str(), "ready" | "running" | "failed") {
            return Err(Error::refused("error-import-state"));
        }
        let mapping = Mapping::parse(&import.mapping)?;
        for step in &mapping.steps {
            let ty = ctx.registry().get(&step.into)?;
            ctx.require(&ty.permission("import"))?;
            if let (Some(_), Some((parent, _))) = (&step.parent, ty.parent) {
                ctx.require(&ctx.registry().get(parent)?.permission("import"))?;
            }
        }
        Ok(Runner {
            dir: ctx.house.data.join(&import.dir),
            finder: Finder::new(import.dry_run),
            ctx,
            import,
            mapping,
            stages: vec![],
            open: None,
            made: HashSet::new(),
            ready: false,
        })
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        let i = &self.import;
        let stage = usize::try_from(i.stage).unwrap_or(0);
        let step = self.stages.get(stage).or(self.stages.last()).map_or(0, |s| s.0);
        Progress {
            into: self.mapping.steps.get(step).map(|s| s.into.clone()).unwrap_or_default(),
            done: i.done,
            total: i.rows_total,
            created: i.created,
            updated: i.updated,
            failed: i.failed,
        }
    }

    fn report(&self) -> Report {
        let i = &self.import;
        Report {
            import: i.id,
            rows: i.done,
            created: i.created,
            updated: i.updated,
            skipped: i.skipped,
            failed: i.failed,
        }
    }

    /// The errors with the step they belong to.
    fn of_step(&self, errors: Vec<RowError>) -> Vec<(usize, RowError)> {
        let stage = usize::try_from(self.import.stage).unwrap_or(0);
        let step = self.stages.get(stage).map_or(0, |s| s.0);
        errors.into_iter().map(|e| (step, e)).collect()
    }

    fn source(&self, step: &Step) -> Result<Source> {
        open(step, &self.dir)
    }

    /// Looks at all files before anything is written.
    async fn prepare(&mut self) -> Result<()> {
        let mut total = 0;
        self.stages.clear();
        for (i, step) in self.mapping.steps.iter().enumerate() {
            let source = self.source(step)?;
            let mut plan = self.fit(step, &source)?;
            let passes = if plan.split().is_some() { 2 } else { 1 };
            self.stages.push((i, false));
            if passes == 2 {
                self.stages.push((i, true));
            }
            if self.import.rows_total == 0 {
                let rows = tokio::task::spawn_blocking(move || source.count())
                    .await
                    .map_err(Error::broken)??;
                total += i64::try_from(rows).unwrap_or(0) * passes;
            }
        }
        if self.import.rows_total == 0 {
            self.import.rows_total = total;
        }
        let mut tx = self.ctx.begin().await?;
        if self.import.batch_id.is_none() && !self.import.dry_run {
            self.import.batch_id = Some(tx.open_batch("import", &self.import.name).await?);
        }
        record::begin(&tx, &mut self.import).await?;
        tx.commit().await?;
        self.ready = true;
        Ok(())
    }

    fn fit(&self, step: &Step, source: &Source) -> Result<Plan> {
        let house = &self.ctx.house;
        Plan::fit(&house.registry, step, &source.headers, house.currency, &house.zone)
    }

    fn open_stage(&mut self, stage: usize) -> Result<Option<Open>> {
        let Some((i, second)) = self.stages.get(stage).copied() else { return Ok(None) };
        let Some(step) = self.mapping.steps.get(i).cloned() else { return Ok(None) };
        let mut source = self.source(&step)?;
        let mut plan = self.fit(&step, &source)?;
        let other = plan.split();
        if second && let Some(other) = other {
            plan = other;
        }
        let mut seen = HashSet::new();
        let mut row = Row::default();
        for _ in 0..self.import.position {
            if !source.next(&mut row)? {
                break;
            }
            if plan.distinct && row.fault.is_none() && plan.wants(&row) {
                seen.insert(hash(&plan.key_text(&row)));
            }
        }
        self.finder.forget();
        Ok(Some(Open { plan, source, seen }))
    }

    /// The next rows of the file under way: none at its end, `None` at the end of all.
    fn read(&mut self) -> Result<Option<(Open, Vec<Row>)>> {
        let stage = usize::try_from(self.import.stage).unwrap_or(0);
        let open = match self.open.take() {
            Some(open) => Some(open),
            None => self.open_stage(stage)?,
        };
        let Some(mut open) = open else { return Ok(None) };
        let mut rows: Vec<Row> = Vec::with_capacity(BATCH);
        let mut row = Row::default();
        while rows.len() < BATCH && open.source.next(&mut row)? {
            rows.push(std::mem::take(&mut row));
        }
        Ok(Some((open, rows)))
    }

    /// Does one batch. False when there is nothing more to do.
    pub async fn step(&mut self) -> Result<bool> {
        if !self.ready {
            self.prepare().await?;
        }
        if self.import.dry_run && self.import.rows_total <= WHOLE {
            return self.rehearse().await;
        }
        let Some((mut open, rows)) = self.read()? else {
            let tx = self.ctx.begin().await?;
            record::finish(&tx, &mut self.import).await?;
            tx.commit().await?;
            return Ok(false);
        };
        let mut tx = self.ctx.begin().await?;
        if rows.is_empty() {
            self.import.stage += 1;
            self.import.position = 0;
            record::advance(&tx, &mut self.import, &[]).await?;
            tx.commit().await?;
            return Ok(true);
        }
        tx.batch = self.import.batch_id;
        let errors = Box::pin(self.batch(&tx, &mut open, &rows)).await?;
        if self.import.dry_run {
            tx.rollback().await?;
            self.finder.rolled_back();
            tx = self.ctx.begin().await?;
        }
        let errors = self.of_step(errors);
        record::advance(&tx, &mut self.import, &errors).await?;
        tx.commit().await?;
        self.open = Some(open);
        Ok(true)
    }

    /// A dry run of a small import happens as a whole in one transaction that is taken back: every rule is asked.
    async fn rehearse(&mut self) -> Result<bool> {
        self.finder = Finder::new(false);
        let mut errors = vec![];
        let tx = self.ctx.begin().await?;
        while let Some((mut open, rows)) = self.read()? {
            if rows.is_empty() {
                self.import.stage += 1;
                self.import.position = 0;
                continue;
            }
            let refused = Box::pin(self.batch(&tx, &mut open, &rows)).await?;
            errors.extend(self.of_step(refused));
            self.open = Some(open);
        }
        tx.rollback().await?;
        let tx = self.ctx.begin().await?;
        record::advance(&tx, &mut self.import, &errors).await?;
        record::finish(&tx, &mut self.import).await?;
        tx.commit().await?;
        Ok(false)
    }

    async fn batch(&mut self, tx: &Tx, open: &mut Open, rows: &[Row]) -> Result<Vec<RowError>> {
        let plan = &open.plan;
        let mut errors: Vec<RowError> = vec![];
        let mut drafts: Vec<Draft> = vec![];
        let mut parents: Vec<(Draft, bool)> = vec![];
        let mut parent_of: Vec<usize> = vec![];
        let mut by_key: HashMap<String, usize> = HashMap::new();
        for row in rows {
            if let Some(fault) = &row.fault {
                // The second pass meets the same row again; it was counted in the first.
                if !plan.second {
                    let column = fault.column;
                    errors.push(RowError {
                        row: row.number,
                        field: String::new(),
                        column: column.and_then(|c| open.source.headers.get(c)).cloned().unwrap_or_default(),
                        code: fault.code,
                        value: column.map_or(String::new(), |c| row.get(c).replace('\0', "\u{2400}").chars().take(200).collect()),
                        args: fault.args.clone(),
                    });
                }
                continue;
            }
            if !plan.wants(row) {
                self.import.skipped += i64::from(!plan.second);
                continue;
            }
            if plan.distinct && !open.seen.insert(hash(&plan.key_text(row))) {
                self.import.skipped += 1;
                continue;
            }
            let Some(draft) = plan.draft(row, &mut errors) else { continue };
            if let Some(whole) = &plan.whole {
                match self.parent(plan, whole, row, &mut by_key, &mut parents, &mut errors) {
                    Some(i) => parent_of.push(i),
                    None => continue,
                }
            }
            drafts.push(draft);
        }
        if let Some(whole) = &plan.whole {
            (drafts, parent_of) = self
                .parents(tx, plan, whole, parents, drafts, parent_of, &mut errors)
                .await?;
        }
        drop(parent_of);
        let ctx = self.ctx.clone();
        self.finder
            .resolve(&ctx, tx, &plan.cells, &mut drafts, &mut errors)
            .await?;
        let saved = save::save(
            &ctx,
            tx,
            &mut self.finder,
            &save::Way {
                ty: &plan.ty,
                cells: &plan.cells,
                key: &plan.key,
                mode: plan.mode,
                quiet: plan.second,
            },
            drafts,
            &mut errors,
        )
        .await?;
        for outcome in saved {
            match outcome {
                Outcome::New(_) => self.import.created += 1,
                Outcome::Changed(_) if !plan.second => self.import.updated += 1,
                Outcome::Same(_) if !plan.second => self.import.skipped += 1,
                Outcome::Changed(_) | Outcome::Same(_) | Outcome::Failed => {}
            }
        }
        let n = i64::try_from(rows.len()).unwrap_or(0);
        self.import.position += n;
        self.import.done += n;
        let failed: HashSet<u64> = errors.iter().map(|e| e.row).collect();
        self.import.failed += i64::try_from(failed.len()).unwrap_or(0);
        Ok(errors)
    }

    /// The place of the row's document among those of the batch; `None` when it cannot be read.
    fn parent(
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
    async fn parents(
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
        let places: Vec<usize> = (0..parents.len()).filter(|i| parents.get(*i).is_some_and(|p| p.1)).collect();
        let firsts: Vec<(u64, String)> = parents
            .iter()
            .map(|(d, _)| (d.row, d.values.get(whole.key).and_then(|v| v.text()).unwrap_or("").to_owned()))
            .collect();
        let mut ready: Vec<Draft> = parents.into_iter().filter(|p| p.1).map(|p| p.0).collect();
        let before = errors.len();
        self.finder
            .resolve(&ctx, tx, &whole.cells, &mut ready, errors)
            .await?;
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
            mode: if plan.mode == Mode::Create { Mode::Upsert } else { plan.mode },
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
                    if ours || !plan.key.is_empty() { Ok(id) } else { Err(true) }
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
        args: vec![("first", i64::try_from(first).unwrap_or(0).into()), ("number", key.into())],
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// Opens the file (or the rows) of a step.
pub fn open(step: &Step, dir: &Path) -> Result<Source> {
    match &step.file {
        Some(file) => Source::open(
            &dir.join(file),
            &Options {
                encoding: step.encoding.clone(),
                delimiter: step.delimiter.as_ref().and_then(|d| d.chars().next()),
                sheet: step.sheet.clone(),
            },
        )
        .map_err(|e| if e.code == "error-import-file" { e.with("file", file.as_str()) } else { e }),
        None => {
            let mut headers: Vec<String> = step.rows.iter().flat_map(|r| r.keys().cloned()).collect();
            headers.sort();
            headers.dedup();
            let rows = step
                .rows
                .iter()
                .map(|r| headers.iter().map(|h| r.get(h).map(ToString::to_string).unwrap_or_default()).collect())
                .collect();
            Ok(Source::fixed(headers, rows))
        }
    }
}

/// Is it the fault of a row, or of the house?
fn of_row(e: &Error) -> bool {
    e.kind != Kind::Broken && e.code != "error-disk-full"
}
