//! A field of a record type, declared once: what it is, how it is stored, read from text and looked for.
pub use crate::date_text::parse_date;
use zhike_kernel::{Currency, Value, error::FieldError, number};

/// How a field is kept in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    /// BIGINT.
    Int,
    /// TEXT.
    Text,
    /// BOOLEAN.
    Bool,
}

/// What a field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// One line.
    Text,
    /// Several lines.
    Long,
    /// A mail address.
    Email,
    /// A telephone number.
    Phone,
    /// A web address.
    Url,
    /// A whole number.
    Int,
    /// A quantity in thousandths.
    Quantity,
    /// An amount in minor units; the currency stands in another field (or is the house's).
    Money {
        /// Name of the currency field.
        currency: Option<&'static str>,
    },
    /// A share in parts per million, shown in percent.
    Rate,
    /// A day.
    Date,
    /// An instant.
    Stamp,
    /// Yes or no.
    Bool,
    /// One of some words; each has the translation key `{type}-{field}-{word}`.
    Choice(&'static [&'static str]),
    /// Several of some words, kept separated by spaces in the order of the declaration.
    Many(&'static [&'static str]),
    /// Another record, by id.
    Ref(&'static str),
    /// A user, by id.
    User,
    /// The document number, given by a series.
    Number,
    /// An ISO currency code.
    Currency,
}

/// How a field enters the search index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Search {
    /// Not at all.
    No,
    /// As a name or title.
    Name,
    /// As a mail address.
    Email,
    /// As a telephone number.
    Phone,
    /// As a code or number.
    Code,
}

/// Where a field's column is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// In the record's own table.
    Own,
    /// In a table of one row per record, kept by another area (read only): its position among the extensions.
    Extension(usize),
}

/// See the module's text. Fields are read-only (computed by the area) unless `editable`.
#[derive(Clone, Debug)]
pub struct Field {
    /// Name of field and column; the label's key is `{type}-{name}`.
    pub name: &'static str,
    /// What it is.
    pub kind: FieldKind,
    /// Must be filled.
    pub required: bool,
    /// People may write it.
    pub editable: bool,
    /// May be filtered by.
    pub filterable: bool,
    /// May be sorted by.
    pub sortable: bool,
    /// Must be unique among the records that are not archived.
    pub unique: bool,
    /// Personal data: masked for whoever lacks [`crate::sight::CONTACT`].
    pub personal: bool,
    /// Permission without which its values are hidden (and may be neither written nor asked for).
    pub needs: Option<&'static str>,
    /// Hidden from the reader for whom the declaration was narrowed.
    pub hidden: bool,
    /// May name a record out of the writer's sight: that it is there is no secret (a competitor). The area checks it.
    pub beyond_sight: bool,
    /// Of use to the program alone: kept out of record pages, lists and exports.
    pub internal: bool,
    /// Shown in the list unless the user chose otherwise.
    pub default_column: bool,
    /// Search.
    pub search: Search,
    /// Value of a new record.
    pub default: Option<&'static str>,
    /// What the form of a new one suggests; programs that leave it out mean none.
    pub suggested: Option<&'static str>,
    /// Column's place.
    pub source: Source,
    /// For a day: the field with the usual number of days between two such days; lists then show both.
    pub pace: Option<&'static str>,
    /// Asked for a day that lies so many days back, an empty one counts, too: it never happened.
    pub never: bool,
    /// Numbers separated by commas, oldest first: drawn as small bars.
    pub series: bool,
    /// Group on the form (key `{type}-group-{group}`).
    pub group: &'static str,
    /// Other column titles under which imports know it, in lower case, besides the labels of both languages.
    pub aliases: &'static [&'static str],
}

impl Field {
    /// A field of a kind, editable, filterable and sortable.
    pub fn new(name: &'static str, kind: FieldKind) -> Field {
        Field {
            name,
            kind,
            required: false,
            editable: true,
            filterable: true,
            sortable: !matches!(kind, FieldKind::Long),
            unique: false,
            personal: false,
            needs: None,
            hidden: false,
            internal: false,
            beyond_sight: false,
            default_column: false,
            search: Search::No,
            default: None,
            suggested: None,
            source: Source::Own,
            pace: None,
            never: false,
            series: false,
            group: "main",
            aliases: &[],
        }
    }
    /// Must be filled.
    pub fn required(mut self) -> Field {
        self.required = true;
        self
    }
    /// Computed: people do not write it.
    pub fn computed(mut self) -> Field {
        self.editable = false;
        self
    }
    /// Unique.
    pub fn unique(mut self) -> Field {
        self.unique = true;
        self
    }
    /// Personal data.
    pub fn personal(mut self) -> Field {
        self.personal = true;
        self
    }
    /// A column of the list from the start.
    pub fn column(mut self) -> Field {
        self.default_column = true;
        self
    }
    /// Found by search.
    pub fn search(mut self, how: Search) -> Field {
        self.search = how;
        self
    }
    /// Value of a new record.
    pub fn default(mut self, value: &'static str) -> Field {
        self.default = Some(value);
        self
    }
    /// What the form of a new one suggests.
    pub fn suggest(mut self, value: &'static str) -> Field {
        self.suggested = Some(value);
        self
    }
    /// Group on the form.
    pub fn group(mut self, group: &'static str) -> Field {
        self.group = group;
        self
    }
    /// Names in import files.
    pub fn aliases(mut self, names: &'static [&'static str]) -> Field {
        self.aliases = names;
        self
    }
    /// Not sortable (no index carries it).
    pub fn unsorted(mut self) -> Field {
        self.sortable = false;
        self
    }
    /// How it is stored.
    pub fn storage(&self) -> Storage {
        match self.kind {
            FieldKind::Int
            | FieldKind::Quantity
            | FieldKind::Money { .. }
            | FieldKind::Rate
            | FieldKind::Stamp
            | FieldKind::Ref(_)
            | FieldKind::User => Storage::Int,
            FieldKind::Bool => Storage::Bool,
            FieldKind::Text
            | FieldKind::Long
            | FieldKind::Email
            | FieldKind::Phone
            | FieldKind::Url
            | FieldKind::Date
            | FieldKind::Choice(_)
            | FieldKind::Many(_)
            | FieldKind::Number
            | FieldKind::Currency => Storage::Text,
        }
    }
    /// Decimals of the scaled integer, for a currency.
    pub fn decimals(&self, currency: Currency) -> u32 {
        match self.kind {
            FieldKind::Quantity => 3,
            FieldKind::Rate => 4,
            FieldKind::Money { .. } => currency.decimals(),
            _ => 0,
        }
    }
    /// Reads what a person typed (or a file holds). References are read as ids; `currency` scales money.
    pub fn parse(&self, text: &str, currency: Currency) -> Result<Value, FieldError> {
        let wrong = |code| FieldError {
            field: self.name.to_owned(),
            code,
            args: vec![],
        };
        let text = match text.trim() {
            "" => return Ok(Value::Null),
            text => text,
        };
        let scaled = |decimals| {
            number::parse_scaled(text, decimals, false).map_err(|e| match e {
                number::NumberError::NotANumber => wrong("error-not-a-number"),
                number::NumberError::TooPrecise => FieldError {
                    args: vec![("decimals", i64::from(decimals).into())],
                    ..wrong("error-too-precise")
                },
                number::NumberError::TooLarge => wrong("error-too-large"),
            })
        };
        Ok(match self.kind {
            FieldKind::Text | FieldKind::Long | FieldKind::Number => {
                let most = if self.kind == FieldKind::Long { 20_000 } else { 400 };
                if text.chars().count() > most {
                    return Err(FieldError {
                        args: vec![("most", most.into())],
                        ..wrong("error-too-long")
                    });
                }
                if text
                    .chars()
                    .any(|c| c.is_control() && c != '\n' && c != '\r' && c != '\t')
                {
                    return Err(wrong("error-control-character"));
                }
                text.into()
            }
            FieldKind::Email => {
                let folded = zhike_kernel::text::fold_width(text).to_lowercase();
                let good = folded.len() <= 254
                    && folded.split_once('@').is_some_and(|(user, host)| {
                        !user.is_empty()
                            && host.contains('.')
                            && !host.starts_with('.')
                            && !host.ends_with('.')
                            && !host.contains('@')
                    })
                    && !folded
                        .chars()
                        .any(|c| c.is_whitespace() || c.is_control() || matches!(c, ',' | ';' | '<' | '>'));
                if !good {
                    return Err(wrong("error-not-an-email"));
                }
                folded.into()
            }
            FieldKind::Phone => {
                let folded = zhike_kernel::text::fold_width(text);
                let digits = folded.chars().filter(char::is_ascii_digit).count();
                if !(3..=20).contains(&digits) || folded.chars().count() > 40 {
                    return Err(wrong("error-not-a-phone"));
                }
                folded.trim().into()
            }
            FieldKind::Url => {
                let lower = text.to_lowercase();
                let full = if lower.starts_with("http://") || lower.starts_with("https://") {
                    text.to_owned()
                } else {
                    format!("https://{text}")
                };
                if full.len() > 400
                    || !full.contains('.')
                    || full.contains(char::is_whitespace)
                    || lower.starts_with("javascript:")
                {
                    return Err(wrong("error-not-a-url"));
                }
                full.into()
            }
            FieldKind::Int => scaled(0)?.into(),
            FieldKind::Quantity => scaled(3)?.into(),
            FieldKind::Money { .. } => scaled(currency.decimals())?.into(),
            FieldKind::Rate => number::parse_scaled(text.trim_end_matches(['%', '％']), 4, false)
                .map_err(|_| wrong("error-not-a-number"))?
                .into(),
            FieldKind::Date => parse_date(text).ok_or_else(|| wrong("error-not-a-date"))?.into(),
            FieldKind::Stamp => match text.parse::<jiff::Timestamp>() {
                Ok(t) => Value::Int(t.as_microsecond()),
                Err(_) => return Err(wrong("error-not-a-moment")),
            },
            FieldKind::Bool => match zhike_kernel::text::fold(text).as_str() {
                "1" | "true" | "yes" | "y" | "on" | "是" | "有" | "√" | "t" => true.into(),
                "0" | "false" | "no" | "n" | "off" | "否" | "无" | "×" | "f" => false.into(),
                _ => return Err(wrong("error-not-a-truth")),
            },
            FieldKind::Choice(words) => {
                let folded = zhike_kernel::text::fold(text);
                match words.iter().find(|w| **w == folded) {
                    Some(w) => (*w).into(),
                    None => return Err(wrong("error-not-a-choice")),
                }
            }
            FieldKind::Many(words) => {
                let folded = zhike_kernel::text::fold(text);
                let asked: Vec<&str> = folded
                    .split([',', ';', '/', '、', ' ', '|'])
                    .filter(|w| !w.is_empty())
                    .collect();
                if asked.iter().any(|a| !words.contains(a)) {
                    return Err(wrong("error-not-a-choice"));
                }
                let kept: Vec<&str> = words.iter().filter(|w| asked.contains(w)).copied().collect();
                // Only signs between words are no word.
                Some(kept.join(" ")).filter(|k| !k.is_empty()).into()
            }
            FieldKind::Ref(_) | FieldKind::User => match text.parse::<i64>() {
                Ok(id) if id > 0 => id.into(),
                _ => return Err(wrong("error-not-a-record")),
            },
            FieldKind::Currency => match Currency::parse(text) {
                Some(c) => c.code().into(),
                None => return Err(wrong("error-not-a-currency")),
            },
        })
    }

    /// Writes a value as [`Field::parse`] reads it.
    pub fn write(&self, value: &Value, currency: Currency) -> String {
        match value {
            Value::Null => String::new(),
            Value::Text(t) => t.clone(),
            Value::Bool(b) => if *b { "yes" } else { "no" }.to_owned(),
            Value::Int(i) => match self.kind {
                FieldKind::Quantity => number::write_scaled(*i, 3)
                    .trim_end_matches('0')
                    .trim_end_matches('.')
                    .to_owned(),
                FieldKind::Rate => number::write_scaled(*i, 4)
                    .trim_end_matches('0')
                    .trim_end_matches('.')
                    .to_owned(),
                FieldKind::Money { .. } => number::write_scaled(*i, currency.decimals()),
                FieldKind::Stamp => zhike_kernel::Stamp(*i).rfc3339(),
                _ => i.to_string(),
            },
        }
    }
}

#[cfg(test)]
#[path = "field_tests.rs"]
mod tests;
