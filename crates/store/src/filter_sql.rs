//! The filter language as SQL, one text for both databases. What it means is said by `zhike_kernel::filter`; a property
//! test holds the two equal.

use crate::{
    Bind, Dialect,
    field::{Field, FieldKind, Source, Storage},
    registry::{RecordType, Registry, Scope},
};
use zhike_kernel::{Actor, Error, Filter, Op, Result, Value};

/// SQL under construction: text and its values.
pub struct Sql {
    /// The text.
    pub text: String,
    /// The values of `$1…$n`.
    pub binds: Vec<Bind>,
    dialect: Dialect,
    /// Extensions that the text refers to.
    pub joins: Vec<usize>,
}

impl Sql {
    /// Empty.
    pub fn new(dialect: Dialect) -> Sql {
        Sql {
            text: String::new(),
            binds: vec![],
            dialect,
            joins: vec![],
        }
    }
    /// Adds a value; its placeholder.
    pub fn bind(&mut self, value: impl Into<Bind>) -> String {
        self.binds.push(value.into());
        format!("${}", self.binds.len())
    }
    /// Writes that a column is one of these ids.
    pub fn among(&mut self, column: &str, ids: &[i64]) {
        let condition = match ids {
            // One id lets the database take an index that is also in order.
            [one] => format!("{column} = {}", self.bind(*one)),
            _ => {
                let listed = self.bind(crate::ids(ids));
                self.dialect.among(column, &listed)
            }
        };
        self.text.push_str(&condition);
    }
    /// Notes that an extension must be joined.
    pub fn need(&mut self, source: Source) {
        if let Source::Extension(i) = source
            && !self.joins.contains(&i)
        {
            self.joins.push(i);
        }
    }

    /// The column of a field; the record's table is `t`, its extensions `e0`, `e1` …
    pub fn column(&mut self, field: &Field) -> String {
        self.need(field.source);
        column(field)
    }

    /// Writes a condition on records of `ty` (table alias `t`).
    pub fn filter(&mut self, ty: &RecordType, filter: &Filter) -> Result<()> {
        match filter {
            Filter::All(parts) => self.join(ty, parts, " AND ", "1 = 1"),
            Filter::Any(parts) => self.join(ty, parts, " OR ", "1 = 0"),
            Filter::None(part) => {
                self.text.push_str("NOT (");
                self.filter(ty, part)?;
                self.text.push(')');
                Ok(())
            }
            Filter::Field { field, op, values } => {
                let declared = fixed(field).map_or_else(|| ty.need(field).cloned(), Ok)?;
                if !declared.filterable {
                    return Err(Error::invalid("error-no-such-field").with("field", field.as_str()));
                }
                let column = self.column(&declared);
                self.compare(&column, &declared, *op, values)
            }
            Filter::Exists { relation, filter } => {
                let Some(r) = ty.relations.iter().find(|r| r.name == relation) else {
                    return Err(Error::invalid("error-no-such-field").with("field", relation.as_str()));
                };
                self.text.push_str(&format!(
                    "EXISTS (SELECT 1 FROM {} r WHERE r.{} = t.id AND ",
                    r.table, r.key
                ));
                self.related(r, filter)?;
                self.text.push(')');
                Ok(())
            }
        }
    }

    fn join(&mut self, ty: &RecordType, parts: &[Filter], word: &str, none: &str) -> Result<()> {
        if parts.is_empty() {
            self.text.push_str(none);
            return Ok(());
        }
        self.text.push('(');
        for (i, part) in parts.iter().enumerate() {
            if i > 0 {
                self.text.push_str(word);
            }
            self.filter(ty, part)?;
        }
        self.text.push(')');
        Ok(())
    }

    fn related(&mut self, relation: &crate::Relation, filter: &Filter) -> Result<()> {
        match filter {
            Filter::All(parts) if parts.is_empty() => {
                self.text.push_str("1 = 1");
                Ok(())
            }
            Filter::Any(parts) if parts.is_empty() => {
                self.text.push_str("1 = 0");
                Ok(())
            }
            Filter::All(parts) | Filter::Any(parts) => {
                let word = if matches!(filter, Filter::All(_)) {
                    " AND "
                } else {
                    " OR "
                };
                self.text.push('(');
                for (i, part) in parts.iter().enumerate() {
                    if i > 0 {
                        self.text.push_str(word);
                    }
                    self.related(relation, part)?;
                }
                self.text.push(')');
                Ok(())
            }
            Filter::None(part) => {
                self.text.push_str("NOT (");
                self.related(relation, part)?;
                self.text.push(')');
                Ok(())
            }
            Filter::Field { field, op, values } => {
                let Some(declared) = relation.fields.iter().find(|f| f.name == field) else {
                    return Err(Error::invalid("error-no-such-field").with("field", field.as_str()));
                };
                let declared = declared.clone();
                self.compare(&format!("r.{}", declared.name), &declared, *op, values)
            }
            Filter::Exists { relation, .. } => {
                Err(Error::invalid("error-no-such-field").with("field", relation.as_str()))
            }
        }
    }

    fn compare(&mut self, column: &str, field: &Field, op: Op, values: &[Value]) -> Result<()> {
        let storage = field.storage();
        let wrong = || Error::field(field.name, "error-filter-value");
        let text = storage == Storage::Text;
        let ordered = if text {
            self.dialect.text_order(column)
        } else {
            column.to_owned()
        };
        let empty = if text {
            format!("({column} IS NULL OR {column} = '')")
        } else {
            format!("{column} IS NULL")
        };
        let first = || values.first().filter(|v| **v != Value::Null).ok_or_else(wrong);
        let sql = match op {
            Op::Empty => empty,
            Op::Filled => format!("NOT {empty}"),
            Op::Is => format!(
                "({column} IS NOT NULL AND {column} = {})",
                self.value(storage, first()?).ok_or_else(wrong)?
            ),
            Op::Not => format!(
                "({column} IS NULL OR {column} <> {})",
                self.value(storage, first()?).ok_or_else(wrong)?
            ),
            Op::In => {
                let list: Vec<String> = values
                    .iter()
                    .take(500)
                    .map(|v| self.value(storage, v).ok_or_else(wrong))
                    .collect::<Result<_>>()?;
                if list.is_empty() {
                    "1 = 0".to_owned()
                } else {
                    format!("({column} IS NOT NULL AND {column} IN ({}))", list.join(","))
                }
            }
            Op::Has | Op::Begins if text => {
                let needle = first()?
                    .text()
                    .ok_or_else(wrong)?
                    .replace('!', "!!")
                    .replace('%', "!%")
                    .replace('_', "!_");
                self.bind(if op == Op::Has {
                    format!("%{needle}%")
                } else {
                    format!("{needle}%")
                });
                format!(
                    "({column} IS NOT NULL AND {})",
                    self.dialect.like(column, self.binds.len())
                )
            }
            Op::Lt | Op::Le | Op::Gt | Op::Ge if storage != Storage::Bool => {
                let sign = match op {
                    Op::Lt => "<",
                    Op::Le => "<=",
                    Op::Gt => ">",
                    _ => ">=",
                };
                format!(
                    "({column} IS NOT NULL AND {ordered} {sign} {})",
                    self.value(storage, first()?).ok_or_else(wrong)?
                )
            }
            Op::Has | Op::Begins | Op::Lt | Op::Le | Op::Gt | Op::Ge => return Err(wrong()),
        };
        self.text.push_str(&sql);
        Ok(())
    }

    fn value(&mut self, storage: Storage, value: &Value) -> Option<String> {
        let bind = match storage {
            Storage::Int => Bind::from(value.int()?),
            Storage::Text => Bind::from(value.text()?),
            Storage::Bool => Bind::from(value.truth()?),
        };
        Some(self.bind(bind))
    }

    /// Writes which records of `ty` (alias `alias`) the actor sees; `1 = 1` for all.
    pub fn scope(&mut self, registry: &Registry, ty: &RecordType, alias: &str, actor: &Actor) -> Result<()> {
        if let (Scope::Shared(owner, sharing), Some(me)) = (ty.scope, actor.user) {
            self.text.push_str(&format!(
                "({alias}.{sharing} = 'everyone' OR {alias}.{owner} = {me} OR ({alias}.{sharing} = 'team' AND EXISTS \
                 (SELECT 1 FROM identity_user su JOIN identity_user sm ON sm.team_id = su.team_id \
                 WHERE su.id = {alias}.{owner} AND sm.id = {me})))"
            ));
            return Ok(());
        }
        let Some(owners) = actor.owners() else {
            self.text.push_str("1 = 1");
            return Ok(());
        };
        let list = if owners.is_empty() {
            "0".to_owned()
        } else {
            owners.iter().map(i64::to_string).collect::<Vec<_>>().join(",")
        };
        let party = |column: &str| {
            format!("EXISTS (SELECT 1 FROM party_party sp WHERE sp.id = {alias}.{column} AND sp.owner_id IN ({list}))")
        };
        let sql = match ty.scope {
            Scope::Everyone => "1 = 1".to_owned(),
            Scope::Shared(_, sharing) => format!("{alias}.{sharing} = 'everyone'"),
            Scope::Owner(column) => format!("{alias}.{column} IN ({list})"),
            Scope::Party(column) => party(column),
            Scope::OwnerOrParty(owner, column) => format!("({alias}.{owner} IN ({list}) OR {})", party(column)),
            Scope::Concerned(columns, column) => {
                let named: Vec<String> = columns.iter().map(|c| format!("{alias}.{c} IN ({list})")).collect();
                format!("({} OR {})", named.join(" OR "), party(column))
            }
            Scope::Parent(parent, column) => {
                let parent = registry.get(parent)?.clone();
                self.text.push_str(&format!(
                    "EXISTS (SELECT 1 FROM {} p{alias} WHERE p{alias}.id = {alias}.{column} AND ",
                    parent.table
                ));
                self.scope(registry, &parent, &format!("p{alias}"), actor)?;
                ")".to_owned()
            }
        };
        self.text.push_str(&sql);
        Ok(())
    }
}

/// The column of a field.
pub fn column(field: &Field) -> String {
    match field.source {
        Source::Own => format!("t.{}", field.name),
        Source::Extension(i) => format!("e{i}.{}", field.name),
    }
}

/// The fields that every record has.
pub fn fixed(name: &str) -> Option<Field> {
    match name {
        "id" => Some(Field::new("id", FieldKind::Int).computed()),
        "created_at" => Some(Field::new("created_at", FieldKind::Stamp).computed()),
        "updated_at" => Some(Field::new("updated_at", FieldKind::Stamp).computed()),
        _ => None,
    }
}
