//! The customer's word. Satisfied ends the case; not satisfied begins the next round. Only the customer says the first.

use super::desk::Desk;
use zhike_kernel::{Error, Result, Value, Values};
use zhike_store::binds;

/// What the customer says.
#[derive(Clone, Debug)]
pub(crate) struct Word {
    pub satisfied: bool,
    pub stars: Option<i64>,
    pub words: Option<String>,
    /// The round it is about, as the page showed it.
    pub round: i64,
}

impl Desk<'_> {
    /// May the customer still judge this round? Also after their silence ended it.
    pub(crate) fn may_judge(&self) -> bool {
        matches!(self.case.text("status"), "told" | "no_answer") && self.judged()
    }

    /// Takes the customer's word.
    pub(crate) async fn judge(&mut self, word: Word) -> Result<()> {
        if !self.may_judge() || word.round != self.round() {
            return Err(Error::refused("error-case-judged"));
        }
        if word.stars.is_some_and(|s| !(1..=5).contains(&s)) {
            return Err(Error::field("stars", "error-not-a-choice"));
        }
        let verdict = if word.satisfied { "satisfied" } else { "unsatisfied" };
        let sql = "UPDATE service_round SET verdict = $1, stars = $2, words = $3, verdict_at = $4, answer_by = NULL, warn_at = NULL, \
                   ended_at = $5 WHERE case_id = $6 AND number = $7 AND verdict IS NULL";
        let now = self.tx.at.0;
        let binds = binds![
            verdict,
            word.stars,
            word.words.clone(),
            now,
            now,
            self.case.id,
            self.round()
        ];
        if self.tx.exec(sql, binds).await? != 1 {
            return Err(Error::refused("error-case-judged"));
        }
        if let Some(running) = self.running.take() {
            running.end(self.tx, verdict, None, word.words.clone()).await?;
        }
        let changes = Values::from([
            ("verdict".to_owned(), verdict.into()),
            ("stars".to_owned(), word.stars.into()),
        ]);
        self.set("verdict", changes, word.words).await?;
        if word.satisfied {
            self.close("satisfied").await
        } else {
            self.next_round().await
        }
    }

    /// Somebody inside heard that the customer is not satisfied: that may be said for them, the contrary may not.
    pub(crate) async fn heard_unsatisfied(&mut self, words: String) -> Result<()> {
        if words.trim().is_empty() {
            return Err(Error::field("words", "error-required"));
        }
        let word = Word {
            satisfied: false,
            stars: None,
            words: Some(words.trim().to_owned()),
            round: self.round(),
        };
        self.judge(word).await
    }

    async fn next_round(&mut self) -> Result<()> {
        let next = self.round() + 1;
        self.new_round(next).await?;
        let changes = Values::from([
            ("round".to_owned(), next.into()),
            ("status".to_owned(), "working".into()),
            ("solution".to_owned(), Value::Null),
            ("told_at".to_owned(), Value::Null),
            ("closed_at".to_owned(), Value::Null),
        ]);
        self.set("reopened", changes, None).await?;
        self.begin(self.def.again()).await
    }

    /// The customer said nothing in the time that was stated with the solution.
    pub(crate) async fn silent(&mut self) -> Result<()> {
        if self.case.text("status") != "told" {
            return Ok(());
        }
        if let Some(running) = self.running.take() {
            running.end(self.tx, "no_answer", None, None).await?;
        }
        self.close("no_answer").await
    }
}
