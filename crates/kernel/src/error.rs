//! A refusal that explains itself: what kind, which sentence (the code is its translation key), with which
//! arguments, at which field. The technical cause stays inside and goes to the log only.

use std::fmt;

/// The short form used everywhere.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What sort of answer an error is; the web turns it into a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The input is wrong (422).
    Invalid,
    /// Not signed in (401).
    Unknown,
    /// Not allowed (403).
    Forbidden,
    /// Not there, or not to be seen (404).
    Missing,
    /// Somebody else changed it meanwhile (409).
    Stale,
    /// A rule of the business says no (409).
    Refused,
    /// Too many tries (429).
    TooMany,
    /// Our fault (500); shown with an incident number.
    Broken,
}

/// An argument of an error's sentence.
#[derive(Clone, Debug, PartialEq)]
pub enum Arg {
    /// Text, shown as it is.
    Text(String),
    /// A number, formatted by the language.
    Int(i64),
}

impl From<&str> for Arg {
    fn from(v: &str) -> Arg {
        Arg::Text(v.to_owned())
    }
}
impl From<String> for Arg {
    fn from(v: String) -> Arg {
        Arg::Text(v)
    }
}
impl From<i64> for Arg {
    fn from(v: i64) -> Arg {
        Arg::Int(v)
    }
}
impl From<usize> for Arg {
    fn from(v: usize) -> Arg {
        Arg::Int(i64::try_from(v).unwrap_or(i64::MAX))
    }
}

/// Arguments of a sentence.
pub type Args = Vec<(&'static str, Arg)>;

/// One field that is wrong, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldError {
    /// The field's name in the record's declaration.
    pub field: String,
    /// Translation key of the sentence.
    pub code: &'static str,
    /// Its arguments.
    pub args: Args,
}

/// See the module's text.
#[derive(Debug)]
pub struct Error {
    /// Sort of answer.
    pub kind: Kind,
    /// Translation key of the sentence.
    pub code: &'static str,
    /// Its arguments.
    pub args: Args,
    /// Fields that are wrong, for [`Kind::Invalid`].
    pub fields: Vec<FieldError>,
    /// Which of many rows is meant, counted from 0.
    pub row: Option<usize>,
    /// The cause, for the log.
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    fn new(kind: Kind, code: &'static str) -> Error {
        Error {
            kind,
            code,
            args: vec![],
            fields: vec![],
            row: None,
            source: None,
        }
    }
    /// The input is wrong as a whole.
    pub fn invalid(code: &'static str) -> Error {
        Error::new(Kind::Invalid, code)
    }
    /// One field is wrong.
    pub fn field(field: &str, code: &'static str) -> Error {
        Error::fields(vec![FieldError {
            field: field.to_owned(),
            code,
            args: vec![],
        }])
    }
    /// Several fields are wrong.
    pub fn fields(fields: Vec<FieldError>) -> Error {
        Error {
            fields,
            ..Error::new(Kind::Invalid, "error-fields")
        }
    }
    /// A rule of the business says no.
    pub fn refused(code: &'static str) -> Error {
        Error::new(Kind::Refused, code)
    }
    /// The actor may not do this.
    pub fn forbidden(permission: &str) -> Error {
        Error::new(Kind::Forbidden, "error-forbidden").with("permission", permission)
    }
    /// Nobody is signed in.
    pub fn unknown() -> Error {
        Error::new(Kind::Unknown, "error-sign-in")
    }
    /// Nobody is signed in to the portal.
    pub fn no_guest() -> Error {
        Error::new(Kind::Unknown, "error-no-guest")
    }
    /// Not there, or not for these eyes; the two are not told apart.
    pub fn missing() -> Error {
        Error::new(Kind::Missing, "error-missing")
    }
    /// Changed by somebody else meanwhile.
    pub fn stale() -> Error {
        Error::new(Kind::Stale, "error-stale")
    }
    /// Too many tries; come back after so many seconds.
    pub fn too_many(seconds: i64) -> Error {
        Error::new(Kind::TooMany, "error-too-many").with("seconds", seconds)
    }
    /// Our fault.
    pub fn broken(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
        Error {
            source: Some(cause.into()),
            ..Error::new(Kind::Broken, "error-broken")
        }
    }
    /// Says which of many rows is meant, unless it is said already.
    pub fn at_row(mut self, row: usize) -> Error {
        self.row = self.row.or(Some(row));
        self
    }
    /// Adds an argument.
    pub fn with(mut self, name: &'static str, value: impl Into<Arg>) -> Error {
        self.args.push((name, value.into()));
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        for (name, arg) in &self.args {
            match arg {
                Arg::Text(t) => write!(f, " {name}={t}")?,
                Arg::Int(i) => write!(f, " {name}={i}")?,
            }
        }
        for field in &self.fields {
            write!(f, " [{}: {}]", field.field, field.code)?;
        }
        if let Some(source) = &self.source {
            write!(f, ": {source}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}
