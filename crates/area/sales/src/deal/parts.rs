//! What hangs on a deal and is written in its tabs (people, competitors): added with a small form, taken off by a button.

use zhike_store::write;
use zhike_web::{Answer, Fields, Visit, answer};

/// A kind of thing that hangs on a deal.
#[derive(Clone, Copy)]
pub(crate) struct Parts {
    /// Its record type.
    pub name: &'static str,
    /// Fields of the form.
    pub fields: &'static [&'static str],
    /// The tab that shows them.
    pub tab: &'static str,
}

impl Parts {
    /// Back to the tab of a deal.
    pub(crate) fn back(&self, visit: &Visit, deal: i64) -> Answer {
        answer::go(visit, &format!("/deals/{deal}/{}", self.tab))
    }

    /// Adds what the form says.
    pub(crate) async fn add(&self, visit: Visit, deal: i64, f: Fields) -> Answer {
        let ty = visit.registry().get(self.name)?.clone();
        let input: Vec<(String, String)> = self
            .fields
            .iter()
            .map(|n| ((*n).to_owned(), f.get(n).unwrap_or("").to_owned()))
            .collect();
        let mut values = write::read_input(&visit.ctx, &ty, None, &input)?;
        values.insert("deal_id".into(), deal.into());
        let tx = visit.ctx.begin().await?;
        write::create(&visit.ctx, &tx, &ty, values).await?;
        tx.commit().await?;
        self.back(&visit, deal)
    }

    /// Takes one off.
    pub(crate) async fn remove(&self, visit: Visit, deal: i64, part: i64, f: Fields) -> Answer {
        let ty = visit.registry().get(self.name)?.clone();
        let tx = visit.ctx.begin().await?;
        write::archive(&visit.ctx, &tx, &ty, part, f.need_int("version")?, true).await?;
        tx.commit().await?;
        self.back(&visit, deal)
    }
}
