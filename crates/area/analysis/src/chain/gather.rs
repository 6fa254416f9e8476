//! Where the rows of a chain come from: facts, records as they are now, what stands beside them, and models of them.

use super::make::{Maker, kinds};
use super::plan::{self, find};
use super::step::speaks_of;
use super::{Col, Kind, Step, model};
use std::collections::BTreeSet;
use zhike_kernel::{Error, Filter, Result, Value};
use zhike_lake::bench::{Measure, Measured, Sheet, fact};
use zhike_store::{Field, FieldKind, List, Query, whole};

/// Records read at once.
const CHUNK: usize = 5_000;

impl Maker<'_> {
    /// Notes the columns with permissions of their own that show in the result.
    pub(super) fn ask_for_columns(&self, steps: &[Step]) {
        for column in fact::FACTS.iter().flat_map(|f| f.columns) {
            if let Some(permission) = column.needs.filter(|p| !self.lacks.contains(p))
                && speaks_of(steps, column.name)
            {
                self.ask(permission);
            }
        }
    }

    pub(super) async fn source(&self, steps: &[Step], of: &str, columns: &[String]) -> Result<Sheet> {
        if let Some(fact) = fact::find(of) {
            self.ctx.require(fact.permission)?;
            self.ask(fact.permission);
            self.ask_for_columns(steps);
            return self.bench.fact(of).await;
        }
        self.records(of, columns).await
    }

    /// Records as they are now, those that the actor sees.
    pub(super) async fn records(&self, of: &str, columns: &[String]) -> Result<Sheet> {
        let ty = plan::record_type(self.ctx, of)?;
        self.ask(&ty.permission("view"));
        let fields: Vec<Field> = plan::chosen(&ty, columns)?.into_iter().cloned().collect();
        for permission in fields.iter().filter_map(Field::lock) {
            self.ask(permission);
        }
        let mut list = List::of(&ty);
        // Amounts in other currencies do not add up.
        let currencies = fields.iter().filter_map(|f| match f.kind {
            FieldKind::Money { currency } => currency,
            _ => None,
        });
        for currency in currencies.collect::<BTreeSet<&str>>() {
            list.filter = list.filter.and(Filter::Any(vec![
                Filter::is(currency, self.ctx.house.currency.code()),
                Filter::Field {
                    field: currency.to_owned(),
                    op: zhike_kernel::Op::Empty,
                    values: vec![],
                },
            ]));
        }
        let db = self.ctx.db();
        let (select, binds) = whole::select(self.ctx, db, &ty, &list, &fields)?;
        let sql = format!("{select} AND t.id > ${} ORDER BY t.id LIMIT {CHUNK}", binds.len() + 1);
        let mut kinds = vec![FieldKind::Ref(ty.name)];
        kinds.extend(fields.iter().map(|f| Kind::of(f.kind).field(self.ctx.registry())));
        let mut writer = self.bench.writer(&kinds)?;
        let mut last = 0_i64;
        loop {
            let mut values = binds.clone();
            values.push(last.into());
            let rows = db.all(&sql, values).await?;
            let mut out = Vec::with_capacity(rows.len());
            for row in &rows {
                last = row.int(0)?;
                let mut cells = vec![Value::Int(last)];
                for (i, field) in fields.iter().enumerate() {
                    cells.push(row.value(i + 1, field.storage())?);
                }
                out.push(cells);
            }
            writer.push(&out)?;
            if rows.len() < CHUNK {
                return self.bench.written(writer).await;
            }
        }
    }

    pub(super) async fn join(
        &self,
        sheet: Sheet,
        cols: &[Col],
        by: &str,
        of: &str,
        fields: &[String],
        matching: bool,
    ) -> Result<Sheet> {
        let (here, added) = plan::joined(self.ctx, &self.lacks, cols, by, of, fields)?;
        let to = match cols.get(here).map(|c| &c.kind) {
            Some(Kind::Ref(to)) => to.clone(),
            _ => "user".to_owned(),
        };
        if of.is_empty() {
            let other = self.records(&to, fields).await?;
            return sheet.join(&self.bench, here, other, 0, matching).await;
        }
        let (key, inner, measures) = plan::facts_by(self.ctx, &self.lacks, &to, of, fields)?;
        if let Some(fact) = fact::find(of) {
            self.ask(fact.permission);
            for column in fact
                .columns
                .iter()
                .filter(|c| fields.iter().any(|f| f.ends_with(&format!(":{}", c.name))))
            {
                column.needs.into_iter().for_each(|p| self.ask(p));
            }
        }
        let asked = measures
            .iter()
            .zip(&added)
            .map(|(m, col)| {
                let (how, _) = plan::measured(&inner, m)?;
                let of = (!m.column.is_empty())
                    .then(|| find(&inner, &m.column).map(|f| f.0))
                    .transpose()?;
                Ok(Measured {
                    how,
                    of,
                    kind: col.kind.field(self.ctx.registry()),
                })
            })
            .collect::<Result<Vec<Measured>>>()?;
        let other = self.bench.fact(of).await?.group(&self.bench, &[key], &asked).await?;
        sheet.join(&self.bench, here, other, 0, matching).await
    }

    pub(super) async fn model(
        &self,
        model: &str,
        sheet: Sheet,
        at: (usize, usize, Option<usize>),
        after: &[Col],
    ) -> Result<Sheet> {
        let (key, amount, date) = at;
        let kind = |place: usize| sheet.fields.get(place).map_or(FieldKind::Int, |f| f.kind);
        let sum = Measured {
            how: Measure::Sum,
            of: Some(amount),
            kind: kind(amount),
        };
        let day = date.unwrap_or(key);
        let bench = &self.bench;
        let grouped = match model {
            "rfm" => {
                let last = Measured {
                    how: Measure::Most,
                    of: Some(day),
                    kind: FieldKind::Date,
                };
                let often = Measured {
                    how: Measure::Distinct,
                    of: Some(day),
                    kind: FieldKind::Int,
                };
                sheet
                    .group(bench, &[key], &[last, often, sum])
                    .await?
                    .sort(bench, &[(0, false)], None)
                    .await?
            }
            "histories" => {
                let daily = sheet.group(bench, &[key, day], &[sum]).await?;
                daily.sort(bench, &[(0, false), (1, false)], None).await?
            }
            _ => {
                sheet
                    .group(bench, &[key], &[sum])
                    .await?
                    .sort(bench, &[(0, false)], None)
                    .await?
            }
        };
        let rows = grouped.rows(0, model::MOST + 1).await?;
        if rows.len() > model::MOST {
            return Err(Error::invalid("error-analysis-model-rows").with("most", model::MOST));
        }
        let (word, today) = (model.to_owned(), self.ctx.today());
        let made = zhike_web::blocking(move || match word.as_str() {
            "whale" => Ok(model::whale(&rows)),
            "pareto" => Ok(model::pareto(&rows)),
            "rfm" => model::recency(&rows, today),
            _ => Ok(model::histories(&rows, today)),
        })
        .await??;
        self.bench.sheet(&kinds(after, self.ctx), &made)
    }
}
