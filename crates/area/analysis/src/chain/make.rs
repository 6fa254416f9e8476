//! Carrying a chain out, for one reader: which columns there are, how many rows, the rows.

use super::plan::{self, find};
use super::{Col, Kind, Label, Step, filter};
use std::collections::BTreeSet;
use std::sync::Mutex;
use zhike_kernel::{Error, Filter, Result};
use zhike_lake::bench::{Bench, Measured, Sheet, Sight, fact, name as column_name};
use zhike_store::{Ctx, Field, FieldKind, Query};
use zhike_web::records::ask::Reader;

/// Memory of one analysis before it spills.
const MEMORY: usize = 384 << 20;
/// Permissions that columns may need.
const NEEDS: [&str; 4] = ["cost.view", "profit.view", "credit.view", "contact.view"];

/// See the module's text.
pub(crate) struct Maker<'a> {
    pub(super) ctx: &'a Ctx,
    pub(super) bench: Bench,
    pub(super) lacks: Vec<&'static str>,
    asked: Mutex<BTreeSet<String>>,
}

/// What is wrong, and at which step (counted from 0).
#[derive(Debug)]
pub(crate) struct Wrong {
    pub at: usize,
    pub error: Error,
}

/// A chain whose steps fit, as far as they do.
#[derive(Debug, Default)]
pub(crate) struct Planned {
    /// The columns after each step.
    pub cols: Vec<Vec<Col>>,
    /// The first step that does not fit.
    pub wrong: Option<Wrong>,
}

impl<'a> Maker<'a> {
    /// Opens the facts for the actor.
    pub async fn open(ctx: &'a Ctx) -> Result<Maker<'a>> {
        let lacks: Vec<&'static str> = NEEDS.into_iter().filter(|p| !ctx.actor.may(p)).collect();
        let owners = ctx.actor.owners();
        let mut parties = vec![];
        if let Some(owners) = owners.as_ref().filter(|o| !o.is_empty()) {
            let ids: Vec<String> = owners.iter().map(i64::to_string).collect();
            let sql = format!("SELECT id FROM party_party WHERE owner_id IN ({})", ids.join(","));
            for row in ctx.db().all(&sql, vec![]).await? {
                parties.push(row.int(0)?);
            }
        }
        let sight = Sight {
            owners,
            parties,
            lacks: lacks.clone(),
            currency: ctx.house.currency.code().to_owned(),
        };
        Ok(Maker {
            bench: Bench::open(&ctx.house.data, MEMORY, sight).await?,
            ctx,
            lacks,
            asked: Mutex::default(),
        })
    }

    /// The version of the facts.
    pub fn version(&self) -> &str {
        self.bench.version()
    }
    /// The bench.
    pub fn bench(&self) -> &Bench {
        &self.bench
    }
    /// Permissions that what was made rests on.
    pub fn asked(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap_or_else(|p| p.into_inner());
        asked.iter().cloned().collect()
    }
    pub(super) fn ask(&self, permission: &str) {
        let mut asked = self.asked.lock().unwrap_or_else(|p| p.into_inner());
        asked.insert(permission.to_owned());
    }

    /// The facts that the actor may ask by a query.
    fn facts(&self) -> Vec<&'static str> {
        let all = fact::FACTS.iter();
        all.filter(|f| self.ctx.actor.may(f.permission))
            .map(|f| f.name)
            .collect()
    }

    /// The columns after each step, without touching a row.
    pub async fn plan(&self, steps: &[Step]) -> Planned {
        let mut out = Planned::default();
        for (at, step) in steps.iter().enumerate() {
            let before = out.cols.last().map_or(&[][..], Vec::as_slice);
            match self.columns(steps, at, step, before).await {
                Ok(cols) => out.cols.push(cols),
                Err(error) => {
                    out.wrong = Some(Wrong { at, error });
                    break;
                }
            }
        }
        if steps.is_empty() {
            let error = Error::invalid("error-analysis-empty");
            out.wrong = Some(Wrong { at: 0, error });
        }
        out
    }

    async fn columns(&self, steps: &[Step], at: usize, step: &Step, before: &[Col]) -> Result<Vec<Col>> {
        if step.begins() != (at == 0) {
            let code = if at == 0 {
                "error-analysis-first"
            } else {
                "error-analysis-begins"
            };
            return Err(Error::invalid(code));
        }
        if matches!(step, Step::Chart { .. }) && at + 1 < steps.len() {
            return Err(Error::invalid("error-analysis-chart-last"));
        }
        match step {
            Step::Sql { text } => Ok(self.query(text).await?.1),
            Step::Filter { .. } => {
                let fields = self.fields(before);
                let condition = filter::condition(step, before, &fields, &Reader::of(self.ctx))?;
                // What the engine would refuse is refused now.
                let nothing = self.bench.sheet(&kinds(before, self.ctx), &[])?;
                let condition = renumbered(&condition, &fields, &nothing.fields);
                nothing.filter(&condition)?;
                Ok(before.to_vec())
            }
            _ => plan::after(self.ctx, &self.lacks, step, before),
        }
    }

    /// Fields that stand for columns while a condition is read.
    fn fields(&self, cols: &[Col]) -> Vec<Field> {
        let field = |(i, col): (usize, &Col)| Field::new(column_name(i).unwrap_or("c"), declared(self.ctx, col));
        cols.iter().enumerate().map(field).collect()
    }

    async fn query(&self, text: &str) -> Result<(Sheet, Vec<Col>)> {
        let (sheet, named) = self.bench.query(text, &self.facts()).await?;
        let cols = named
            .iter()
            .zip(&sheet.fields)
            .map(|(column, field)| {
                let label = match column.like {
                    Some(like) => Label::Key(format!("fact-{like}")),
                    None => Label::Named(column.name.clone()),
                };
                Col::new(&column.name, Kind::of(field.kind), label)
            })
            .collect();
        Ok((sheet, cols))
    }

    /// The sheet after a step.
    pub async fn make(&self, steps: &[Step], at: usize, planned: &Planned, sheet: Option<Sheet>) -> Result<Sheet> {
        let step = steps.get(at).ok_or_else(Error::missing)?;
        let before = at
            .checked_sub(1)
            .and_then(|i| planned.cols.get(i))
            .map_or(&[][..], Vec::as_slice);
        let need = |sheet: Option<Sheet>| sheet.ok_or_else(|| Error::invalid("error-analysis-first"));
        match step {
            Step::Source { of, columns } => Box::pin(self.source(steps, of, columns)).await,
            Step::Sql { text } => {
                // What a query makes of a column cannot be told from its words.
                let said = text.to_lowercase();
                for fact in fact::FACTS.iter().filter(|f| said.contains(f.name)) {
                    self.ask(fact.permission);
                    let needs = fact.columns.iter().filter_map(|c| c.needs);
                    needs.filter(|p| !self.lacks.contains(p)).for_each(|p| self.ask(p));
                }
                Ok(self.query(text).await?.0)
            }
            Step::Filter { .. } => {
                let sheet = need(sheet)?;
                let fields: Vec<Field> = self
                    .fields(before)
                    .into_iter()
                    .zip(&sheet.fields)
                    .map(|(read, kept)| Field {
                        name: kept.name,
                        ..read
                    })
                    .collect();
                let condition = filter::condition(step, before, &fields, &Reader::of(self.ctx))?;
                sheet.filter(&condition)
            }
            Step::Join {
                by,
                of,
                fields,
                matching,
            } => Box::pin(self.join(need(sheet)?, before, by, of, fields, *matching)).await,
            Step::Derive { how, a, b, .. } => {
                let sheet = need(sheet)?;
                let (kind, template) = super::derive::derived(before, how, a, b)?;
                let place = |name: &str| find(before, name).and_then(|(i, _)| sheet.at(i));
                let mut sql = template.replace("{a}", place(a)?);
                if sql.contains("{b}") {
                    sql = sql.replace("{b}", place(b)?);
                }
                let today = i64::from((self.ctx.today() - epoch()).get_days());
                let sql = sql.replace("{today}", &today.to_string());
                sheet.derive(&self.bench, kind.field(self.ctx.registry()), &sql).await
            }
            Step::Group { by, measures } => {
                let keys = by
                    .iter()
                    .map(|n| Ok(find(before, n)?.0))
                    .collect::<Result<Vec<usize>>>()?;
                let asked = measures
                    .iter()
                    .map(|m| {
                        let (how, col) = plan::measured(before, m)?;
                        let of = (!m.column.is_empty())
                            .then(|| find(before, &m.column).map(|f| f.0))
                            .transpose()?;
                        Ok(Measured {
                            how,
                            of,
                            kind: col.kind.field(self.ctx.registry()),
                        })
                    })
                    .collect::<Result<Vec<Measured>>>()?;
                need(sheet)?.group(&self.bench, &keys, &asked).await
            }
            Step::Sort { by, limit } => {
                let keys = by
                    .iter()
                    .map(|name| {
                        let (name, down) = name.strip_prefix('-').map_or((name.as_str(), false), |n| (n, true));
                        Ok((find(before, name)?.0, down))
                    })
                    .collect::<Result<Vec<(usize, bool)>>>()?;
                let most = limit.and_then(|n| usize::try_from(n).ok());
                need(sheet)?.sort(&self.bench, &keys, most).await
            }
            Step::Model {
                model,
                key,
                amount,
                date,
            } => {
                let sheet = need(sheet)?;
                let place = |name: &str| find(before, name).map(|f| f.0);
                let date = if date.is_empty() { None } else { Some(place(date)?) };
                let after = planned.cols.get(at).ok_or_else(Error::missing)?;
                Box::pin(self.model(model, sheet, (place(key)?, place(amount)?, date), after)).await
            }
            Step::Chart { .. } => need(sheet),
        }
    }
}

fn epoch() -> zhike_kernel::Date {
    jiff::civil::date(1970, 1, 1)
}

/// How the columns are kept.
pub(crate) fn kinds(cols: &[Col], ctx: &Ctx) -> Vec<FieldKind> {
    cols.iter().map(|c| c.kind.field(ctx.registry())).collect()
}

/// What a column is to a condition: a choice keeps its words.
pub(crate) fn declared(ctx: &Ctx, col: &Col) -> FieldKind {
    let like = col.like.as_ref().and_then(|(ty, field)| {
        let ty = ctx.registry().get(ty).ok()?;
        ty.field(field).map(|f| f.kind)
    });
    match like {
        Some(kind @ (FieldKind::Choice(_) | FieldKind::Many(_))) => kind,
        _ => col.kind.field(ctx.registry()),
    }
}

/// The condition about other columns at the same places.
fn renumbered(condition: &Filter, from: &[Field], to: &[Field]) -> Filter {
    let all = |parts: &[Filter]| parts.iter().map(|f| renumbered(f, from, to)).collect();
    match condition {
        Filter::All(parts) => Filter::All(all(parts)),
        Filter::Any(parts) => Filter::Any(all(parts)),
        Filter::None(part) => Filter::None(Box::new(renumbered(part, from, to))),
        Filter::Exists { .. } => condition.clone(),
        Filter::Field { field, op, values } => {
            let place = from.iter().position(|f| f.name == field).and_then(|i| to.get(i));
            Filter::Field {
                field: place.map_or_else(|| field.clone(), |f| f.name.to_owned()),
                op: *op,
                values: values.clone(),
            }
        }
    }
}
