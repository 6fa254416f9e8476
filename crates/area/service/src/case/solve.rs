//! The solution of a round: cause, factor, who caused it, words for the customer, remedies.

use super::{desk::Desk, grant};
use crate::{
    process::Act,
    types::{FACTORS, RESPONSIBLE},
};
use zhike_kernel::{Error, Result, Value, Values, error::FieldError};
use zhike_store::{Query, binds};

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Solution {
    pub cause: Option<i64>,
    pub factor: String,
    pub responsible: String,
    pub party: Option<i64>,
    pub user: Option<i64>,
    pub text: String,
    /// Remedies with their amounts; the catalogue's where none is said.
    pub remedies: Vec<(i64, Option<i64>)>,
    /// It is complete; otherwise it is kept as far as it is.
    pub done: bool,
}

fn wrong(field: &str, code: &'static str) -> FieldError {
    FieldError {
        field: field.into(),
        code,
        args: vec![],
    }
}

impl Desk<'_> {
    async fn check(&self, s: &mut Solution) -> Result<()> {
        let mut bad = vec![];
        let complaint = self.case.text("kind") == "complaint";
        if s.text.chars().count() > 20_000 {
            bad.push(wrong("solution", "error-form-long"));
        }
        if s.done && s.text.trim().is_empty() {
            bad.push(wrong("solution", "error-case-solution"));
        }
        if !s.factor.is_empty() && !FACTORS.contains(&s.factor.as_str()) {
            bad.push(wrong("factor", "error-not-a-choice"));
        }
        if !s.responsible.is_empty() && !RESPONSIBLE.contains(&s.responsible.as_str()) {
            bad.push(wrong("responsible", "error-not-a-choice"));
        }
        match s.cause {
            Some(id) => {
                let sql = "SELECT factor, responsible FROM service_cause WHERE id = $1 AND archived_at IS NULL";
                match self.tx.one(sql, binds![id]).await? {
                    None => bad.push(wrong("cause_id", "error-not-a-record")),
                    // What the cause says stands unless somebody says otherwise.
                    Some(row) => {
                        if s.factor.is_empty() {
                            s.factor = row.opt_text(0)?.unwrap_or_default();
                        }
                        if s.responsible.is_empty() {
                            s.responsible = row.opt_text(1)?.unwrap_or_default();
                        }
                    }
                }
            }
            None if s.done && complaint => bad.push(wrong("cause_id", "error-case-cause")),
            None => {}
        }
        for (field, id, table) in [
            ("responsible_party_id", s.party, "party_party"),
            ("responsible_user_id", s.user, "identity_user"),
        ] {
            let Some(id) = id else { continue };
            let sql = format!("SELECT count(*) FROM {table} WHERE id = $1 AND archived_at IS NULL");
            if self.tx.number(&sql, binds![id]).await? == 0 {
                bad.push(wrong(field, "error-not-a-record"));
            }
        }
        if bad.is_empty() {
            Ok(())
        } else {
            Err(Error::fields(bad))
        }
    }

    /// Keeps the solution; when it is complete and within the authority of who says so, the case goes on.
    pub(crate) async fn solve(&mut self, mut s: Solution) -> Result<()> {
        self.at(Act::Solve)?;
        self.check(&mut s).await?;
        self.taken_by_me().await?;
        grant::plan(self, &s.remedies).await?;
        let text = s.text.trim();
        let of = |t: &str| Some(t.to_owned()).filter(|t| !t.is_empty());
        let sql = "UPDATE service_round SET solution = $1, cause_id = $2, factor = $3, responsible = $4, responsible_party_id = $5, \
                   responsible_user_id = $6 WHERE case_id = $7 AND number = $8";
        let binds = binds![
            of(text),
            s.cause,
            of(&s.factor),
            of(&s.responsible),
            s.party,
            s.user,
            self.case.id,
            self.round()
        ];
        self.tx.exec(sql, binds).await?;
        let changes = Values::from([
            ("cause_id".to_owned(), s.cause.into()),
            ("factor".to_owned(), of(&s.factor).into()),
            ("responsible".to_owned(), of(&s.responsible).into()),
            ("responsible_party_id".to_owned(), s.party.into()),
            ("responsible_user_id".to_owned(), s.user.into()),
            ("solution".to_owned(), of(text).into()),
        ]);
        self.set("drafted", changes, None).await?;
        if !s.done {
            return Ok(());
        }
        if grant::within(self).await? {
            self.solved().await
        } else {
            grant::ask(self).await
        }
    }

    /// The solution stands: its remedies are granted, and the case goes on.
    pub(crate) async fn solved(&mut self) -> Result<()> {
        let by = self.case.int("handler_id").or(self.tx.user);
        let sql = "UPDATE service_granted SET state = 'granted', user_id = COALESCE(user_id, $1), at = $2 WHERE case_id = $3 AND round = $4 AND state = 'planned'";
        self.tx
            .exec(sql, binds![self.tx.user, self.tx.at.0, self.case.id, self.round()])
            .await?;
        let sql = "UPDATE service_round SET solved_at = $1, solved_by = $2 WHERE case_id = $3 AND number = $4";
        self.tx
            .exec(sql, binds![self.tx.at.0, by, self.case.id, self.round()])
            .await?;
        let place = self.done(None, None).await?;
        let cost = self.cost().await?;
        self.set("solved", Values::from([("cost".to_owned(), cost)]), None)
            .await?;
        self.go(Some(place)).await
    }

    /// What the case has cost: working time at the house's rate, and remedies.
    pub(crate) async fn cost(&self) -> Result<Value> {
        let rate = crate::hours::settings(self.tx).await?.rate;
        let minutes = self.case.int("minutes").unwrap_or(0);
        let time = zhike_kernel::money::mul_div(minutes, rate, 60).unwrap_or(0);
        let sql = "SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM service_granted WHERE case_id = $1 AND state = 'granted'";
        let granted = self.tx.number(sql, binds![self.case.id]).await?;
        Ok(time.saturating_add(granted).into())
    }

    /// Somebody worked on it for so long.
    pub(crate) async fn worked(&mut self, minutes: i64, note: Option<String>) -> Result<()> {
        if !(1..=1_440).contains(&minutes) {
            return Err(Error::field("minutes", "error-case-minutes"));
        }
        let sql = "INSERT INTO service_time (case_id, user_id, minutes, note, at) VALUES ($1,$2,$3,$4,$5)";
        self.tx
            .exec(
                sql,
                binds![self.case.id, self.tx.user, minutes, note.clone(), self.tx.at.0],
            )
            .await?;
        let sum = self.case.int("minutes").unwrap_or(0) + minutes;
        self.case.values.insert("minutes".into(), sum.into());
        let cost = self.cost().await?;
        // Set anew below, so that the event tells both.
        self.case.values.insert("minutes".into(), (sum - minutes).into());
        let changes = Values::from([("minutes".to_owned(), sum.into()), ("cost".to_owned(), cost)]);
        self.set("worked", changes, note).await
    }
}
