//! One condition of a list, as it stands in its address and as it is asked of the database.

use super::show::field_of;
use jiff::{ToSpan, tz::TimeZone};
use zhike_kernel::{Currency, Date, FieldError, Filter, Op, Stamp, Value};
use zhike_store::{Field, FieldKind, RecordType, field::Storage};

/// The word for "whoever looks" in a filter by user.
pub const ME: &str = "me";

/// The word for the present day in a filter by day.
pub const TODAY: &str = "today";

/// A day told by its distance from today: `today`, `today-90`, `today+7`.
pub fn relative(text: &str, today: Date) -> Option<Date> {
    let rest = text.strip_prefix(TODAY)?;
    if rest.is_empty() {
        return Some(today);
    }
    let days: i64 = rest.parse().ok()?;
    let signed = rest.starts_with(['-', '+']) && days.abs() <= 36_500;
    signed.then(|| today.checked_add(days.days()).ok()).flatten()
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
    /// As the actor reads now.
    pub fn of(ctx: &zhike_store::Ctx) -> Reader {
        Reader {
            currency: ctx.house.currency,
            zone: ctx.house.zone.clone(),
            me: ctx.actor.user.unwrap_or(0),
            today: ctx.today(),
        }
    }
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
                let one = |value: &Value| {
                    let day = value.text().and_then(|t| relative(t, self.today));
                    match (kind, day) {
                        (Some(FieldKind::Date), Some(day)) => day.into(),
                        (Some(FieldKind::Stamp), Some(day)) => Stamp::start_of(day, &self.zone).into(),
                        (Some(FieldKind::User), _) if value.text() == Some(ME) => Value::Int(self.me),
                        _ => value.clone(),
                    }
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
        let field = field_of(ty, &self.field).ok_or_else(|| wrong("error-no-such-field"))?;
        if !field.filterable {
            let code = if field.hidden {
                "error-field-hidden"
            } else {
                "error-no-such-field"
            };
            return Err(FieldError {
                args: vec![("field", self.field.as_str().into())],
                ..wrong(code)
            });
        }
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
            let one = self.moment(reader).ok_or_else(|| wrong("error-not-a-date"))?;
            let never = self.op == Op::Le && field.never && self.days_back().is_some();
            return Ok(if never {
                Filter::Any(vec![one, make(Op::Empty, vec![])])
            } else {
                one
            });
        }
        let read = |text: &str| match field.kind {
            FieldKind::User if text == ME => Ok(Value::Int(reader.me)),
            FieldKind::Date if text.starts_with(TODAY) => relative(text, reader.today)
                .map(Value::from)
                .ok_or_else(|| wrong("error-not-a-date")),
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
        let one = make(self.op, vec![read(&self.text)?]);
        // “No order for half a year” is true of who never ordered.
        Ok(if self.op == Op::Le && field.never && self.days_back().is_some() {
            Filter::Any(vec![one, make(Op::Empty, vec![])])
        } else {
            one
        })
    }

    /// So many days before today is the day it is compared with, when it is told so.
    pub fn days_back(&self) -> Option<i64> {
        self.text.strip_prefix(TODAY)?.strip_prefix('-')?.parse().ok()
    }

    /// A day compared with an instant: from its midnight, to the next.
    fn moment(&self, reader: &Reader) -> Option<Filter> {
        let day: Date = relative(&self.text, reader.today).or_else(|| zhike_store::field::parse_date(&self.text))?;
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
pub(super) fn allowed(field: &Field) -> Vec<Op> {
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
