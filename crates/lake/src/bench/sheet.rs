//! A sheet: rows of some columns that are not there until somebody asks for them. Columns are told by their place.

use super::{Bench, cells, said};
use crate::filter;
use datafusion::prelude::DataFrame;
use zhike_kernel::{Error, Filter, Result, Value};
use zhike_store::{Field, FieldKind};

/// See the module's text.
#[derive(Clone)]
pub struct Sheet {
    pub(crate) frame: DataFrame,
    /// Its columns.
    pub fields: Vec<Field>,
}

/// How the rows of a group become one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// How many rows (with a column: in which it is filled).
    Count,
    /// How many different values.
    Distinct,
    /// The sum.
    Sum,
    /// The mean, rounded as the house rounds.
    Mean,
    /// The least.
    Least,
    /// The greatest.
    Most,
    /// The middle one; between two, their mean without its fraction.
    Median,
}

/// A measure of a column (by its place), and what the result is.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    /// How.
    pub how: Measure,
    /// Of what; counting needs nothing.
    pub of: Option<usize>,
    /// What comes out.
    pub kind: FieldKind,
}

impl Sheet {
    /// The name of the column at a place.
    pub fn at(&self, place: usize) -> Result<&'static str> {
        let field = self.fields.get(place);
        field.map(|f| f.name).ok_or_else(|| Error::broken("no such column"))
    }

    /// The rows that hold; the filter speaks of the columns by their own names.
    pub fn filter(self, condition: &Filter) -> Result<Sheet> {
        let frame = {
            let expr = filter::expr(self.frame.schema().as_arrow(), &self.fields, condition)?;
            self.frame.filter(expr).map_err(said)?
        };
        Ok(Sheet { frame, ..self })
    }

    /// With one more column, computed by an expression of ours.
    pub async fn derive(self, bench: &Bench, kind: FieldKind, expression: &str) -> Result<Sheet> {
        let field = bench.field(kind)?;
        let table = bench.table(self.frame)?;
        let as_kept = match cells::kept(&field) {
            datafusion::arrow::datatypes::DataType::Int32 => "INT",
            datafusion::arrow::datatypes::DataType::Int64 => "BIGINT",
            datafusion::arrow::datatypes::DataType::Boolean => "BOOLEAN",
            _ => "VARCHAR",
        };
        let sql = format!(
            "SELECT *, CAST({expression} AS {as_kept}) AS {} FROM {table}",
            field.name
        );
        let frame = bench.sql(&sql).await?;
        let mut fields = self.fields;
        fields.push(field);
        Ok(Sheet { frame, fields })
    }

    /// With the columns of another sheet beside those rows whose value at `here` is the other's at `there`; each value stands there
    /// once at most. Rows without a match stay, unless `matching`.
    pub async fn join(self, bench: &Bench, here: usize, other: Sheet, there: usize, matching: bool) -> Result<Sheet> {
        let (left, right) = (self.at(here)?, other.at(there)?);
        let (l, r) = (bench.table(self.frame)?, bench.table(other.frame)?);
        let added: Vec<Field> = other.fields.into_iter().filter(|f| f.name != right).collect();
        let names: String = added.iter().map(|f| format!(", r.{}", f.name)).collect();
        let way = if matching { "JOIN" } else { "LEFT JOIN" };
        let sql = format!("SELECT l.*{names} FROM {l} l {way} {r} r ON l.{left} = r.{right}");
        let frame = bench.sql(&sql).await?;
        let mut fields = self.fields;
        fields.extend(added);
        Ok(Sheet { frame, fields })
    }

    /// One row for each group: the columns it is grouped by, then the measures.
    pub async fn group(self, bench: &Bench, by: &[usize], measures: &[Measured]) -> Result<Sheet> {
        let (mut fields, mut read, mut keys) = (vec![], vec![], vec![]);
        for place in by {
            let old = self.fields.get(*place).ok_or_else(|| Error::broken("no such column"))?;
            let new = bench.field(old.kind)?;
            read.push(format!("{} AS {}", old.name, new.name));
            keys.push(old.name);
            fields.push(new);
        }
        for m in measures {
            let of = m.of.map(|place| self.at(place)).transpose()?;
            let new = bench.field(m.kind)?;
            let x = of.unwrap_or("*");
            let sql = match m.how {
                Measure::Count => format!("COUNT({x})"),
                Measure::Distinct => format!("COUNT(DISTINCT {x})"),
                Measure::Sum => format!("CAST(SUM({x}) AS BIGINT)"),
                Measure::Mean => {
                    format!("mul_div(CAST(SUM({x}) AS BIGINT), CAST(1 AS BIGINT), CAST(COUNT({x}) AS BIGINT))")
                }
                Measure::Least => format!("MIN({x})"),
                Measure::Most => format!("MAX({x})"),
                Measure::Median => format!("median({x})"),
            };
            read.push(format!("{sql} AS {}", new.name));
            fields.push(new);
        }
        let table = bench.table(self.frame)?;
        let group = if keys.is_empty() {
            String::new()
        } else {
            format!(" GROUP BY {}", keys.join(", "))
        };
        let frame = bench
            .sql(&format!("SELECT {} FROM {table}{group}", read.join(", ")))
            .await?;
        Ok(Sheet { frame, fields })
    }

    /// In order of these columns (and whether downwards); equal rows in the order of the other columns, so that it is the same each
    /// time. Only the first so many, if told.
    pub async fn sort(self, bench: &Bench, by: &[(usize, bool)], most: Option<usize>) -> Result<Sheet> {
        let mut keys = vec![];
        for (place, down) in by {
            keys.push(format!(
                "{} {} NULLS LAST",
                self.at(*place)?,
                if *down { "DESC" } else { "ASC" }
            ));
        }
        for (place, field) in self.fields.iter().enumerate() {
            if !by.iter().any(|b| b.0 == place) {
                keys.push(format!("{} ASC NULLS LAST", field.name));
            }
        }
        let table = bench.table(self.frame)?;
        let most = most.map(|n| format!(" LIMIT {n}")).unwrap_or_default();
        let frame = bench
            .sql(&format!("SELECT * FROM {table} ORDER BY {}{most}", keys.join(", ")))
            .await?;
        Ok(Sheet { frame, ..self })
    }

    /// Only these columns, in this order.
    pub fn only(self, places: &[usize]) -> Result<Sheet> {
        let mut fields = vec![];
        for place in places {
            fields.push(
                self.fields
                    .get(*place)
                    .cloned()
                    .ok_or_else(|| Error::broken("no such column"))?,
            );
        }
        let names: Vec<&str> = fields.iter().map(|f| f.name).collect();
        let frame = self.frame.select_columns(&names).map_err(said)?;
        Ok(Sheet { frame, fields })
    }

    /// How many rows.
    pub async fn count(&self) -> Result<u64> {
        let many = self.frame.clone().count().await.map_err(said)?;
        Ok(u64::try_from(many).unwrap_or(u64::MAX))
    }

    /// Some rows.
    pub async fn rows(&self, skip: usize, most: usize) -> Result<Vec<Vec<Value>>> {
        let frame = self.frame.clone().limit(skip, Some(most)).map_err(said)?;
        let mut out = vec![];
        for batch in frame.collect().await.map_err(said)? {
            cells::values(&batch, &self.fields, &mut out)?;
        }
        Ok(out)
    }
}

impl Bench {
    /// Rows that were computed, as a sheet.
    pub fn sheet(&self, kinds: &[FieldKind], rows: &[Vec<Value>]) -> Result<Sheet> {
        let fields = kinds.iter().map(|k| self.field(*k)).collect::<Result<Vec<Field>>>()?;
        let batch = cells::batch(&fields, rows)?;
        let frame = self.ctx.read_batch(batch).map_err(said)?;
        Ok(Sheet { frame, fields })
    }
}
