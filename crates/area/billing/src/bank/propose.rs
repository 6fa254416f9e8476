//! What a line of a statement may pay: found by the number of an invoice in its text, by the payer's account or name, by
//! the amount. The reason is kept with the proposal.

use super::read::Line;
use zhike_kernel::Result;
use zhike_store::{Bind, Query, Tx, binds};

/// A proposal: customer, invoice, reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Proposal {
    pub party: Option<i64>,
    pub invoice: Option<i64>,
    pub why: Option<&'static str>,
}

/// Words of a text that may be numbers of invoices.
pub(super) fn numbers(text: &str) -> Vec<String> {
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '/' | '_');
    let mut out: Vec<String> = text
        .split(|c| !word(c))
        .map(|w| w.trim_matches(['-', '/', '_']).to_ascii_uppercase())
        .filter(|w| (3..=40).contains(&w.len()) && w.bytes().any(|b| b.is_ascii_digit()))
        .collect();
    out.sort();
    out.dedup();
    out.truncate(20);
    out
}

/// The one open invoice that fits, if it is one.
async fn only(tx: &Tx, condition: &str, of: Vec<Bind>) -> Result<Option<(i64, i64, i64)>> {
    let sql = format!(
        "SELECT id, party_id, open FROM billing_invoice WHERE status = 'open' AND archived_at IS NULL AND open > 0 \
         AND {condition} ORDER BY id LIMIT 2"
    );
    let rows = tx.all(&sql, of).await?;
    match rows.as_slice() {
        [r] => Ok(Some((r.int(0)?, r.int(1)?, r.int(2)?))),
        _ => Ok(None),
    }
}

async fn party(tx: &Tx, line: &Line) -> Result<Option<(i64, &'static str)>> {
    if !line.payer_account.is_empty() {
        let sql = "SELECT party_id FROM billing_bank_line WHERE payer_account = $1 AND state = 'accepted' ORDER BY id DESC LIMIT 1";
        if let Some(r) = tx.one(sql, binds![line.payer_account.as_str()]).await?
            && let Some(id) = r.opt_int(0)?
        {
            return Ok(Some((id, "account")));
        }
    }
    if line.payer.is_empty() {
        return Ok(None);
    }
    let sql =
        "SELECT id FROM party_party WHERE (name = $1 OR name_latin = $2) AND archived_at IS NULL ORDER BY id LIMIT 2";
    let rows = tx.all(sql, binds![line.payer.as_str(), line.payer.as_str()]).await?;
    match rows.as_slice() {
        [r] => Ok(Some((r.int(0)?, "name"))),
        _ => Ok(None),
    }
}

/// The proposal for a line.
pub(super) async fn propose(tx: &Tx, line: &Line) -> Result<Proposal> {
    if line.amount <= 0 {
        return Ok(Proposal::default());
    }
    let code = line.currency.as_str();
    let found = numbers(&format!("{} {}", line.text, line.reference));
    if !found.is_empty() {
        let places: Vec<String> = (2..found.len() + 2).map(|n| format!("${n}")).collect();
        let mut of = binds![code];
        of.extend(found.iter().map(|n| Bind::from(n.as_str())));
        let condition = format!("currency = $1 AND number IN ({})", places.join(","));
        if let Some((invoice, party, open)) = only(tx, &condition, of).await? {
            let why = if open == line.amount { "number_amount" } else { "number" };
            return Ok(Proposal {
                party: Some(party),
                invoice: Some(invoice),
                why: Some(why),
            });
        }
    }
    if let Some((party, why)) = party(tx, line).await? {
        let exact = only(
            tx,
            "party_id = $1 AND currency = $2 AND open = $3",
            binds![party, code, line.amount],
        )
        .await?;
        return Ok(Proposal {
            party: Some(party),
            invoice: exact.map(|e| e.0),
            why: Some(match (exact, why) {
                (Some(_), "account") => "account_amount",
                (Some(_), _) => "name_amount",
                (None, why) => why,
            }),
        });
    }
    let exact = only(tx, "currency = $1 AND open = $2", binds![code, line.amount]).await?;
    Ok(exact.map_or_else(Proposal::default, |(invoice, party, _)| Proposal {
        party: Some(party),
        invoice: Some(invoice),
        why: Some("amount"),
    }))
}

/// Proposals that need no second look: the invoice is named, or the payer known, and the amount is the same.
pub(super) fn sure(why: &str) -> bool {
    matches!(why, "number_amount" | "account_amount")
}

#[cfg(test)]
mod tests {
    use super::numbers;

    #[test]
    fn numbers_stand_among_words() {
        assert_eq!(numbers("货款I-000123，谢谢 (inv_77/2026)"), ["I-000123", "INV_77/2026"]);
        assert!(numbers("no number here").is_empty());
    }
}
