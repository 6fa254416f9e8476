//! A step of a mapping fitted to a file and a record type: names have become positions, and rows can be read.

use crate::{
    mapping::{Column, Condition, Mode, Names, Rule, Step},
    source::Row,
};
use jiff::{civil, tz::TimeZone};
use std::{borrow::Cow, collections::HashMap, sync::Arc};
use zhike_kernel::{
    Currency, Error, Result, Stamp, Value, Values,
    error::{Args, FieldError},
    money::mul_div,
    number,
    text::fold,
};
use zhike_store::{Field, FieldKind, RecordType, Registry, Source as Place, field::Storage, field::parse_date};

/// Fields by which records of other types are looked for unless the mapping says, in this order.
const BY: [&str; 8] = ["external_key", "number", "sku", "code", "login", "name", "name_latin", "email"];

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
    from: Vec<usize>,
    rule: Rule,
    map: HashMap<String, String>,
    constant: Option<String>,
    default: Option<String>,
    date: Option<String>,
    scale: Option<i64>,
    per: Option<usize>,
    comma: bool,
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

struct Titles<'a> {
    headers: &'a [String],
    file: &'a str,
}

impl Titles<'_> {
    fn find(&self, title: &str) -> Result<usize> {
        let exact = self.headers.iter().position(|h| h == title);
        exact
            .or_else(|| self.headers.iter().position(|h| fold(h) == fold(title)))
            .ok_or_else(|| {
                Error::invalid("error-import-no-column")
                    .with("column", title)
                    .with("file", self.file)
            })
    }
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
        if self.key.is_empty() || !self.cells.iter().any(own) || self.key.iter().any(|k| self.cells.iter().any(|c| c.field.name == *k && own(c))) {
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

fn writable(field: &Field) -> bool {
    field.source == Place::Own && (field.editable || field.kind == FieldKind::Number)
}

fn fit_cells(
    registry: &Registry,
    ty: &Arc<RecordType>,
    step: &Step,
    columns: &std::collections::BTreeMap<String, Column>,
    titles: &Titles<'_>,
) -> Result<Vec<Cell>> {
    let mut cells: Vec<Cell> = columns
        .iter()
        .map(|(name, column)| fit_cell(registry, ty, step, name, column.rule(), titles))
        .collect::<Result<_>>()?;
    // What others must agree with comes first.
    cells.sort_by_key(|c| c.refer.as_ref().is_some_and(|r| r.within.is_some()));
    Ok(cells)
}

fn with_currency(
    registry: &Registry,
    ty: &Arc<RecordType>,
    step: &Step,
    titles: &Titles<'_>,
    cells: &mut Vec<Cell>,
) -> Result<()> {
    if let Some(code) = &step.currency
        && ty.field("currency").is_some_and(writable)
        && !cells.iter().any(|c| c.field.name == "currency")
    {
        let rule = Rule {
            constant: Some(crate::mapping::Plain::Text(code.clone())),
            ..Rule::default()
        };
        cells.push(fit_cell(registry, ty, step, "currency", rule, titles)?);
    }
    Ok(())
}

fn fit_cell(
    registry: &Registry,
    ty: &Arc<RecordType>,
    step: &Step,
    name: &str,
    rule: Rule,
    titles: &Titles<'_>,
) -> Result<Cell> {
    let born = name == "created_at";
    let field = if born {
        Field::new("created_at", FieldKind::Stamp)
    } else {
        let known = ty.field(name).filter(|f| writable(f)).cloned();
        known.ok_or_else(|| {
            Error::invalid("error-import-no-field")
                .with("field", name)
                .with("type", ty.name)
        })?
    };
    let mut from = vec![];
    for title in rule.column.iter().chain(&rule.join) {
        from.push(titles.find(title)?);
    }
    if from.is_empty() && rule.constant.is_none() {
        return Err(Error::invalid("error-import-no-source").with("field", name));
    }
    let refer = match field.kind {
        FieldKind::Ref(to) => Some(refer(registry, to, &rule)?),
        FieldKind::User => Some(refer(registry, "user", &rule)?),
        _ => None,
    };
    let scale = match &rule.scale {
        None => None,
        Some(text) => Some(
            number::parse_scaled(&text.to_string(), 6, true)
                .map_err(|_| Error::invalid("error-import-scale").with("field", name))?,
        ),
    };
    let heads: Vec<&str> = rule.column.iter().chain(&rule.join).map(String::as_str).collect();
    Ok(Cell {
        born,
        title: heads.join(" + "),
        refer,
        from,
        map: rule.map.iter().map(|(k, v)| (fold(k), v.to_string())).collect(),
        constant: rule.constant.as_ref().map(ToString::to_string),
        default: rule.default.as_ref().map(ToString::to_string),
        date: rule.date.clone().or_else(|| step.date.clone()),
        scale,
        per: rule.per.as_deref().map(|t| titles.find(t)).transpose()?,
        comma: step.decimal.as_deref() == Some(","),
        rule,
        field,
    })
}

fn refer(registry: &Registry, to: &str, rule: &Rule) -> Result<Refer> {
    let ty = registry
        .get(to)
        .map_err(|_| Error::invalid("error-import-type").with("type", to))?
        .clone();
    let text = |name: &str| {
        ty.field(name)
            .filter(|f| f.source == Place::Own && f.storage() == Storage::Text)
            .map(|f| f.name)
    };
    let by = match rule.by.as_deref() {
        Some("id") => vec!["id"],
        Some(name) => {
            vec![text(name).ok_or_else(|| Error::invalid("error-import-no-field").with("field", name).with("type", to))?]
        }
        None => {
            let mut by: Vec<&'static str> = BY.iter().filter_map(|n| text(n)).collect();
            if let Some(title) = text(ty.title).filter(|t| !by.contains(t)) {
                by.push(title);
            }
            by
        }
    };
    let within = match rule.within.as_deref() {
        Some(name) => Some(ty.need(name)?.name),
        None => None,
    };
    Ok(Refer {
        by,
        within,
        create: rule.create,
        optional: rule.optional,
        ty,
    })
}

impl Cell {
    /// What the cell holds: joined, trimmed, mapped; empty when there is nothing.
    pub fn text<'a>(&'a self, row: &'a Row) -> Cow<'a, str> {
        if let Some(constant) = &self.constant {
            return Cow::Borrowed(constant);
        }
        let mut text: Cow<'a, str> = match self.from.as_slice() {
            [one] => Cow::Borrowed(row.get(*one)),
            many => {
                let parts: Vec<&str> = many.iter().map(|i| row.get(*i)).filter(|t| !t.is_empty()).collect();
                Cow::Owned(parts.join(self.rule.with.as_deref().unwrap_or(" ")))
            }
        };
        if let Some(start) = &self.rule.trim_prefix
            && let Some(rest) = text.strip_prefix(start.as_str())
        {
            text = Cow::Owned(rest.to_owned());
        }
        for (what, by) in &self.rule.replace {
            if text.contains(what.as_str()) {
                text = Cow::Owned(text.replace(what.as_str(), by));
            }
        }
        if self.rule.lower {
            text = Cow::Owned(text.to_lowercase());
        }
        if !self.map.is_empty() {
            if matches!(self.field.kind, FieldKind::Many(_)) {
                let words: Vec<String> = text
                    .split([',', ';', '/', '、', '，', '；', '|'])
                    .map(|w| self.map.get(&fold(w)).cloned().unwrap_or_else(|| w.trim().to_owned()))
                    .collect();
                text = Cow::Owned(words.join(" "));
            } else if let Some(word) = self.map.get(&fold(&text)) {
                text = Cow::Borrowed(word);
            }
        }
        if text.is_empty() {
            return self.default.as_deref().map_or(text, Cow::Borrowed);
        }
        match &self.rule.prefix {
            Some(start) => Cow::Owned(format!("{start}{text}")),
            None => text,
        }
    }

    fn wrong(&self, code: &'static str) -> FieldError {
        FieldError {
            field: self.field.name.to_owned(),
            code,
            args: vec![],
        }
    }

    /// Reads the text as the field wants it. References are not resolved here.
    fn value(&self, text: &str, currency: Currency, zone: &TimeZone) -> Result<Value, FieldError> {
        if self.born {
            return moment(text, self.date.as_deref(), zone)
                .map(|s| Value::Int(s.0))
                .ok_or_else(|| self.wrong("error-not-a-date"));
        }
        match self.field.kind {
            FieldKind::Date => match day(text, self.date.as_deref()) {
                Some(day) => Ok(day.into()),
                None if self.date.is_none() && ambiguous(text) => Err(self.wrong("error-import-date-order")),
                None => Err(self.wrong("error-not-a-date")),
            },
            FieldKind::Int | FieldKind::Quantity | FieldKind::Money { .. } | FieldKind::Rate => {
                let swapped = if self.comma { swap(text) } else { Cow::Borrowed(text) };
                if !self.rule.round && self.scale.is_none() && self.per.is_none() {
                    return self.field.parse(&swapped, currency);
                }
                let decimals = self.field.decimals(currency);
                let plain = swapped.trim_end_matches(['%', '％']);
                let n = number::parse_scaled(plain, decimals, true).map_err(|_| self.wrong("error-not-a-number"))?;
                let n = match self.scale {
                    Some(scale) => mul_div(n, scale, 1_000_000).ok_or_else(|| self.wrong("error-too-large"))?,
                    None => n,
                };
                Ok(n.into())
            }
            FieldKind::Text | FieldKind::Long if self.rule.cut => {
                let most = if self.field.kind == FieldKind::Long { 20_000 } else { 400 };
                self.field.parse(&text.chars().take(most).collect::<String>(), currency)
            }
            _ => self.field.parse(text, currency),
        }
    }

    /// An amount divided by a number of the row. The price is rounded up, so that the rest is a discount, and price ×
    /// quantity − discount is the amount to the cent.
    fn divided(&self, amount: i64, row: &Row) -> Result<(i64, i64), FieldError> {
        let text = self.per.map_or("", |i| row.get(i));
        let quantity = number::parse_scaled(text, 3, true).map_err(|_| self.wrong("error-import-per"))?;
        if quantity == 0 {
            return Err(self.wrong("error-import-per"));
        }
        let (a, q) = (i128::from(amount) * 1000, i128::from(quantity));
        let mut price = a.div_euclid(q);
        if a.rem_euclid(q) != 0 && q > 0 {
            price += 1;
        }
        let price = i64::try_from(price).map_err(|_| self.wrong("error-too-large"))?;
        let gross = mul_div(price, quantity, 1000).ok_or_else(|| self.wrong("error-too-large"))?;
        Ok((price, gross - amount))
    }
}

fn draft(cells: &[Cell], row: &Row, usual: Currency, zone: &TimeZone, errors: &mut Vec<RowError>) -> Option<Draft> {
    let before = errors.len();
    let currency = cells
        .iter()
        .find(|c| c.field.kind == FieldKind::Currency)
        .and_then(|c| Currency::parse(&c.text(row)))
        .unwrap_or(usual);
    let mut draft = Draft {
        row: row.number,
        ..Draft::default()
    };
    for (i, cell) in cells.iter().enumerate() {
        let text = cell.text(row);
        if text.is_empty() {
            continue;
        }
        if cell.refer.is_some() {
            draft.refs.push((i, text.into_owned()));
            continue;
        }
        let read = cell.value(&text, currency, zone).and_then(|value| match (&value, cell.per) {
            (Value::Int(amount), Some(_)) => {
                let (price, rest) = cell.divided(*amount, row)?;
                if rest != 0 && !cells.iter().any(|c| c.field.name == "discount") {
                    draft.values.insert("discount".to_owned(), rest.into());
                }
                Ok(price.into())
            }
            _ => Ok(value),
        });
        match read {
            Ok(Value::Int(at)) if cell.born => draft.born = Some(Stamp(at)),
            Ok(value) => {
                draft.values.insert(cell.field.name.to_owned(), value);
            }
            Err(e) => errors.push(RowError {
                row: row.number,
                field: e.field,
                column: cell.title.clone(),
                code: e.code,
                value: text.chars().take(200).collect(),
                args: e.args,
            }),
        }
    }
    (errors.len() == before).then_some(draft)
}

/// `1.234,50` as `1234.50`.
fn swap(text: &str) -> Cow<'_, str> {
    Cow::Owned(
        text.chars()
            .filter(|c| *c != '.')
            .map(|c| if c == ',' { '.' } else { c })
            .collect(),
    )
}

/// A day, in the given writing or in one that can only mean one day.
pub fn day(text: &str, format: Option<&str>) -> Option<civil::Date> {
    let Some(format) = format else { return parse_date(text) };
    let text = text.trim();
    let short = if format.contains([' ', 'T']) {
        text
    } else {
        text.split([' ', 'T']).next().unwrap_or("")
    };
    civil::Date::strptime(format, short).ok()
}

/// Both `03/04/2026` readings are days.
pub fn ambiguous(text: &str) -> bool {
    let day = text.split([' ', 'T']).next().unwrap_or("");
    let parts: Vec<u32> = day.split(['/', '-']).filter_map(|p| p.parse().ok()).collect();
    matches!(parts.as_slice(), [a, b, y] if (1..=12).contains(a) && (1..=12).contains(b) && *y >= 1000)
}

fn moment(text: &str, format: Option<&str>, zone: &TimeZone) -> Option<Stamp> {
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Some(Stamp(at.as_microsecond()));
    }
    if format.is_none()
        && let Ok(at) = text.replace(' ', "T").parse::<civil::DateTime>()
    {
        let at = at.to_zoned(zone.clone()).ok()?.timestamp();
        return Some(Stamp(at.as_microsecond()));
    }
    day(text, format).map(|d| Stamp::start_of(d, zone))
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
