//! Files of rows as the tools read them: CSV (also packed, in any encoding), XLSX, Parquet, standard input. Every
//! complaint names file, line and column, and says what mends it.

use anyhow::{Context, Result, anyhow, bail};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zhike_exchange::source::{Options, Row, Source};
use zhike_web::{Catalog, Lang, Locale};

/// A file with rows, looked at once for its columns.
pub(super) struct Input {
    name: String,
    path: PathBuf,
    headers: Vec<String>,
    parquet: bool,
    /// Standard input was written here, to be read more than once.
    spooled: bool,
}

/// One row.
pub(super) struct Line<'a> {
    input: &'a Input,
    wanted: &'a [usize],
    number: u64,
    cells: &'a [&'a str],
}

impl Drop for Input {
    fn drop(&mut self) {
        if self.spooled {
            // Nothing to do about it if this fails: the folder is a temporary one.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

impl Input {
    /// Opens a file; `-` is standard input.
    pub(super) fn open(input: &str) -> Result<Input> {
        let spooled = input == "-";
        if spooled && std::io::stdin().is_terminal() {
            bail!("nothing is piped in; name a file with --input");
        }
        let (name, path) = if spooled {
            ("standard input".to_owned(), spool()?)
        } else {
            (input.to_owned(), PathBuf::from(input))
        };
        let mut opened = Input {
            name,
            path,
            headers: vec![],
            parquet: false,
            spooled,
        };
        if !opened.path.is_file() {
            bail!("there is no file {}; is the path right?", opened.name);
        }
        opened.parquet = is_parquet(&opened.path)?;
        opened.headers = if opened.parquet {
            zhike_lake::sheet::columns(&opened.path).with_context(|| format!("{} cannot be read", opened.name))?
        } else {
            opened.source()?.headers
        };
        Ok(opened)
    }

    /// The name to be used in sentences.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    fn source(&self) -> Result<Source> {
        let options = Options::default();
        Source::open(&self.path, &options).map_err(|e| anyhow!("{}: {}", self.name, worded(e.code, &e.args)))
    }

    /// The place of a column.
    pub(super) fn column(&self, name: &str) -> Result<usize> {
        self.find(&[name]).ok_or_else(|| {
            anyhow!(
                "{} has no column {name}; its columns are {}",
                self.name,
                self.headers.join(", ")
            )
        })
    }

    /// The place of a column that goes by one of several names; upper and lower case count only if both are there.
    pub(super) fn find(&self, names: &[&str]) -> Option<usize> {
        let exact = names.iter().find_map(|n| self.headers.iter().position(|h| h == n));
        exact.or_else(|| {
            names
                .iter()
                .find_map(|n| self.headers.iter().position(|h| h.eq_ignore_ascii_case(n)))
        })
    }

    /// The place of a column that goes by one of several names, or a complaint.
    pub(super) fn one_of(&self, names: &[&str]) -> Result<usize> {
        self.find(names).ok_or_else(|| {
            anyhow!(
                "{} has no column {}; its columns are {}",
                self.name,
                names.join(" or "),
                self.headers.join(", ")
            )
        })
    }

    /// Reads these columns as numbers, if they are columns of numbers without gaps in a Parquet file and `take` likes them all;
    /// otherwise `false`, and [`Input::each`] reads again, row by row, and says what is wrong.
    pub(super) fn numbers(&self, wanted: &[usize], take: impl FnMut(&[f64]) -> bool) -> Result<bool> {
        if !self.parquet {
            return Ok(false);
        }
        zhike_lake::sheet::each_number(&self.path, wanted, take)
            .with_context(|| format!("{} cannot be read", self.name))
    }

    /// For each value of a column the sum of another in ten-thousandths, in no order, where a Parquet file tells that exactly
    /// by its types alone.
    pub(super) fn sums(&self, by: usize, what: usize) -> Result<Option<Vec<i64>>> {
        let (Some(by), Some(what), true) = (self.headers.get(by), self.headers.get(what), self.parquet) else {
            return Ok(None);
        };
        // The tools do not wait for anything; only this question is put to something that does, on a thread of its own.
        let asked = std::thread::scope(|s| {
            let thread = s.spawn(|| {
                let runtime = tokio::runtime::Runtime::new()?;
                runtime
                    .block_on(zhike_lake::sums(&self.path, by, what))
                    .map_err(|e| anyhow!("{}: {}", self.name, worded(e.code, &e.args)))
            });
            thread.join()
        });
        asked.unwrap_or_else(|_| bail!("{} could not be summed", self.name))
    }

    /// Reads these columns row by row.
    pub(super) fn each(&self, wanted: &[usize], mut take: impl FnMut(&Line<'_>) -> Result<()>) -> Result<()> {
        let line = |number, cells: &[&str], take: &mut dyn FnMut(&Line<'_>) -> Result<()>| {
            take(&Line {
                input: self,
                wanted,
                number,
                cells,
            })
        };
        if self.parquet {
            return zhike_lake::sheet::each_row(&self.path, wanted, |number, cells| line(number, cells, &mut take));
        }
        let mut source = self.source()?;
        let mut row = Row::default();
        while source
            .next(&mut row)
            .map_err(|e| anyhow!("{}: {}", self.name, worded(e.code, &e.args)))?
        {
            if let Some(fault) = &row.fault {
                let mend = worded(&format!("{}-mend", fault.code), &fault.args);
                bail!(
                    "{}, line {}: {}. {mend}",
                    self.name,
                    row.number,
                    worded(fault.code, &fault.args)
                );
            }
            let cells: Vec<&str> = wanted.iter().map(|w| row.get(*w)).collect();
            line(row.number, &cells, &mut take)?;
        }
        Ok(())
    }
}

impl Line<'_> {
    /// The text of the column asked for at this place.
    pub(super) fn text(&self, at: usize) -> &str {
        self.cells.get(at).copied().unwrap_or("").trim()
    }

    /// A text that must not be empty.
    pub(super) fn key(&self, at: usize) -> Result<&str> {
        match self.text(at) {
            "" => Err(self.bad(at, "is empty; every row needs it")),
            text => Ok(text),
        }
    }

    /// A number; an empty cell is none.
    pub(super) fn maybe(&self, at: usize) -> Result<Option<f64>> {
        match self.text(at) {
            "" => Ok(None),
            _ => self.number(at).map(Some),
        }
    }

    /// A number.
    pub(super) fn number(&self, at: usize) -> Result<f64> {
        match self.text(at).parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(value),
            _ => Err(self.bad(at, "is no number; write it as 1234.56, without signs or blanks between")),
        }
    }

    /// A number of zero or more.
    pub(super) fn amount(&self, at: usize) -> Result<f64> {
        let value = self.number(at)?;
        if value < 0.0 {
            return Err(self.bad(at, "is below zero; it must be zero or more"));
        }
        Ok(value)
    }

    /// A whole number of zero or more.
    pub(super) fn count(&self, at: usize) -> Result<u32> {
        let value = self.number(at)?;
        if value < 0.0 || value.fract() != 0.0 || value > f64::from(u32::MAX) {
            return Err(self.bad(at, "is no whole number of zero or more"));
        }
        Ok(value as u32)
    }

    /// An amount in ten-thousandths, exactly.
    pub(super) fn exact(&self, at: usize) -> Result<i64> {
        exact(self.text(at)).ok_or_else(|| {
            self.bad(
                at,
                "is no amount with up to four decimals; write it as -1234.56, without signs or blanks between",
            )
        })
    }

    /// A day as a number; `format` as for strptime, otherwise 2017-03-01, 2017/03/01 or 20170301, also with a time.
    pub(super) fn day(&self, at: usize, format: Option<&str>) -> Result<i32> {
        day(self.text(at), format).ok_or_else(|| {
            self.bad(
                at,
                "is no day; write it as 2017-03-01, or say how it is written with --date-format, for instance %d/%m/%Y",
            )
        })
    }

    /// A complaint about a cell.
    pub(super) fn bad(&self, at: usize, what: &str) -> anyhow::Error {
        let column = self.wanted.get(at).and_then(|w| self.input.headers.get(*w));
        anyhow!(
            "{}, {} {}, column {}: “{}” {what}",
            self.input.name,
            if self.input.parquet { "row" } else { "line" },
            self.number,
            column.map_or("?", |c| c.as_str()),
            self.text(at)
        )
    }
}

/// Day number of a day as people write it.
pub(super) fn day(text: &str, format: Option<&str>) -> Option<i32> {
    let date = match format {
        Some(format) => jiff::civil::Date::strptime(format, text).ok()?,
        None => {
            let bytes = text.as_bytes();
            let number = |range: std::ops::Range<usize>| -> Option<i16> {
                bytes.get(range)?.iter().try_fold(0i16, |sum, b| {
                    b.is_ascii_digit().then(|| sum * 10 + i16::from(b - b'0'))
                })
            };
            let (month, day, rest) = match (bytes.get(4)?, bytes.len()) {
                (b'-' | b'/', _) if bytes.get(7) == bytes.get(4) => (5..7, 8..10, 10),
                (b'0'..=b'9', 8) => (4..6, 6..8, 8),
                _ => return None,
            };
            if !matches!(bytes.get(rest), None | Some(b'T' | b' ')) {
                return None;
            }
            let month = i8::try_from(number(month)?).ok()?;
            jiff::civil::Date::new(number(0..4)?, month, i8::try_from(number(day)?).ok()?).ok()?
        }
    };
    // Days since 0000-03-01 (the civil-date formula of Howard Hinnant).
    let (year, month) = (i32::from(date.year()), i32::from(date.month()));
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + i32::from(date.day()) - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year)
}

/// A decimal number in ten-thousandths; `None` when it has more digits or is none.
pub(super) fn exact(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && part.is_empty() || !whole.bytes().chain(part.bytes()).all(|b| b.is_ascii_digit()) {
        return None;
    }
    let part = part.trim_end_matches('0');
    if part.len() > 4 {
        return None;
    }
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let part: i64 = format!("{part:0<4}").parse().ok()?;
    let value = whole.checked_mul(10_000)?.checked_add(part)?;
    Some(if negative { -value } else { value })
}

/// The sentence of the house's catalogues.
fn worded(code: &str, args: &[(&'static str, zhike_kernel::Arg)]) -> String {
    let mut files = zhike_web::texts();
    for (lang, text) in zhike_exchange::area(vec![]).texts {
        files.extend(Lang::parse(lang).map(|lang| (lang, text)));
    }
    let Ok(catalog) = Catalog::new(&files) else {
        return code.to_owned();
    };
    let locale = Locale {
        lang: Lang::En,
        zone: jiff::tz::TimeZone::UTC,
        catalog: Arc::new(catalog),
    };
    locale.tv(code, args)
}

/// Writes standard input into a temporary file.
fn spool() -> Result<PathBuf> {
    let path = std::env::temp_dir().join(format!("zhike-value-{}", std::process::id()));
    let mut file = std::fs::File::create(&path)
        .with_context(|| format!("cannot write {}, where standard input is kept", path.display()))?;
    std::io::copy(&mut std::io::stdin().lock(), &mut file).context("standard input cannot be read")?;
    Ok(path)
}

/// Parquet files begin with these four bytes, whatever their name.
fn is_parquet(path: &Path) -> Result<bool> {
    use std::io::Read;
    let mut file = std::fs::File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut first = [0; 4];
    Ok(file.read_exact(&mut first).is_ok() && &first == b"PAR1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_as_people_write_them() {
        let first = day("1997-01-01", None);
        assert!(first.is_some());
        for text in ["1997/01/01", "19970101", "1997-01-01 08:26:00", "1997-01-01T23:59:59"] {
            assert_eq!(day(text, None), first, "{text}");
        }
        assert_eq!(day("31/12/1996", Some("%d/%m/%Y")).map(|d| d + 1), first);
        for text in [
            "",
            "1997-13-01",
            "1997-02-30",
            "01/02/97",
            "1997-01",
            "199701011",
            "1997-01/01",
            "七",
        ] {
            assert_eq!(day(text, None), None, "{text}");
        }
        assert_eq!(
            day("2000-03-01", None).zip(day("2000-02-28", None)).map(|(a, b)| a - b),
            Some(2)
        );
    }

    #[test]
    fn amounts_are_exact() {
        assert_eq!(exact("29.33"), Some(293_300));
        assert_eq!(exact("-0.1"), Some(-1_000));
        assert_eq!(exact("+7"), Some(70_000));
        assert_eq!(exact(".5000000"), Some(5_000));
        for text in ["", "-", ".", "1,000.00", "1.23456", "1e3", "99999999999999999", "NaN"] {
            assert_eq!(exact(text), None, "{text}");
        }
    }
}
