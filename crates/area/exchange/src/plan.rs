//! A step of a mapping fitted to a file and a record type: names have become positions, and rows can be read.

mod cell;
mod fit;

use crate::{
    mapping::{Column, Condition, Mode, Names, Rule, Step},
    source::Row,
};
use cell::draft;
pub use cell::{ambiguous, day};
use fit::{Titles, fit_cells, with_currency};
use jiff::tz::TimeZone;
use std::{borrow::Cow, collections::HashMap, sync::Arc};
use zhike_kernel::{Currency, Error, Result, Stamp, Values, error::Args};
use zhike_store::{Field, RecordType, Registry, Source as Place, field::Storage};

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq)]
pub struct RowError {
    /// Line of the file.
    pub row: u64,
    /// Field.
    pub field: String,
    /// The column's title.
    pub column: String,
    /// Translation key.
    pub code: &'static str,
    /// What stands in the cell.
    pub value: String,
    /// Arguments of the sentence.
    pub args: Args,
}

/// How another record is found.
#[derive(Clone)]
pub struct Refer {
    /// Its type.
    pub ty: Arc<RecordType>,
    /// The fields to look in, in order.
    pub by: Vec<&'static str>,
    /// Both must agree in this field.
    pub within: Option<&'static str>,
    /// Make it when it is not there.
    pub create: bool,
    /// Leave it empty when it is not there.
    pub optional: bool,
}

/// One field and where it comes from.
#[derive(Clone)]
pub struct Cell {
    /// The field.
    pub field: Field,
    /// The instant at which the record came to be.
    pub born: bool,
    /// Titles of its columns, for error lists.
    pub title: String,
    /// How the other record is found, if it is a reference.
    pub refer: Option<Refer>,
    /// Records that are there keep what they have.
    pub only_new: bool,
    from: Vec<usize>,
    rule: Rule,
    map: HashMap<String, String>,
    constant: Option<String>,
    default: Option<String>,
    date: Option<String>,
    scale: Option<i64>,
    per: Option<usize>,
    comma: bool,
    twice: bool,
}

/// The document that lines belong to.
#[derive(Clone)]
pub struct Whole {
    /// Its type.
    pub ty: Arc<RecordType>,
    /// Its fields.
    pub cells: Vec<Cell>,
    /// The field it is recognised by.
    pub key: &'static str,
    /// The lines' field with its id.
    pub column: &'static str,
}

/// A step, ready to run.
#[derive(Clone)]
pub struct Plan {
    /// The record type.
    pub ty: Arc<RecordType>,
    /// Its fields.
    pub cells: Vec<Cell>,
    /// The fields it is recognised by.
    pub key: Vec<&'static str>,
    /// Create, update or both.
    pub mode: Mode,
    /// Each key once.
    pub distinct: bool,
    /// Conditions on columns.
    pub only: Vec<(usize, Condition)>,
    /// The documents.
    pub whole: Option<Whole>,
    /// Amounts are in this currency unless a column says.
    pub currency: Currency,
    /// Second pass over the file: references to records of the same type.
    pub second: bool,
    zone: TimeZone,
}

/// A row that was read: values, and references still to be resolved.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// Line of the file.
    pub row: u64,
    /// Values.
    pub values: Values,
    /// When it came to be.
    pub born: Option<Stamp>,
    /// (cell, what it holds).
    pub refs: Vec<(usize, String)>,
    /// Points to something that exists only in this dry run.
    pub phantom: bool,
}

impl Plan {
    /// Fits a step to a file. `second` makes the plan of the second pass, if there must be one.
    pub fn fit(registry: &Registry, step: &Step, headers: &[String], house: Currency, zone: &TimeZone) -> Result<Plan> {
        let ty = registry
            .get(&step.into)
            .map_err(|_| Error::invalid("error-import-type").with("type", step.into.as_str()))?
            .clone();
        let titles = Titles {
            headers,
            file: step.file.as_deref().unwrap_or(""),
        };
        let currency = match &step.currency {
            Some(code) => Currency::parse(code)
                .ok_or_else(|| Error::invalid("error-import-currency").with("currency", code.as_str()))?,
            None => house,
        };
        let mut columns = step.columns.clone();
        if !step.rows.is_empty() {
            // Rows in the mapping call the fields by their names.
            for name in headers {
                columns
                    .entry(name.clone())
                    .or_insert_with(|| Column::Title(name.clone()));
            }
        }
        let mut cells = fit_cells(registry, &ty, step, &columns, &titles)?;
        if step.file.is_some() && cells.iter().all(|c| c.from.is_empty()) {
            return Err(Error::invalid("error-import-nothing"));
        }
        let mut key: Vec<&'static str> = vec![];
        for name in step.key.as_ref().map(Names::list).unwrap_or_default() {
            let field = ty.need(&name)?;
            if !matches!(field.storage(), Storage::Text | Storage::Int) || field.source != Place::Own {
                return Err(Error::invalid("error-import-key").with("field", name.as_str()));
            }
            key.push(field.name);
        }
        let mut whole = match &step.parent {
            None => None,
            Some(parent) => {
                let (of, column) = ty
                    .parent
                    .ok_or_else(|| Error::invalid("error-import-no-parent").with("type", ty.name))?;
                let of = registry.get(of)?.clone();
                let cells = fit_cells(registry, &of, step, &parent.columns, &titles)?;
                let key_field = of.need(&parent.key)?.name;
                if !cells.iter().any(|c| c.field.name == key_field) {
                    return Err(Error::invalid("error-import-key-unmapped").with("field", key_field));
                }
                if !key.is_empty() && !key.contains(&column) {
                    key.insert(0, column);
                }
                Some(Whole {
                    ty: of,
                    cells,
                    key: key_field,
                    column,
                })
            }
        };
        let parent_column = whole.as_ref().map(|w| w.column);
        if let Some(name) = key
            .iter()
            .find(|k| Some(**k) != parent_column && !cells.iter().any(|c| c.field.name == **k))
        {
            return Err(Error::invalid("error-import-key-unmapped").with("field", *name));
        }
        if key.is_empty() && step.mode == Mode::Update {
            return Err(Error::invalid("error-import-key-needed"));
        }
        // The currency of the step is the records' currency, too, and that of their documents.
        with_currency(registry, &ty, step, &titles, &mut cells)?;
        if let Some(whole) = &mut whole {
            with_currency(registry, &whole.ty.clone(), step, &titles, &mut whole.cells)?;
        }
        let only = step.only.as_ref().map(crate::mapping::Only::list).unwrap_or_default();
        Ok(Plan {
            ty,
            cells,
            key,
            mode: step.mode,
            distinct: step.distinct,
            only: only
                .into_iter()
                .map(|c| Ok((titles.find(&c.column)?, c)))
                .collect::<Result<_>>()?,
            whole,
            currency,
            second: false,
            zone: zone.clone(),
        })
    }

    /// References among the records of this file need a second pass, when all of them are there: takes those cells out
    /// of this plan and gives the plan of that pass.
    pub fn split(&mut self) -> Option<Plan> {
        let own = |c: &Cell| c.refer.as_ref().is_some_and(|r| r.ty.name == self.ty.name && !r.create);
        if self.key.is_empty()
            || !self.cells.iter().any(own)
            || self
                .key
                .iter()
                .any(|k| self.cells.iter().any(|c| c.field.name == *k && own(c)))
        {
            return None;
        }
        let mut second = self.clone();
        second.cells.retain(|c| own(c) || second.key.contains(&c.field.name));
        second.second = true;
        second.mode = Mode::Update;
        let ty = self.ty.name;
        self.cells
            .retain(|c| c.refer.as_ref().is_none_or(|r| r.ty.name != ty || r.create));
        Some(second)
    }

    /// Is this row wanted?
    pub fn wants(&self, row: &Row) -> bool {
        self.only.iter().all(|(i, c)| c.holds(row.get(*i)))
            && (!self.second
                || self
                    .cells
                    .iter()
                    .any(|c| !self.key.contains(&c.field.name) && !c.text(row).is_empty()))
    }

    /// The text of the key, for taking each once.
    pub fn key_text(&self, row: &Row) -> String {
        let parts: Vec<Cow<'_, str>> = self
            .key
            .iter()
            .filter_map(|k| self.cells.iter().find(|c| c.field.name == *k))
            .map(|c| c.text(row))
            .collect();
        parts.join("\u{1f}")
    }

    /// Reads the row's fields.
    pub fn draft(&self, row: &Row, errors: &mut Vec<RowError>) -> Option<Draft> {
        draft(&self.cells, row, self.currency, &self.zone, errors)
    }

    /// Reads the document's fields from the row.
    pub fn draft_whole(&self, whole: &Whole, row: &Row, errors: &mut Vec<RowError>) -> Option<Draft> {
        draft(&whole.cells, row, self.currency, &self.zone, errors)
    }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
