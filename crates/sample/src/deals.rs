//! Deals of the last eighteen months and how they moved through the pipeline.

use jiff::ToSpan;

use crate::calendar::{Calendar, days_between, month_mark, plus};
use crate::catalogue::{LOST, WON};
use crate::latent::Latent;
use crate::model::{Category, Party, Relation, RelationKind, Text};
use crate::money::{Deal, Move};
use crate::parties::{competitors, prospects};
use crate::rng::{Rng, whole};
use crate::words::INDUSTRIES;

const STREAM_DEAL: u64 = 60;

/// Deals per customer in the list; about 900 for the usual company.
const PER_MILLE: usize = 701;
/// Median days in each open stage.
const DAYS: [f64; 5] = [12.0, 20.0, 29.0, 25.0, 14.0];
/// Chance in percent to move on from each open stage rather than being lost.
const ON: [u64; 5] = [72, 76, 76, 80, 94];

const REASONS: [&str; 6] = ["price", "rival", "delivery", "slow_quote", "postponed", "no_budget"];

const STEPS: [&[(&str, &str)]; 5] = [
    &[
        ("电话初访", "First call"),
        ("发选型手册", "Send the selection guide"),
        ("请客户定联系时段", "Ask for contact hours"),
    ],
    &[
        ("现场勘查", "Site survey"),
        ("补齐需求表", "Complete the needs sheet"),
        ("确认管径与介质", "Confirm pipe size and medium"),
    ],
    &[
        ("发最终报价", "Send the final quote"),
        ("讲解方案", "Present the proposal"),
        ("确认交期", "Confirm the delivery date"),
    ],
    &[
        ("谈付款条件", "Agree on payment terms"),
        ("请主管批折扣", "Ask for approval of the discount"),
        ("确认返利", "Confirm the rebate"),
    ],
    &[
        ("合同盖章", "Have the contract signed"),
        ("收预付款", "Collect the down payment"),
    ],
];

const PROJECTS: &[(&str, &str)] = &[
    ("改造", "retrofit"),
    ("新线配套", "for the new line"),
    ("年度框架", "yearly frame"),
    ("更换", "replacement"),
    ("扩建项目", "for the extension"),
    ("试点", "pilot"),
];

/// Draws the deals, sorted by opening date and numbered.
pub(crate) fn deals(
    seed: u64,
    calendar: &Calendar,
    latents: &[Latent],
    parties: &[Party],
    relations: &[Relation],
    categories: &[Category],
) -> Vec<Deal> {
    let mut contact: Vec<Option<usize>> = vec![None; parties.len()];
    for r in relations.iter().filter(|r| r.kind == RelationKind::Employs) {
        if contact[r.from].is_none() || r.decision_maker {
            contact[r.from] = Some(r.to);
        }
    }
    let customers = latents.len();
    let rivals: Vec<usize> = competitors(customers).collect();
    let prospects: Vec<usize> = prospects(customers).collect();
    let start = calendar.end.saturating_sub(18.months());
    let span = days_between(start, calendar.end);
    let count = customers * PER_MILLE / 1000;
    let mut list: Vec<Deal> = (0..count)
        .map(|i| {
            let mut rng = Rng::keyed(seed, STREAM_DEAL, i as u64);
            // Prospects are a third of the deals, and larger customers come more often: best of two.
            let party = if rng.percent(30) {
                *rng.pick(&prospects)
            } else {
                let (a, b) = (rng.index(customers), rng.index(customers));
                if latents[a].size >= latents[b].size { a } else { b }
            };
            let of = &parties[party];
            let opened = plus(start, rng.between(0, span)).max(of.created_on);
            let taste = INDUSTRIES
                .iter()
                .find(|x| x.code == of.industry)
                .map_or([1; 8], |x| x.taste);
            let category = rng.weighted(&taste);
            let size = latents.get(party).map_or(2.0, |l| l.size);
            let amount_minor = whole(32_000.0 * size.powf(0.55) * rng.lognormal(0.8) / 1000.0).max(2) * 100_000;
            let mut deal = Deal {
                number: String::new(),
                title: title(&mut rng, of, &categories[category]),
                party,
                contact: contact[party].filter(|c| parties[*c].created_on <= opened),
                owner: of.owner,
                pipeline: 0,
                stage: 0,
                moves: vec![Move { stage: 0, on: opened }],
                amount_minor,
                category,
                created_on: opened,
                expected_close: plus(opened, whole(95.0 * rng.lognormal(0.35))),
                closed_on: None,
                next_step: None,
                lost_reason: None,
                competitor: (rng.percent(38)).then(|| *rng.pick(&rivals)),
            };
            run(&mut rng, calendar, &mut deal);
            deal
        })
        .collect();
    list.sort_by_key(|d| (d.created_on, d.party, d.amount_minor));
    let mut numbers = std::collections::BTreeMap::<String, u32>::new();
    for d in &mut list {
        let month = month_mark(d.created_on);
        let n = numbers.entry(month.clone()).or_insert(0);
        *n += 1;
        d.number = format!("OP-{month}-{n:03}");
    }
    list
}

fn title(rng: &mut Rng, of: &Party, category: &Category) -> Text {
    let (zh, en) = rng.pick(PROJECTS);
    let brand = of.name_latin.replace(" Co., Ltd.", "");
    Text::new(
        format!("{}{zh}", category.name.zh),
        format!("{} {en}, {brand}", category.name.en),
    )
}

/// Moves a deal from stage to stage until it is closed or the history ends.
fn run(rng: &mut Rng, calendar: &Calendar, deal: &mut Deal) {
    let mut day = deal.created_on;
    loop {
        let on = rng.percent(ON[deal.stage]);
        // Lost deals are given up late, except at once in the first stage.
        let slow = if on || deal.stage == 0 { 1.0 } else { 1.4 };
        let stay = whole(DAYS[deal.stage] * slow * rng.lognormal(0.6)).max(1);
        day = plus(day, stay);
        if day > calendar.end {
            let (zh, en) = rng.pick(STEPS[deal.stage]);
            // Some steps are overdue, as in real life.
            deal.next_step = Some((Text::new(*zh, *en), plus(calendar.end, rng.between(-6, 21))));
            deal.expected_close = deal.expected_close.max(plus(calendar.end, rng.between(-5, 60)));
            return;
        }
        deal.stage = match (on, deal.stage) {
            (false, _) => LOST,
            (true, 4) => WON,
            (true, s) => s + 1,
        };
        deal.moves.push(Move {
            stage: deal.stage,
            on: day,
        });
        if deal.stage == WON || deal.stage == LOST {
            deal.closed_on = Some(day);
            if deal.stage == LOST {
                let weights = if deal.competitor.is_some() {
                    [34, 30, 10, 16, 6, 4]
                } else {
                    [24, 0, 14, 18, 26, 18]
                };
                deal.lost_reason = Some(REASONS[rng.weighted(&weights)]);
            }
            return;
        }
    }
}
