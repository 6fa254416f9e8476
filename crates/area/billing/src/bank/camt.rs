//! CAMT.053, of any version: names are compared without their namespace. A document type, an entity of its own or a
//! depth beyond reason is refused; nothing is ever expanded.

use super::read::{LINES, Line, Statement, amount, cut, day};
use quick_xml::{Reader, events::Event};
use zhike_kernel::{Currency, Error, Result};

/// Deepest nesting.
const DEPTH: usize = 48;

fn wrong(reader: &Reader<&[u8]>) -> Error {
    Error::refused("error-bank-xml").with("at", i64::try_from(reader.buffer_position()).unwrap_or(0))
}

/// What is gathered of an entry, or of one transaction in it.
#[derive(Clone, Default)]
struct Part {
    amount: String,
    currency: String,
    reference: String,
    text: String,
    payer: String,
    payer_account: String,
}

#[derive(Default)]
struct Entry {
    whole: Part,
    parts: Vec<Part>,
    day: String,
    debit: bool,
    reversal: bool,
    pending: bool,
}

/// Reads a document.
pub(super) fn read(text: &str, house: Currency) -> Result<Statement> {
    let mut reader = Reader::from_str(text);
    let mut path: Vec<String> = vec![];
    let mut words = String::new();
    let mut currency = String::new();
    let mut known = false;
    let mut entry: Option<Entry> = None;
    let mut out = Statement {
        format: "camt053",
        ..Statement::default()
    };
    loop {
        match reader.read_event() {
            Err(_) | Ok(Event::DocType(_)) => return Err(wrong(&reader)),
            Ok(Event::Eof) => break,
            Ok(Event::Start(e)) => {
                if path.len() >= DEPTH {
                    return Err(wrong(&reader));
                }
                let name = String::from_utf8_lossy(e.local_name().as_ref()).into_owned();
                known |= name == "BkToCstmrStmt";
                words.clear();
                if name == "Amt" {
                    let found = e.attributes().flatten().find(|a| a.key.as_ref() == b"Ccy");
                    currency = found
                        .map(|a| String::from_utf8_lossy(&a.value).into_owned())
                        .unwrap_or_default();
                }
                match name.as_str() {
                    "Ntry" => entry = Some(Entry::default()),
                    "TxDtls" => entry.iter_mut().for_each(|e| e.parts.push(Part::default())),
                    _ => {}
                }
                path.push(name);
            }
            Ok(Event::Text(t)) => words.push_str(&t.decode().map_err(|_| wrong(&reader))?),
            Ok(Event::CData(t)) => words.push_str(&t.decode().map_err(|_| wrong(&reader))?),
            Ok(Event::GeneralRef(r)) => {
                let raw: &[u8] = &r;
                let known = match raw {
                    b"lt" => Some('<'),
                    b"gt" => Some('>'),
                    b"amp" => Some('&'),
                    b"apos" => Some('\''),
                    b"quot" => Some('"'),
                    _ => r.resolve_char_ref().ok().flatten(),
                };
                words.push(known.ok_or_else(|| wrong(&reader))?);
            }
            Ok(Event::End(_)) => {
                if let Some(e) = &mut entry {
                    take(e, &path, &words, &currency);
                } else if path.iter().any(|p| p == "Acct")
                    && matches!(path.last().map(String::as_str), Some("IBAN" | "Id"))
                    && out.account.is_empty()
                {
                    out.account = cut(&words);
                }
                if path.last().is_some_and(|p| p == "Ntry")
                    && let Some(e) = entry.take()
                {
                    put(&mut out, &e, house)?;
                }
                words.clear();
                path.pop();
            }
            Ok(_) => {}
        }
    }
    // A file that ends in the middle is not half a statement.
    if !known || !path.is_empty() {
        return Err(wrong(&reader));
    }
    Ok(out)
}

/// Takes up the text of an element that ends.
fn take(e: &mut Entry, path: &[String], words: &str, currency: &str) {
    let at = path.iter().rposition(|p| p == "Ntry").unwrap_or(0);
    let below: Vec<&str> = path.iter().skip(at + 1).map(String::as_str).collect();
    let words = words.trim();
    match below.as_slice() {
        ["CdtDbtInd"] => e.debit = words == "DBIT",
        ["RvslInd"] => e.reversal = words == "true" || words == "1",
        ["Sts"] | ["Sts", "Cd"] if !words.is_empty() => e.pending = words != "BOOK",
        ["BookgDt", "Dt" | "DtTm"] => e.day = words.to_owned(),
        ["ValDt", "Dt" | "DtTm"] if e.day.is_empty() => e.day = words.to_owned(),
        ["Amt"] => (e.whole.amount, e.whole.currency) = (words.to_owned(), currency.to_owned()),
        ["AcctSvcrRef"] => e.whole.reference = words.to_owned(),
        ["NtryRef"] if e.whole.reference.is_empty() => e.whole.reference = words.to_owned(),
        ["AddtlNtryInf"] => e.whole.text = words.to_owned(),
        ["NtryDtls", "TxDtls", rest @ ..] => {
            if let Some(part) = e.parts.last_mut() {
                detail(part, rest, words, currency);
            }
        }
        _ => {}
    }
}

fn detail(part: &mut Part, below: &[&str], words: &str, currency: &str) {
    match below {
        ["Amt"] | ["AmtDtls", "TxAmt", "Amt"] => {
            (part.amount, part.currency) = (words.to_owned(), currency.to_owned());
        }
        ["Refs", "AcctSvcrRef"] => part.reference = words.to_owned(),
        ["Refs", "EndToEndId"] if words != "NOTPROVIDED" => {
            part.text = format!("{} {words}", part.text);
        }
        ["RltdPties", "Dbtr", "Nm"] | ["RltdPties", "Dbtr", "Pty", "Nm"] => part.payer = words.to_owned(),
        ["RltdPties", "DbtrAcct", "Id", "IBAN"] | ["RltdPties", "DbtrAcct", "Id", "Othr", "Id"] => {
            part.payer_account = words.to_owned();
        }
        ["RmtInf", "Ustrd"] | ["RmtInf", "Strd", "CdtrRefInf", "Ref"] | ["AddtlTxInf"] => {
            part.text = format!("{} {words}", part.text);
        }
        _ => {}
    }
}

/// An entry becomes a line, or one for each of its transactions when they make it up.
fn put(out: &mut Statement, e: &Entry, house: Currency) -> Result<()> {
    if e.pending {
        return Ok(());
    }
    let row = i64::try_from(out.lines.len()).unwrap_or(0) + 1;
    let c = match e.whole.currency.as_str() {
        "" => house,
        code => Currency::parse(code).ok_or_else(|| Error::refused("error-bank-currency").with("row", row))?,
    };
    let read = |p: &Part| amount(&p.amount, c).filter(|n| *n > 0);
    let whole = read(&e.whole).ok_or_else(|| Error::refused("error-bank-amount").with("row", row))?;
    let day = day(&e.day).ok_or_else(|| Error::refused("error-bank-day").with("row", row))?;
    let parts: Vec<Option<i64>> = e.parts.iter().map(read).collect();
    let sum = parts.iter().try_fold(0_i64, |s, p| p.and_then(|p| s.checked_add(p)));
    let same = e.parts.iter().all(|p| p.currency == e.whole.currency);
    let several = e.parts.len() > 1 && same && sum == Some(whole);
    let sign = if e.debit { -1 } else { 1 };
    let mut push = |part: &Part, amount: i64, reference: String| {
        if out.lines.len() == LINES {
            return Err(Error::refused("error-bank-lines").with("most", i64::try_from(LINES).unwrap_or(0)));
        }
        let text = if part.text.trim().is_empty() {
            &e.whole.text
        } else {
            &part.text
        };
        out.lines.push(Line {
            day: day.clone(),
            amount: sign * amount,
            currency: c.code().to_owned(),
            reference: cut(&reference),
            text: cut(text),
            payer: cut(&part.payer),
            payer_account: cut(&part.payer_account),
        });
        Ok(())
    };
    if several {
        for ((part, amount), n) in e.parts.iter().zip(parts).zip(1..) {
            let reference = match (part.reference.as_str(), e.whole.reference.as_str()) {
                ("", "") => String::new(),
                ("", whole) => format!("{whole}/{n}"),
                (own, _) => own.to_owned(),
            };
            push(part, amount.unwrap_or(0), reference)?;
        }
        return Ok(());
    }
    let one = e.parts.first().cloned().unwrap_or_default();
    let reference = if e.whole.reference.is_empty() {
        one.reference.clone()
    } else {
        e.whole.reference.clone()
    };
    push(&one, whole, reference)
}
