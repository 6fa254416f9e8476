//! Whose number it is, and whose telephone.

use zhike_kernel::{Door, Result, text::fold_width};
use zhike_store::{Ctx, Query, binds, read, search};

/// Only the digits.
pub(crate) fn digits(number: &str) -> String {
    fold_width(number).chars().filter(char::is_ascii_digit).collect()
}

/// The same telephone, however the country and area code are written?
fn same(a: &str, b: &str) -> bool {
    let (a, b) = (digits(a), digits(b));
    if a.len() < 7 || b.len() < 7 {
        return a == b && !a.is_empty();
    }
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    a == b || a.ends_with(b) || b.ends_with(a)
}

/// The customer with this number, whoever asks. A number that several have is the organisation's, else the oldest record's.
pub(crate) async fn party(ctx: &Ctx, q: &dyn Query, number: &str) -> Result<Option<i64>> {
    let all = digits(number);
    if all.len() < 7 {
        return Ok(None);
    }
    let key: String = all.chars().skip(all.chars().count().saturating_sub(8)).collect();
    // The key is what the area of parties compares by: the last eight digits.
    let sql = "SELECT id, COALESCE(phone, ''), COALESCE(phone2, ''), kind FROM party_party WHERE phone_key = $1 AND archived_at IS NULL \
               ORDER BY CASE WHEN kind = 'organisation' THEN 0 ELSE 1 END, id LIMIT 50";
    for row in q.all(sql, binds![key]).await? {
        if same(&row.text(1)?, number) || same(&row.text(2)?, number) {
            return Ok(Some(row.int(0)?));
        }
    }
    // The second number of somebody who has a first one is only in the search index.
    let ty = ctx.registry().get("party")?.clone();
    let system = Ctx::system(&ctx.house, Door::Job);
    let ending: String = all.chars().skip(all.chars().count().saturating_sub(8)).collect();
    let ids = search::ids(&system, q, &ty, &ending, 20).await?;
    let found = read::find_many(&system, q, &ty, &ids).await?;
    let hit = |p: &&read::Record| {
        p.archived_at.is_none() && (same(p.text("phone"), number) || same(p.text("phone2"), number))
    };
    Ok(found.iter().find(hit).map(|p| p.id))
}

/// Whose telephone it is.
pub(crate) async fn user(q: &dyn Query, extension: &str) -> Result<Option<i64>> {
    if extension.is_empty() {
        return Ok(None);
    }
    let sql = "SELECT user_id FROM voice_extension WHERE extension = $1";
    q.one(sql, binds![extension]).await?.map(|r| r.int(0)).transpose()
}

/// A user's telephone.
pub(crate) async fn extension(q: &dyn Query, user: i64) -> Result<Option<String>> {
    let sql = "SELECT extension FROM voice_extension WHERE user_id = $1";
    q.one(sql, binds![user]).await?.map(|r| r.text(0)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_same_however_they_are_written() {
        assert!(same("+86 138-0000-1111", "13800001111"));
        assert!(same("0510-8811 2233", "+86 510 88112233"));
        assert!(!same("13800001111", "13900001111"));
        assert!(!same("", ""));
        assert!(same("801", "801") && !same("801", "1801"));
    }
}
