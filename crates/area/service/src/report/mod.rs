//! Cases of a period in figures: how many, by what, how long, how late, how many rounds, what customers said, what it cost, what
//! was promised and kept, what was beyond people's authority, and who bought again.

mod count;
mod page;

pub(crate) use page::{ppm, routes};

use count::Line;
pub(crate) use count::{Sum, median};
use std::collections::BTreeMap;
use zhike_kernel::{Date, Error, Result, Stamp};
use zhike_store::{Ctx, Query, filter_sql::Sql};
use zhike_web::Fields;

/// Most cases that are counted in one go.
const MOST: i64 = 200_000;
/// Days within which buying again counts.
pub(crate) const AGAIN: i64 = 60;

/// By what cases are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    Factor,
    Cause,
    Product,
    Responsible,
    Handler,
    Kind,
    Process,
    Month,
}

impl By {
    pub(crate) const ALL: [By; 8] = [
        By::Factor,
        By::Cause,
        By::Product,
        By::Responsible,
        By::Handler,
        By::Kind,
        By::Process,
        By::Month,
    ];
    pub(crate) fn word(self) -> &'static str {
        match self {
            By::Factor => "factor",
            By::Cause => "cause",
            By::Product => "product",
            By::Responsible => "responsible",
            By::Handler => "handler",
            By::Kind => "kind",
            By::Process => "process",
            By::Month => "month",
        }
    }
    /// The field of a case.
    pub(crate) fn field(self) -> &'static str {
        match self {
            By::Factor => "factor",
            By::Cause => "cause_id",
            By::Product => "product_id",
            By::Responsible => "responsible",
            By::Handler => "handler_id",
            By::Kind => "kind",
            By::Process => "process_id",
            By::Month => "opened_on",
        }
    }
    fn column(self) -> &'static str {
        match self {
            By::Factor => "COALESCE(t.factor, '')",
            By::Cause => "COALESCE(CAST(t.cause_id AS TEXT), '')",
            By::Product => "COALESCE(CAST(t.product_id AS TEXT), '')",
            By::Responsible => "COALESCE(t.responsible, '')",
            By::Handler => "COALESCE(CAST(t.handler_id AS TEXT), '')",
            By::Kind => "t.kind",
            By::Process => "COALESCE(CAST(t.process_id AS TEXT), '')",
            By::Month => "substr(t.opened_on, 1, 7)",
        }
    }
}

/// The question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub from: Date,
    pub to: Date,
    pub kind: String,
    pub by: By,
}

impl Asked {
    pub(crate) fn read(ctx: &Ctx, q: &Fields) -> Result<Asked> {
        let today = ctx.today();
        let day = |name: &str| {
            let text = q.filled(name);
            text.map(|t| zhike_store::field::parse_date(t).ok_or_else(|| Error::field(name, "error-not-a-date")))
                .transpose()
        };
        let to = day("to")?.unwrap_or(today);
        let year = jiff::Span::new().days(364);
        let from = day("from")?.unwrap_or(to.checked_sub(year).unwrap_or(to));
        let kind = q.filled("kind").unwrap_or("complaint").to_owned();
        if kind != "all" && !crate::types::KINDS.contains(&kind.as_str()) {
            return Err(Error::field("kind", "error-not-a-choice"));
        }
        let word = q.get("by").unwrap_or("factor");
        Ok(Asked {
            from: from.min(to),
            to: to.max(from),
            kind,
            by: By::ALL.into_iter().find(|b| b.word() == word).unwrap_or(By::Factor),
        })
    }
    /// Adds the cases of the period that the actor sees.
    pub(crate) fn cases(&self, ctx: &Ctx, sql: &mut Sql) -> Result<()> {
        let ty = ctx.registry().get("case")?.clone();
        let (a, b) = (sql.bind(self.from.to_string()), sql.bind(self.to.to_string()));
        sql.text.push_str(&format!(
            " t.archived_at IS NULL AND t.opened_on >= {a} AND t.opened_on <= {b} AND "
        ));
        if self.kind != "all" {
            let kind = sql.bind(self.kind.as_str());
            sql.text.push_str(&format!("t.kind = {kind} AND "));
        }
        sql.scope(ctx.registry(), &ty, "t", &ctx.actor)
    }
}

/// All that the page shows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Report {
    pub all: Sum,
    pub groups: Vec<(String, Sum)>,
    pub months: Vec<(String, i64, i64)>,
    pub promises: (i64, i64, i64),
    pub withheld: Vec<(String, i64, i64, Option<i64>)>,
}

/// Counts.
pub(crate) async fn make(ctx: &Ctx, ask: &Asked) -> Result<Report> {
    let calendar = crate::hours::calendar(ctx, ctx.db()).await?;
    let mut sql = Sql::new(ctx.db().dialect());
    sql.text = format!(
        "SELECT t.id, {}, t.status, t.party_id, t.round, t.verdict, t.created_at, t.closed_at, t.cost, t.minutes, t.opened_on, \
         (SELECT count(*) FROM service_step s WHERE s.case_id = t.id AND s.due_at IS NOT NULL AND (s.ended_at > s.due_at OR (s.ended_at IS NULL AND s.alarmed_at IS NOT NULL))) \
         FROM service_case t WHERE",
        ask.by.column()
    );
    ask.cases(ctx, &mut sql)?;
    sql.text.push_str(&format!(" ORDER BY t.id LIMIT {MOST}"));
    let brought = crate::case::sale::by_case(ctx).await?;
    let mut lines = vec![];
    for r in ctx.db().all(&sql.text, sql.binds).await? {
        let (made, closed) = (Stamp(r.int(6)?), r.opt_int(7)?.map(Stamp));
        lines.push(Line {
            group: r.text(1)?,
            status: r.text(2)?,
            party: r.opt_int(3)?,
            rounds: r.opt_int(4)?.unwrap_or(1),
            minutes: closed.map(|c| calendar.between(made, c)),
            closed: closed.map(|c| c.date(&ctx.house.zone)),
            cost: r.opt_int(8)?.unwrap_or(0),
            revenue: brought.get(&r.int(0)?).copied().unwrap_or(0),
            worked: r.opt_int(9)?.unwrap_or(0),
            month: r.text(10)?.chars().take(7).collect(),
            late: r.int(11)? > 0,
            again: None,
        });
    }
    bought_again(ctx, &mut lines).await?;
    let mut groups: BTreeMap<String, Vec<&Line>> = BTreeMap::new();
    let mut months: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for line in &lines {
        groups.entry(line.group.clone()).or_default().push(line);
        let m = months.entry(line.month.clone()).or_default();
        m.0 += 1;
        m.1 += i64::from(line.late);
    }
    let mut groups: Vec<(String, Sum)> = groups.into_iter().map(|(k, all)| (k, Sum::of(&all))).collect();
    if ask.by != By::Month {
        groups.sort_by(|a, b| b.1.n.cmp(&a.1.n).then(a.0.cmp(&b.0)));
    }
    Ok(Report {
        all: Sum::of(&lines.iter().collect::<Vec<_>>()),
        groups,
        months: months.into_iter().map(|(m, (n, late))| (m, n, late)).collect(),
        promises: promises(ctx, ask).await?,
        withheld: withheld(ctx, ask).await?,
    })
}

/// Did the customer order again within so many days after the end?
async fn bought_again(ctx: &Ctx, lines: &mut [Line]) -> Result<()> {
    let mut parties: Vec<i64> = lines
        .iter()
        .filter(|l| l.closed.is_some())
        .filter_map(|l| l.party)
        .collect();
    parties.sort_unstable();
    parties.dedup();
    let mut days: BTreeMap<i64, Vec<Date>> = BTreeMap::new();
    for chunk in parties.chunks(500) {
        let ids: Vec<String> = chunk.iter().map(i64::to_string).collect();
        let sql = format!(
            "SELECT party_id, ordered_on FROM order_order WHERE kind = 'sale' AND status NOT IN ('draft','cancelled') AND archived_at IS NULL AND party_id IN ({})",
            ids.join(",")
        );
        for r in ctx.db().all(&sql, vec![]).await? {
            if let Ok(day) = r.text(1)?.parse() {
                days.entry(r.int(0)?).or_default().push(day);
            }
        }
    }
    let today = ctx.today();
    for line in lines {
        let (Some(party), Some(closed)) = (line.party, line.closed) else {
            continue;
        };
        let Ok(last) = closed.checked_add(jiff::Span::new().days(AGAIN)) else {
            continue;
        };
        let found = days
            .get(&party)
            .is_some_and(|all| all.iter().any(|d| *d > closed && *d <= last));
        // Who has not ordered yet may still do so while the days run.
        line.again = (found || last <= today).then_some(found);
    }
    Ok(())
}

/// Promises of these cases: kept, broken, still open.
async fn promises(ctx: &Ctx, ask: &Asked) -> Result<(i64, i64, i64)> {
    let mut sql = Sql::new(ctx.db().dialect());
    sql.text = "SELECT p.state, count(*) FROM service_promise p JOIN service_case t ON t.id = p.case_id WHERE".into();
    ask.cases(ctx, &mut sql)?;
    sql.text.push_str(" GROUP BY p.state");
    let mut out = (0, 0, 0);
    for r in ctx.db().all(&sql.text, sql.binds).await? {
        match r.text(0)?.as_str() {
            "kept" => out.0 = r.int(1)?,
            "broken" => out.1 = r.int(1)?,
            "open" => out.2 = r.int(1)?,
            _ => {}
        }
    }
    Ok(out)
}

/// What was beyond somebody's authority when everybody whom an incident hit was to be compensated: role, and by how much.
async fn at_incidents(ctx: &Ctx, ask: &Asked) -> Result<Vec<(String, i64)>> {
    if ask.kind != "all" && ask.kind != "complaint" {
        return Ok(vec![]);
    }
    let zone = &ctx.house.zone;
    let until = ask.to.tomorrow().unwrap_or(ask.to);
    let (from, until) = (Stamp::start_of(ask.from, zone), Stamp::start_of(until, zone));
    let mut sql = Sql::new(ctx.db().dialect());
    let (a, b) = (sql.bind(from.0), sql.bind(until.0));
    sql.text = format!("SELECT role, beyond FROM service_incident_beyond WHERE asked_at >= {a} AND asked_at < {b}");
    if let Some(owners) = ctx.actor.owners() {
        if owners.is_empty() {
            return Ok(vec![]);
        }
        let among: Vec<String> = owners.into_iter().map(|id| sql.bind(id)).collect();
        sql.text.push_str(&format!(" AND asked_by IN ({})", among.join(",")));
    }
    let rows = ctx.db().all(&sql.text, sql.binds).await?;
    rows.iter().map(|r| Ok((r.text(0)?, r.int(1)?))).collect()
}

/// How often it was "not within my authority", by role: times, what was asked for beyond it, and the limit per case under
/// which four of five of what was approved would have needed nobody.
async fn withheld(ctx: &Ctx, ask: &Asked) -> Result<Vec<(String, i64, i64, Option<i64>)>> {
    let mut sql = Sql::new(ctx.db().dialect());
    sql.text = "SELECT r.role, r.total, r.beyond, r.state FROM service_request r JOIN service_case t ON t.id = r.case_id WHERE".into();
    ask.cases(ctx, &mut sql)?;
    sql.text.push_str(" ORDER BY r.id");
    let mut roles: BTreeMap<String, (i64, i64, Vec<i64>)> = BTreeMap::new();
    for r in ctx.db().all(&sql.text, sql.binds).await? {
        let of = roles.entry(r.text(0)?).or_default();
        of.0 += 1;
        of.1 = of.1.saturating_add(r.int(2)?);
        if r.text(3)? == "approved" {
            of.2.push(r.int(1)?);
        }
    }
    for (role, beyond) in at_incidents(ctx, ask).await? {
        let of = roles.entry(role).or_default();
        of.0 += 1;
        of.1 = of.1.saturating_add(beyond);
    }
    Ok(roles
        .into_iter()
        .map(|(role, (n, beyond, agreed))| (role, n, beyond, count::better_limit(agreed)))
        .collect())
}
