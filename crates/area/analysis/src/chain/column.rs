//! Columns of an analysis: their name in steps, their unit, their words in any language.

use serde::{Deserialize, Serialize};
use zhike_store::{Field, FieldKind, RecordType, Registry};
use zhike_web::Visit;

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Int,
    Quantity,
    Money,
    Rate,
    Date,
    Stamp,
    Bool,
    Text,
    User,
    /// A record of a type.
    Ref(String),
}

impl Kind {
    /// The kind of a declared field.
    pub fn of(kind: FieldKind) -> Kind {
        match kind {
            FieldKind::Int => Kind::Int,
            FieldKind::Quantity => Kind::Quantity,
            FieldKind::Money { .. } => Kind::Money,
            FieldKind::Rate => Kind::Rate,
            FieldKind::Date => Kind::Date,
            FieldKind::Stamp => Kind::Stamp,
            FieldKind::Bool => Kind::Bool,
            FieldKind::User => Kind::User,
            FieldKind::Ref(ty) => Kind::Ref(ty.to_owned()),
            _ => Kind::Text,
        }
    }
    /// The field that keeps it.
    pub fn field(&self, registry: &Registry) -> FieldKind {
        match self {
            Kind::Int => FieldKind::Int,
            Kind::Quantity => FieldKind::Quantity,
            Kind::Money => FieldKind::Money { currency: None },
            Kind::Rate => FieldKind::Rate,
            Kind::Date => FieldKind::Date,
            Kind::Stamp => FieldKind::Stamp,
            Kind::Bool => FieldKind::Bool,
            Kind::Text => FieldKind::Text,
            Kind::User => FieldKind::User,
            Kind::Ref(ty) => registry.get(ty).map_or(FieldKind::Int, |t| FieldKind::Ref(t.name)),
        }
    }
    /// Something that can be added up.
    pub fn is_number(&self) -> bool {
        matches!(self, Kind::Int | Kind::Quantity | Kind::Money | Kind::Rate)
    }
    /// Decimals of the whole number that keeps it, beside those of money.
    pub fn decimals(&self, money: u32) -> u32 {
        match self {
            Kind::Quantity => 3,
            Kind::Rate => 4,
            Kind::Money => money,
            _ => 0,
        }
    }
}

/// The words of a column, in whichever language it is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Label {
    /// A sentence of ours.
    Key(String),
    /// A field of a record type.
    Field(String, String),
    /// As somebody named it.
    Named(String),
    /// A measure of a column.
    Measure(String, Box<Label>),
    /// What was made of one column or two.
    Derived(String, Box<Label>, Box<Label>),
    /// What is beside a record: the column that names it, and the other's.
    Beside(Box<Label>, Box<Label>),
}

impl Label {
    /// In words.
    pub fn words(&self, visit: &Visit) -> String {
        let loc = &visit.loc;
        match self {
            Label::Key(key) => loc.t(key),
            Label::Named(name) => name.clone(),
            Label::Field(ty, field) => match visit.registry().get(ty) {
                Ok(ty) => zhike_web::records::show::label(visit, ty, field),
                Err(_) => field.clone(),
            },
            Label::Measure(how, of) => loc.tv(&format!("analysis-measured-{how}"), &[("what", of.words(visit).into())]),
            Label::Derived(how, a, b) => loc.tv(
                &format!("analysis-derived-{how}"),
                &[("a", a.words(visit).into()), ("b", b.words(visit).into())],
            ),
            Label::Beside(of, what) => loc.tv(
                "analysis-beside",
                &[("of", of.words(visit).into()), ("what", what.words(visit).into())],
            ),
        }
    }
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Col {
    /// Its name in steps, exports and answers.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// Its words.
    pub label: Label,
    /// A field whose words its values are: type and name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub like: Option<(String, String)>,
    /// Part of what tells rows apart.
    #[serde(default)]
    pub key: bool,
}

impl Col {
    /// A column of ours.
    pub fn new(name: &str, kind: Kind, label: Label) -> Col {
        Col {
            name: name.to_owned(),
            kind,
            label,
            like: None,
            key: false,
        }
    }
    /// A field of a record.
    pub fn field(ty: &RecordType, field: &Field, name: String) -> Col {
        let worded = matches!(
            field.kind,
            FieldKind::Choice(_) | FieldKind::Many(_) | FieldKind::Text | FieldKind::Bool
        );
        Col {
            name,
            kind: Kind::of(field.kind),
            label: Label::Field(ty.name.to_owned(), field.name.to_owned()),
            like: worded.then(|| (ty.name.to_owned(), field.name.to_owned())),
            key: false,
        }
    }
    /// As a key of its row.
    pub fn key(mut self) -> Col {
        self.key = true;
        self
    }
}
