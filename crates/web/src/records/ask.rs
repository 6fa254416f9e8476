//! What a list is asked for in its address: search, filters, order, columns, place. Read, changed and written back.

use super::show::field_of;
use crate::input::{Fields, percent_encode};
use jiff::{ToSpan, tz::TimeZone};
use zhike_kernel::{Currency, Date, FieldError, Filter, Op, Stamp, Value};
use zhike_store::{Field, FieldKind, List, RecordType, field::Storage};

/// The word for "whoever looks" in a filter by user.
pub const ME: &str = "me";

/// The word for the present day in a filter by day.
pub const TODAY: &str = "today";

/// The view that a list began with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ViewRef {
    /// One that somebody saved, by id.
    Saved(i64),
    /// One that comes with the type, by key.
    BuiltIn(&'static str),
}

impl std::fmt::Display for ViewRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ViewRef::Saved(id) => write!(f, "{id}"),
            ViewRef::BuiltIn(key) => f.write_str(key),
        }
    }
}

/// What is needed to read a filter's value.
#[derive(Clone, Debug)]
pub struct Reader {
    /// Money is typed in this.
    pub currency: Currency,
    /// Days begin at midnight here.
    pub zone: TimeZone,
    /// Who `me` is.
    pub me: i64,
    /// The present day.
    pub today: Date,
}

impl Reader {
    /// A filter in which `today` and `me` stand for what they mean now.
    pub fn resolved(&self, ty: &RecordType, filter: &Filter) -> Filter {
        let all = |parts: &[Filter]| parts.iter().map(|f| self.resolved(ty, f)).collect();
        match filter {
            Filter::All(parts) => Filter::All(all(parts)),
            Filter::Any(parts) => Filter::Any(all(parts)),
            Filter::None(part) => Filter::None(Box::new(self.resolved(ty, part))),
            Filter::Exists { .. } => filter.clone(),
            Filter::Field { field, op, values } => {
                let kind = field_of(ty, field).map(|f| f.kind);
                let one = |value: &Value| match (kind, value.text()) {
                    (Some(FieldKind::Date), Some(TODAY)) => self.today.into(),
                    (Some(FieldKind::Stamp), Some(TODAY)) => Stamp::start_of(self.today, &self.zone).into(),
                    (Some(FieldKind::User), Some(ME)) => Value::Int(self.me),
                    _ => value.clone(),
                };
                Filter::Field {
                    field: field.clone(),
                    op: *op,
                    values: values.iter().map(one).collect(),
                }
            }
        }
    }
}

/// One filter chip: `field:op:text`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cond {
    /// Field.
    pub field: String,
    /// Operator.
    pub op: Op,
    /// What was typed; several values are separated by commas.
    pub text: String,
}

impl Cond {
    /// Reads `field:op:text`.
    pub fn parse(text: &str) -> Option<Cond> {
        let mut parts = text.splitn(3, ':');
        let (field, op) = (parts.next()?, Op::parse(parts.next()?)?);
        Some(Cond {
            field: field.to_owned(),
            op,
            text: parts.next().unwrap_or("").trim().to_owned(),
        })
    }
    /// A condition on one field as a chip; none for what a chip cannot say.
    pub fn of(ty: &RecordType, filter: &Filter) -> Option<Cond> {
        let Filter::Field { field, op, values } = filter else {
            return None;
        };
        let declared = field_of(ty, field)?;
        // Amounts are typed in whole units of a currency, which the view does not know; nothing and its sign it does.
        let scaled = super::show::is_number(&declared) && declared.kind != FieldKind::Int;
        if scaled && values.iter().any(|v| v.int() != Some(0)) {
            return None;
        }
        let words: Vec<String> = values
            .iter()
            .map(|v| v.text().map_or_else(|| declared.write(v, Currency::CNY), str::to_owned))
            .collect();
        Some(Cond {
            field: field.clone(),
            op: *op,
            text: words.join(","),
        })
    }
    /// Writes it as it is read.
    pub fn write(&self) -> String {
        format!("{}:{}:{}", self.field, self.op.name(), self.text)
    }
    /// The single values of a filter that takes several.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.text.split(',').map(str::trim).filter(|w| !w.is_empty())
    }

    /// As a condition on records.
    pub fn filter(&self, ty: &RecordType, reader: &Reader) -> Result<Filter, FieldError> {
        let wrong = |code| FieldError {
            field: self.field.clone(),
            code,
            args: vec![],
        };
        let field = field_of(ty, &self.field)
            .filter(|f| f.filterable)
            .ok_or_else(|| wrong("error-no-such-field"))?;
        let make = |op, values| Filter::Field {
            field: self.field.clone(),
            op,
            values,
        };
        if matches!(self.op, Op::Empty | Op::Filled) {
            return Ok(make(self.op, vec![]));
        }
        if self.text.is_empty() {
            return Err(wrong("error-required"));
        }
        if !allowed(&field).contains(&self.op) {
            return Err(wrong("error-filter-value"));
        }
        if field.kind == FieldKind::Stamp {
            return self.moment(reader).ok_or_else(|| wrong("error-not-a-date"));
        }
        let read = |text: &str| match field.kind {
            FieldKind::User if text == ME => Ok(Value::Int(reader.me)),
            FieldKind::Date if text == TODAY => Ok(reader.today.into()),
            // A word within a set and a part of a text are looked for as they are.
            FieldKind::Many(words) if words.contains(&text) => Ok(text.into()),
            FieldKind::Many(_) => Err(wrong("error-not-a-choice")),
            _ if matches!(self.op, Op::Has | Op::Begins) => Ok(text.into()),
            FieldKind::Email | FieldKind::Phone | FieldKind::Url => Ok(text.into()),
            _ => field.parse(text, reader.currency),
        };
        if many(&field) {
            let values = self.words().map(read).collect::<Result<Vec<_>, _>>()?;
            let several = values.len() > 1;
            return Ok(match self.op {
                Op::Is if several => make(Op::In, values),
                Op::Not if several => Filter::None(Box::new(make(Op::In, values))),
                op => make(op, values),
            });
        }
        Ok(make(self.op, vec![read(&self.text)?]))
    }

    /// A day compared with an instant: from its midnight, to the next.
    fn moment(&self, reader: &Reader) -> Option<Filter> {
        let day: Date = if self.text == TODAY {
            reader.today
        } else {
            zhike_store::field::parse_date(&self.text)?
        };
        let next = day.checked_add(1.day()).ok()?;
        let start = |d| Value::from(Stamp::start_of(d, &reader.zone));
        let one = |op, d| Filter::field(&self.field, op, start(d));
        Some(match self.op {
            Op::Is => one(Op::Ge, day).and(one(Op::Lt, next)),
            Op::Ge => one(Op::Ge, day),
            Op::Le => one(Op::Lt, next),
            _ => return None,
        })
    }
}

fn many(field: &Field) -> bool {
    matches!(
        field.kind,
        FieldKind::Choice(_) | FieldKind::User | FieldKind::Ref(_) | FieldKind::Currency
    )
}

/// The operators offered for a field, the usual one first.
pub fn operators(field: &Field) -> &'static [Op] {
    match field.kind {
        FieldKind::Text
        | FieldKind::Long
        | FieldKind::Email
        | FieldKind::Phone
        | FieldKind::Url
        | FieldKind::Number => &[Op::Has, Op::Begins, Op::Is, Op::Empty, Op::Filled],
        FieldKind::Int | FieldKind::Quantity | FieldKind::Money { .. } | FieldKind::Rate => {
            &[Op::Ge, Op::Le, Op::Is, Op::Empty, Op::Filled]
        }
        FieldKind::Date => &[Op::Ge, Op::Le, Op::Is, Op::Empty, Op::Filled],
        FieldKind::Stamp => &[Op::Ge, Op::Le, Op::Is],
        FieldKind::Bool => &[Op::Is],
        FieldKind::Choice(_) | FieldKind::User | FieldKind::Currency => &[Op::In, Op::Not, Op::Empty, Op::Filled],
        FieldKind::Ref(_) => &[Op::Is, Op::Not, Op::Empty, Op::Filled],
        FieldKind::Many(_) => &[Op::Has, Op::Empty, Op::Filled],
    }
}

/// The operators understood in an address: those offered and their sharper relatives.
fn allowed(field: &Field) -> Vec<Op> {
    let mut all = operators(field).to_vec();
    if field.kind == FieldKind::Stamp || matches!(field.kind, FieldKind::Many(_)) {
        return all;
    }
    all.extend([Op::Is, Op::Not]);
    match field.storage() {
        Storage::Int => all.extend([Op::Lt, Op::Le, Op::Gt, Op::Ge]),
        Storage::Text => all.extend([Op::Lt, Op::Le, Op::Gt, Op::Ge, Op::Has, Op::Begins]),
        Storage::Bool => {}
    }
    if many(field) {
        all.push(Op::In);
    }
    all
}

/// See the module's text.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// Search words.
    pub q: String,
    /// The view that it began with.
    pub view: Option<ViewRef>,
    /// It says everything itself, even that it has no filter; else the view speaks.
    pub edited: bool,
    /// Filters.
    pub conds: Vec<Cond>,
    /// A condition of the saved view that cannot be shown as chips.
    pub base: Filter,
    /// Sorted by, and whether downwards; the type's own order when there is none.
    pub sort: Option<(String, bool)>,
    /// Columns beside the name; the type's own when there are none.
    pub columns: Option<Vec<String>>,
    /// Place.
    pub cursor: Option<String>,
    /// The archived ones.
    pub archived: bool,
}

impl Ask {
    /// Reads the address. What the type does not know is left out.
    pub fn read(ty: &RecordType, fields: &Fields) -> Ask {
        let conds: Vec<Cond> = fields
            .all("f")
            .filter_map(Cond::parse)
            .filter(|c| field_of(ty, &c.field).is_some_and(|f| f.filterable))
            .take(20)
            .collect();
        let sort = fields.filled("sort").and_then(|s| sort_of(ty, s));
        let columns: Option<Vec<String>> = if fields.get("col").is_some() {
            Some(columns_of(ty, fields.all("col")))
        } else {
            fields.filled("cols").map(|c| columns_of(ty, c.split(',')))
        };
        Ask {
            q: fields.filled("q").unwrap_or("").chars().take(100).collect(),
            view: fields.filled("view").and_then(|text| match text.parse() {
                Ok(id) => Some(ViewRef::Saved(id)),
                Err(_) => ty.views.iter().find(|v| v.key == text).map(|v| ViewRef::BuiltIn(v.key)),
            }),
            edited: fields.get("edited").is_some() || !conds.is_empty() || sort.is_some() || columns.is_some(),
            conds,
            base: Filter::default(),
            sort,
            columns,
            cursor: fields.filled("cursor").map(str::to_owned),
            archived: fields.get("archived") == Some("1"),
        }
    }

    /// The pairs of the address, without the place.
    pub fn pairs(&self) -> Vec<(String, String)> {
        let mut out = vec![];
        let mut add = |k: &str, v: String| out.push((k.to_owned(), v));
        if !self.q.is_empty() {
            add("q", self.q.clone());
        }
        if let Some(view) = self.view {
            add("view", view.to_string());
            if self.edited {
                add("edited", "1".into());
            }
        }
        if self.view.is_none() || self.edited {
            for cond in &self.conds {
                add("f", cond.write());
            }
            if let Some((field, down)) = &self.sort {
                add("sort", format!("{}{field}", if *down { "-" } else { "" }));
            }
            if let Some(columns) = &self.columns {
                add(
                    "cols",
                    if columns.is_empty() {
                        "none".into()
                    } else {
                        columns.join(",")
                    },
                );
            }
        }
        if self.archived {
            add("archived", "1".into());
        }
        out
    }

    /// The query string.
    pub fn query(&self) -> String {
        let pairs: Vec<String> = self
            .pairs()
            .iter()
            .map(|(k, v)| format!("{k}={}", percent_encode(v)))
            .collect();
        pairs.join("&")
    }

    /// An address below the type's path that carries all of this.
    pub fn link(&self, ty: &RecordType, rest: &str) -> String {
        let query = self.query();
        if query.is_empty() {
            format!("{}{rest}", ty.path)
        } else {
            format!("{}{rest}?{query}", ty.path)
        }
    }

    /// The same, changed by hand.
    pub fn changed(&self, change: impl FnOnce(&mut Ask)) -> Ask {
        let mut ask = Ask {
            cursor: None,
            edited: true,
            ..self.clone()
        };
        change(&mut ask);
        ask
    }

    /// The order that holds.
    pub fn order(&self, ty: &RecordType) -> (String, bool) {
        self.sort.clone().unwrap_or_else(|| (ty.order.0.to_owned(), ty.order.1))
    }

    /// The columns shown beside the name.
    pub fn shown(&self, ty: &RecordType) -> Vec<Field> {
        match &self.columns {
            Some(names) => names.iter().filter_map(|n| field_of(ty, n)).collect(),
            None => ty
                .fields
                .iter()
                .filter(|f| f.default_column && f.name != ty.title && Some(f.name) != ty.subtitle)
                .cloned()
                .collect(),
        }
    }

    /// All filters as one, and what is wrong with those that cannot be read (they are left out).
    pub fn filter(&self, ty: &RecordType, reader: &Reader) -> (Filter, Vec<FieldError>) {
        let (mut parts, mut wrong) = (vec![], vec![]);
        if !self.base.is_everything() {
            parts.push(reader.resolved(ty, &self.base));
        }
        for cond in &self.conds {
            match cond.filter(ty, reader) {
                Ok(filter) => parts.push(filter),
                Err(e) => wrong.push(e),
            }
        }
        (Filter::All(parts), wrong)
    }

    /// As the store understands it, without the search words.
    pub fn list(&self, ty: &RecordType, filter: Filter) -> List {
        let (sort, descending) = self.order(ty);
        let mut columns = vec![ty.title.to_owned()];
        let kind = (ty.party == Some("id")).then_some("kind");
        let number = ty.number.map(|_| "number");
        let shown = self.shown(ty);
        for name in [ty.subtitle, kind, number]
            .into_iter()
            .flatten()
            .chain(shown.iter().map(|f| f.name))
        {
            if field_of(ty, name).is_some() && !columns.iter().any(|c| c == name) {
                columns.push(name.to_owned());
            }
        }
        super::show::with_currencies(ty, &mut columns);
        List {
            filter,
            sort,
            descending,
            columns,
            limit: 50,
            cursor: self.cursor.clone(),
            archived: self.archived,
            ids: None,
        }
    }
}

fn sort_of(ty: &RecordType, text: &str) -> Option<(String, bool)> {
    let (name, down) = text.strip_prefix('-').map_or((text, false), |n| (n, true));
    let known = field_of(ty, name).is_some_and(|f| f.sortable);
    known.then(|| (name.to_owned(), down))
}

fn columns_of<'a>(ty: &RecordType, names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut out: Vec<String> = vec![];
    for name in names.filter(|n| *n != ty.title && field_of(ty, n).is_some()) {
        if !out.iter().any(|o| o == name) {
            out.push(name.to_owned());
        }
    }
    out
}

#[cfg(test)]
#[path = "ask_tests.rs"]
mod tests;
