//! The code on a letter by which an answer finds it: short, without letters that look alike, and with a sign that shows a
//! slip of the pen.

use zhike_kernel::{Error, Result};

/// Signs of a code: 31 of them, a prime, so that the last sign shows every wrong sign and every two exchanged ones.
const SIGNS: &[u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";
/// Signs before the last.
const LENGTH: usize = 6;

fn value(sign: char) -> Option<usize> {
    SIGNS.iter().position(|s| char::from(*s) == sign)
}

fn sign(value: usize) -> char {
    SIGNS.get(value % SIGNS.len()).map_or('2', |s| char::from(*s))
}

/// The sign that follows from the others: each counts with its place, so an exchange changes the sum.
fn last(values: &[usize]) -> usize {
    let sum: usize = values.iter().enumerate().map(|(i, v)| (i + 1) * v).sum();
    (SIGNS.len() - sum % SIGNS.len()) % SIGNS.len()
}

/// A code made of a number drawn by lot.
pub(crate) fn of(lot: u64) -> String {
    let base = u64::try_from(SIGNS.len()).unwrap_or(31);
    let mut rest = lot;
    let mut values = vec![];
    for _ in 0..LENGTH {
        values.push(usize::try_from(rest % base).unwrap_or(0));
        rest /= base;
    }
    values.push(last(&values));
    values.into_iter().map(sign).collect()
}

/// As it is printed: in two groups.
pub(crate) fn shown(code: &str) -> String {
    let mut out: String = code.chars().take(4).collect();
    let rest: String = code.chars().skip(4).collect();
    if !rest.is_empty() {
        out.push('-');
        out.push_str(&rest);
    }
    out
}

/// A code as somebody typed it: small letters, gaps and full-width signs are forgiven.
pub(crate) fn read(typed: &str) -> Result<String> {
    let wrong = || Error::field("code", "error-letter-code");
    let code: String = zhike_kernel::text::fold_width(typed)
        .to_uppercase()
        .chars()
        .filter(|c| c.is_ascii_alphanumeric())
        .collect();
    let values: Option<Vec<usize>> = code.chars().map(value).collect();
    let values = values.filter(|v| v.len() == LENGTH + 1).ok_or_else(wrong)?;
    let (head, end) = values.split_at(LENGTH);
    if end.first() == Some(&last(head)) {
        Ok(code)
    } else {
        Err(wrong())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_code_is_read_however_it_is_typed(lot in any::<u64>()) {
            let code = of(lot);
            prop_assert_eq!(code.len(), LENGTH + 1);
            prop_assert_eq!(read(&shown(&code)).unwrap(), code.clone());
            prop_assert_eq!(read(&format!(" {} ", code.to_lowercase())).unwrap(), code);
        }

        #[test]
        fn one_wrong_sign_and_two_exchanged_ones_are_noticed(lot in any::<u64>(), at in 0..=LENGTH, other in 0..31_usize) {
            let code: Vec<char> = of(lot).chars().collect();
            let mut wrong = code.clone();
            wrong[at] = sign(other);
            let typed: String = wrong.iter().collect();
            prop_assert_eq!(read(&typed).is_ok(), wrong == code);
            let mut turned = code.clone();
            turned.swap(at, (at + 1) % (LENGTH + 1));
            let typed: String = turned.iter().collect();
            if at < LENGTH - 1 {
                prop_assert_eq!(read(&typed).is_ok(), turned == code);
            }
        }
    }

    #[test]
    fn what_is_no_code_is_refused() {
        for typed in ["", "123", "AAAAAAA-", "一二三四五六七", "ABCDEFGHJK"] {
            assert!(read(typed).is_err(), "{typed}");
        }
    }
}
