//! A lead becomes customer, contact and deal: all or nothing, and taken back as long as nothing was built on it.

use super::hooks::{int, text};
use zhike_kernel::{Error, Filter, Result, Value, Values};
use zhike_store::{Ctx, Event, List, Query, Record, Tx, binds, list, read, undo, write};

/// Whom to take: a new one, or one that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whom {
    /// A new one from what the lead says.
    New,
    /// One that is there.
    Old(i64),
}

/// What is asked.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    /// Version of the lead.
    pub version: i64,
    /// The customer.
    pub party: Whom,
    /// The person there; nobody for a lead without a company.
    pub contact: Option<Whom>,
    /// The deal's name and pipeline, if one is wanted.
    pub deal: Option<(String, Option<i64>)>,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Done {
    /// The customer.
    pub party: i64,
    /// The person.
    pub contact: Option<i64>,
    /// The deal.
    pub deal: Option<i64>,
    /// The lead's new version.
    pub version: i64,
}

fn take(out: &mut Values, lead: &Values, pairs: &[(&str, &str)]) {
    for (from, to) in pairs {
        if let Some(value) = lead.get(*from).filter(|v| !v.is_empty()) {
            out.insert((*to).to_owned(), value.clone());
        }
    }
}

/// The customer that a lead describes: its company, or the person where there is none.
pub(crate) fn new_party(lead: &Values) -> Values {
    let mut out = Values::new();
    take(
        &mut out,
        lead,
        &[
            ("region", "region"),
            ("city", "city"),
            ("source", "source"),
            ("owner_id", "owner_id"),
        ],
    );
    out.insert("roles".into(), "prospect".into());
    if text(lead, "company").is_empty() {
        out.insert("kind".into(), "person".into());
        let person = [
            ("name", "name"),
            ("name_latin", "name_latin"),
            ("phone", "phone"),
            ("email", "email"),
            ("job_title", "job_title"),
        ];
        take(&mut out, lead, &person);
    } else {
        out.insert("kind".into(), "organisation".into());
        take(&mut out, lead, &[("company", "name"), ("company_latin", "name_latin")]);
    }
    out
}

/// The person that a lead names.
pub(crate) fn new_contact(lead: &Values) -> Values {
    let mut out = Values::new();
    out.insert("kind".into(), "person".into());
    take(
        &mut out,
        lead,
        &[
            ("name", "name"),
            ("name_latin", "name_latin"),
            ("phone", "phone"),
            ("email", "email"),
            ("job_title", "job_title"),
            ("city", "city"),
            ("owner_id", "owner_id"),
        ],
    );
    out
}

/// The name that a deal gets unless somebody says otherwise.
pub(crate) fn deal_name(lead: &Values) -> String {
    let whose = match text(lead, "company") {
        "" => text(lead, "name"),
        company => company,
    };
    match text(lead, "interest") {
        "" => whose.to_owned(),
        interest => format!("{whose} · {interest}"),
    }
}

async fn party(ctx: &Ctx, tx: &Tx, whom: Whom, fresh: Values, field: &str) -> Result<i64> {
    let ty = ctx.registry().get("party")?.clone();
    match whom {
        Whom::New => write::create(ctx, tx, &ty, fresh).await,
        Whom::Old(id) => {
            let found = read::find(ctx, tx, &ty, id).await?.filter(|p| p.archived_at.is_none());
            found
                .map(|p| p.id)
                .ok_or_else(|| Error::field(field, "error-not-a-record"))
        }
    }
}

/// Ties a person to a company, unless that is known.
async fn employ(ctx: &Ctx, tx: &Tx, company: i64, person: i64, title: &Value) -> Result<()> {
    let ty = ctx.registry().get("relation")?.clone();
    let known = List {
        filter: Filter::All(vec![
            Filter::is("from_id", company),
            Filter::is("to_id", person),
            Filter::is("kind", "employs"),
        ]),
        ..List::of(&ty)
    };
    if list::count(ctx, tx, &ty, &known, 1).await? > 0 {
        return Ok(());
    }
    let mut values = Values::new();
    values.insert("from_id".into(), company.into());
    values.insert("to_id".into(), person.into());
    values.insert("kind".into(), "employs".into());
    values.insert("title".into(), title.clone());
    write::create(ctx, tx, &ty, values).await.map(|_| ())
}

/// Converts.
pub(crate) async fn convert(ctx: &Ctx, id: i64, ask: &Ask) -> Result<Done> {
    let ty = ctx.registry().get("lead")?.clone();
    for permission in ["lead.edit", "party.create"] {
        ctx.require(permission)?;
    }
    let mut tx = ctx.begin().await?;
    let mut lead = read::need(ctx, &tx, &ty, id).await?;
    if lead.version != ask.version {
        return Err(Error::stale());
    }
    if matches!(lead.text("status"), "converted" | "rejected") {
        return Err(Error::refused("error-lead-closed"));
    }
    let owner = lead.int("owner_id").or(ctx.actor.user);
    lead.values.insert("owner_id".into(), owner.into());
    let was = read::need(ctx, &tx, &ty, id).await?;
    tx.open_batch("conversion", lead.text("number")).await?;
    let company = party(ctx, &tx, ask.party, new_party(&lead.values), "party").await?;
    let contact = match ask.contact.filter(|_| !lead.text("company").is_empty()) {
        None => None,
        Some(whom) => {
            let person = party(ctx, &tx, whom, new_contact(&lead.values), "contact").await?;
            if person == company {
                return Err(Error::field("contact", "error-lead-same"));
            }
            employ(ctx, &tx, company, person, lead.get("job_title")).await?;
            Some(person)
        }
    };
    let deal = match &ask.deal {
        None => None,
        Some((name, pipeline)) => Some(open_deal(ctx, &tx, &lead, name, *pipeline, company).await?),
    };
    if let (Some(deal), Some(person)) = (deal, contact) {
        let ty = ctx.registry().get("deal_person")?.clone();
        let values = Values::from([
            ("deal_id".to_owned(), deal.into()),
            ("party_id".to_owned(), person.into()),
        ]);
        write::create(ctx, &tx, &ty, values).await?;
    }
    let mut changes = Values::new();
    changes.insert("status".into(), "converted".into());
    changes.insert("owner_id".into(), owner.into());
    changes.insert("party_id".into(), company.into());
    changes.insert("contact_id".into(), contact.into());
    changes.insert("deal_id".into(), deal.into());
    changes.insert("converted_on".into(), ctx.today().into());
    let version = write::update_from(ctx, &tx, &ty, was, ask.version, changes).await?;
    tx.batch = None;
    tell(ctx, &tx, "lead.converted.v1", id, Some(company), lead.text("number")).await?;
    // What happened to the lead belongs to the customer's history from now on.
    tx.exec(
        "UPDATE event SET party_id = $1 WHERE record_type = 'lead' AND record_id = $2",
        binds![company, id],
    )
    .await?;
    tx.commit().await?;
    Ok(Done {
        party: company,
        contact,
        deal,
        version,
    })
}

async fn open_deal(ctx: &Ctx, tx: &Tx, lead: &Record, name: &str, pipeline: Option<i64>, party: i64) -> Result<i64> {
    let ty = ctx.registry().get("deal")?.clone();
    let mut values = Values::new();
    let name = if name.trim().is_empty() {
        deal_name(&lead.values)
    } else {
        name.trim().to_owned()
    };
    values.insert("name".into(), name.into());
    values.insert("party_id".into(), party.into());
    values.insert("pipeline_id".into(), pipeline.into());
    take(
        &mut values,
        &lead.values,
        &[
            ("owner_id", "owner_id"),
            ("product_id", "product_id"),
            ("source", "source"),
            ("message", "note"),
        ],
    );
    write::create(ctx, tx, &ty, values).await
}

async fn tell(ctx: &Ctx, tx: &Tx, kind: &str, lead: i64, party: Option<i64>, note: &str) -> Result<()> {
    let event = Event {
        kind: kind.to_owned(),
        record_type: "lead",
        record: lead,
        party,
        note: Some(note.to_owned()),
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await.map(|_| ())
}

/// Takes a conversion back: what it made is taken out, unless somebody has built on it since.
pub(crate) async fn unconvert(ctx: &Ctx, id: i64, version: i64) -> Result<()> {
    let ty = ctx.registry().get("lead")?.clone();
    ctx.require("lead.edit")?;
    let tx = ctx.begin().await?;
    let lead = read::need(ctx, &tx, &ty, id).await?;
    if lead.version != version {
        return Err(Error::stale());
    }
    if lead.text("status") != "converted" || int(&lead.values, "party_id").is_none() {
        return Err(Error::refused("error-lead-not-converted"));
    }
    let batch = tx
        .number(
            "SELECT COALESCE(max(e.batch_id), 0) FROM event e JOIN event_batch b ON b.id = e.batch_id \
             WHERE e.record_type = 'lead' AND e.record_id = $1 AND b.kind = 'conversion' AND b.undone_at IS NULL",
            binds![id],
        )
        .await?;
    if batch == 0 {
        return Err(Error::refused("error-lead-not-converted"));
    }
    let (undone, more) = undo::batch(ctx, &tx, batch, None, 200, true).await?;
    if undone.kept > 0 || more.is_some() {
        return Err(Error::refused("error-lead-built-on"));
    }
    tx.exec(
        "UPDATE event_batch SET undone_at = $1 WHERE id = $2",
        binds![tx.at.0, batch],
    )
    .await?;
    tell(ctx, &tx, "lead.conversion_undone.v1", id, None, lead.text("number")).await?;
    tx.exec(
        "UPDATE event SET party_id = NULL WHERE record_type = 'lead' AND record_id = $1",
        binds![id],
    )
    .await?;
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lead(pairs: &[(&str, &str)]) -> Values {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), Value::from(*v))).collect()
    }

    #[test]
    fn a_company_becomes_an_organisation_and_its_person_a_contact() {
        let v = lead(&[
            ("name", "李伟"),
            ("company", "青禾乳业"),
            ("phone", "13900010001"),
            ("interest", "流量计"),
        ]);
        let party = new_party(&v);
        assert_eq!(text(&party, "kind"), "organisation");
        assert_eq!(text(&party, "name"), "青禾乳业");
        assert_eq!(text(&party, "phone"), "");
        assert_eq!(text(&new_contact(&v), "phone"), "13900010001");
        assert_eq!(deal_name(&v), "青禾乳业 · 流量计");
    }

    #[test]
    fn somebody_without_a_company_is_the_customer() {
        let v = lead(&[("name", "李伟"), ("phone", "13900010001")]);
        let party = new_party(&v);
        assert_eq!(text(&party, "kind"), "person");
        assert_eq!(text(&party, "phone"), "13900010001");
        assert_eq!(deal_name(&v), "李伟");
    }
}
