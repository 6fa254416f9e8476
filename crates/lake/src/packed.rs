//! Many rows as one text, put together by the database. Handing over a row costs the drivers more than finding it does
//! (a message between threads, an allocation for each value): ten million order lines are 200 answers this way.

use zhike_kernel::{Error, Result};

/// What to select to get all rows of a query as one text of these columns; none of them may hold `,` or `;`.
pub(crate) fn select(columns: &[&str]) -> String {
    let cells: Vec<String> = columns
        .iter()
        .map(|c| format!("COALESCE(CAST({c} AS TEXT), '')"))
        .collect();
    format!("string_agg(concat_ws(',', {}), ';')", cells.join(", "))
}

/// The rows of such a text.
pub(crate) fn rows(text: &str) -> impl Iterator<Item = Cells<'_>> {
    text.split(';')
        .filter(|row| !row.is_empty())
        .map(|row| Cells(row.split(',')))
}

/// One row; its cells are taken in order.
pub(crate) struct Cells<'a>(std::str::Split<'a, char>);

impl<'a> Cells<'a> {
    /// The next cell as it is.
    pub fn text(&mut self) -> Result<&'a str> {
        self.0.next().ok_or_else(|| Error::broken("a packed row is too short"))
    }
    /// The next cell as a number, if it holds one.
    pub fn opt_int(&mut self) -> Result<Option<i64>> {
        match self.text()? {
            "" => Ok(None),
            digits => digits.parse().map(Some).map_err(Error::broken),
        }
    }
    /// The next cell as a number.
    pub fn int(&mut self) -> Result<i64> {
        self.opt_int()?
            .ok_or_else(|| Error::broken("a packed row lacks a number"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_come_in_order_and_nothing_is_nothing() {
        let mut all = rows("7,-12,,x;8,9,10,");
        let mut first = all.next().unwrap();
        assert_eq!(first.int().unwrap(), 7);
        assert_eq!(first.int().unwrap(), -12);
        assert_eq!(first.opt_int().unwrap(), None);
        assert_eq!(first.text().unwrap(), "x");
        assert!(first.text().is_err());
        let mut second = all.next().unwrap();
        assert_eq!(second.int().unwrap(), 8);
        assert!(all.next().is_none());
        assert_eq!(rows("").count(), 0);
    }

    #[test]
    fn what_is_no_number_is_said() {
        assert!(rows("a").next().unwrap().int().is_err());
        assert!(rows(",1").next().unwrap().int().is_err());
    }
}
