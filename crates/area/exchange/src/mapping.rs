//! What goes where: a mapping is written as TOML or JSON, by hand or by the page, and says for each step which file goes
//! into which record type and how each field comes out of the columns.

use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::Path};
use zhike_kernel::{Error, Result};

/// Files and how they go in, step by step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// Name.
    #[serde(default)]
    pub name: String,
    /// Steps, in order.
    #[serde(rename = "step", default)]
    pub steps: Vec<Step>,
}

/// What happens with keys that are there already, and with those that are not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Only new records; a key that is there is an error.
    Create,
    /// Only records that are there; a key that is not is an error.
    Update,
    /// Both.
    #[default]
    Upsert,
}

impl Mode {
    /// Reads the word.
    pub fn parse(word: &str) -> Mode {
        match word {
            "create" => Mode::Create,
            "update" => Mode::Update,
            _ => Mode::Upsert,
        }
    }
    /// The word.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Create => "create",
            Mode::Update => "update",
            Mode::Upsert => "upsert",
        }
    }
}

/// One or several names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Names {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl Names {
    /// All of them.
    pub fn list(&self) -> Vec<String> {
        match self {
            Names::One(n) => vec![n.clone()],
            Names::Many(n) => n.clone(),
        }
    }
}

/// A constant written as text, number or truth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Plain {
    /// A truth.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A fraction.
    Float(f64),
    /// Text.
    Text(String),
}

impl std::fmt::Display for Plain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Plain::Bool(b) => f.write_str(if *b { "yes" } else { "no" }),
            Plain::Int(i) => write!(f, "{i}"),
            Plain::Float(x) => write!(f, "{x}"),
            Plain::Text(t) => f.write_str(t),
        }
    }
}

/// One file into one record type.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The file, beside the mapping.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Rows that stand here instead of in a file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<BTreeMap<String, Plain>>,
    /// The record type.
    pub into: String,
    /// The field (or fields) by which records are recognised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Names>,
    /// Create, update or both.
    #[serde(default)]
    pub mode: Mode,
    /// How days are written (`%d/%m/%Y`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// The decimal sign, if it is a comma.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decimal: Option<String>,
    /// Currency of amounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Encoding, if it is not to be found out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// What stands between cells, if it is not to be found out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<String>,
    /// Sheet of a workbook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// The texts were UTF-8, read as Latin 1 and written as UTF-8 a second time (`JosÃ©`): read them back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub twice_encoded: bool,
    /// Take each key once: its first row.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub distinct: bool,
    /// Only rows of which all this is true.
    #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
    pub only: Option<Only>,
    /// Field → column.
    #[serde(default)]
    pub columns: BTreeMap<String, Column>,
    /// For lines of a document: the document, made of the same rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Parent>,
}

/// The document of which the rows are lines.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parent {
    /// The field by which documents are recognised: rows with the same key are one document.
    pub key: String,
    /// Field → column.
    pub columns: BTreeMap<String, Column>,
}

/// One or several conditions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Only {
    /// One.
    One(Condition),
    /// All must be true.
    All(Vec<Condition>),
}

impl Only {
    /// All conditions.
    pub fn list(&self) -> Vec<Condition> {
        match self {
            Only::One(c) => vec![c.clone()],
            Only::All(c) => c.clone(),
        }
    }
}

/// A condition on a column. Whatever is given must be true.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// The column's title.
    pub column: String,
    /// Equal to one of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is: Option<Names>,
    /// Equal to none of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not: Option<Names>,
    /// Begins so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begins: Option<String>,
    /// Does not begin so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begins_not: Option<String>,
    /// A number above this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub above: Option<f64>,
    /// A number below this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<f64>,
}

impl Condition {
    /// Is it true of this cell?
    pub fn holds(&self, cell: &str) -> bool {
        let number = || cell.parse::<f64>().ok();
        self.is.as_ref().is_none_or(|n| n.list().iter().any(|v| v == cell))
            && self.not.as_ref().is_none_or(|n| n.list().iter().all(|v| v != cell))
            && self.begins.as_ref().is_none_or(|b| cell.starts_with(b.as_str()))
            && self.begins_not.as_ref().is_none_or(|b| !cell.starts_with(b.as_str()))
            && self.above.is_none_or(|a| number().is_some_and(|n| n > a))
            && self.below.is_none_or(|b| number().is_some_and(|n| n < b))
    }
}

/// Where a field comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Column {
    /// The column of this title, as it is.
    Title(String),
    /// With a rule.
    Rule(Box<Rule>),
}

/// How a field comes out of columns, in the order of these options.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The column's title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// Several columns, their filled cells joined.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub join: Vec<String>,
    /// What stands between joined cells; a space otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with: Option<String>,
    /// Taken away from the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trim_prefix: Option<String>,
    /// Put before what is not empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// Parts of the text → other parts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub replace: BTreeMap<String, String>,
    /// In small letters.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lower: bool,
    /// Words of the file → our words.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub map: BTreeMap<String, Plain>,
    /// Always this.
    #[serde(default, rename = "const", skip_serializing_if = "Option::is_none")]
    pub constant: Option<Plain>,
    /// This where the cell is empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Plain>,
    /// How the day is written here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// The number times this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<Plain>,
    /// The amount divided by the number in this column: a line's amount becomes a unit price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per: Option<String>,
    /// More decimals than the field keeps are rounded instead of refused.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub round: bool,
    /// The field of the other record that the cell holds.
    #[serde(default, rename = "ref", skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The other record must agree with this one in this field (the stages of one pipeline).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<String>,
    /// A record that is not there is made.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub create: bool,
    /// A record that is not there is left empty.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
    /// Only for records that are made now; those that are there keep what they have.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub only_new: bool,
    /// Text longer than the field keeps is cut.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
}

impl Column {
    /// As a rule.
    pub fn rule(&self) -> Rule {
        match self {
            Column::Title(t) => Rule {
                column: Some(t.clone()),
                ..Rule::default()
            },
            Column::Rule(r) => r.as_ref().clone(),
        }
    }
}

impl Mapping {
    /// Reads a mapping file, TOML or JSON.
    pub fn load(path: &Path) -> Result<Mapping> {
        let text = std::fs::read_to_string(path).map_err(|e| Error {
            source: Some(Box::new(e)),
            ..Error::invalid("error-import-mapping-file").with("file", path.display().to_string())
        })?;
        let mut mapping = Mapping::parse(&text)?;
        if mapping.name.is_empty() {
            mapping.name = path
                .file_stem()
                .map(|s| s.to_string_lossy().into_owned())
                .unwrap_or_default();
        }
        Ok(mapping)
    }

    /// Reads TOML or JSON.
    pub fn parse(text: &str) -> Result<Mapping> {
        let wrong = |detail: String| Error::invalid("error-import-mapping").with("detail", detail);
        let mapping: Mapping = if text.trim_start().starts_with('{') {
            serde_json::from_str(text).map_err(|e| wrong(e.to_string()))?
        } else {
            toml::from_str(text).map_err(|e| wrong(e.to_string()))?
        };
        if mapping.steps.is_empty() {
            return Err(wrong("no steps".into()));
        }
        for step in &mapping.steps {
            if step.file.is_some() != step.rows.is_empty() {
                return Err(wrong(format!("step into {}: a file or rows", step.into)));
            }
            if let Some(file) = &step.file {
                plain_path(file)?;
            }
        }
        Ok(mapping)
    }

    /// Writes it as JSON.
    pub fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// A file of a mapping lies beside it or below, never elsewhere.
fn plain_path(file: &str) -> Result<()> {
    let inside = Path::new(file)
        .components()
        .all(|c| matches!(c, std::path::Component::Normal(_)));
    if inside && !file.is_empty() {
        Ok(())
    } else {
        Err(Error::invalid("error-import-path").with("file", file))
    }
}

#[cfg(test)]
#[path = "mapping_tests.rs"]
mod tests;
