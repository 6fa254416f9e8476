//! Runs an import, a batch of rows per transaction. The import's own row is written in the same transaction, so that a
//! killed import goes on exactly where it stood.

mod find;
mod open;
mod report;
mod save;
mod whole;

use crate::{
    ignored,
    mapping::{Mapping, Step},
    plan::{Draft, Plan, RowError},
    record::{self, Import},
    source::{Row, Source},
};
use find::Finder;
pub use open::open;
pub use report::{Progress, Report};
use save::Outcome;
use std::{
    collections::{BTreeMap, HashMap, HashSet},
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
            ignored: i.ignored.clone(),
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
        let mut files = BTreeMap::new();
        self.stages.clear();
        for (i, step) in self.mapping.steps.iter().enumerate() {
            let source = self.source(step)?;
            let mut plan = self.fit(step, &source)?;
            files.extend(step.file.clone().map(|file| (file, source.headers.clone())));
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
        self.import.ignored = ignored::of_mapping(&self.mapping, &files);
        record::ignore(&tx, self.import.id, &self.import.ignored).await?;
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
        let Some((i, second)) = self.stages.get(stage).copied() else {
            return Ok(None);
        };
        let Some(step) = self.mapping.steps.get(i).cloned() else {
            return Ok(None);
        };
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
                        column: column
                            .and_then(|c| open.source.headers.get(c))
                            .cloned()
                            .unwrap_or_default(),
                        code: fault.code,
                        value: column.map_or(String::new(), |c| {
                            row.get(c).replace('\0', "\u{2400}").chars().take(200).collect()
                        }),
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
            let Some(draft) = plan.draft(row, &mut errors) else {
                continue;
            };
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
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// Is it the fault of a row, or of the house?
fn of_row(e: &Error) -> bool {
    e.kind != Kind::Broken && e.code != "error-disk-full"
}
