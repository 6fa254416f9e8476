//! Leads, forms, rules, indicators, pools of the made-up manufacturer: as many as a sales team has in four months.

use super::{
    Progress,
    lead_setup::{forms, sellers, setup, small},
    load,
    sample::{Ids, at, born},
};
use anyhow::Result;
use jiff::ToSpan;
use zhike_kernel::{Date, Stamp, Value, Values};
use zhike_sample::{Company, PartyRole};
use zhike_store::{Ctx, Query, binds, read, write};

const SURNAMES: [(&str, &str); 12] = [
    ("王", "Wang"),
    ("李", "Li"),
    ("张", "Zhang"),
    ("刘", "Liu"),
    ("陈", "Chen"),
    ("杨", "Yang"),
    ("赵", "Zhao"),
    ("黄", "Huang"),
    ("周", "Zhou"),
    ("吴", "Wu"),
    ("徐", "Xu"),
    ("孙", "Sun"),
];
const GIVEN: [(&str, &str); 10] = [
    ("伟", "Wei"),
    ("芳", "Fang"),
    ("敏", "Min"),
    ("静", "Jing"),
    ("磊", "Lei"),
    ("洋", "Yang"),
    ("艳", "Yan"),
    ("勇", "Yong"),
    ("娜", "Na"),
    ("涛", "Tao"),
];
const PLACES: [(&str, &str, &str); 8] = [
    ("苏州", "Suzhou", "华东"),
    ("杭州", "Hangzhou", "华东"),
    ("佛山", "Foshan", "华南"),
    ("成都", "Chengdu", "西南"),
    ("青岛", "Qingdao", "华北"),
    ("武汉", "Wuhan", "华中"),
    ("沈阳", "Shenyang", "东北"),
    ("西安", "Xi’an", "西北"),
];
const TRADES: [(&str, &str); 8] = [
    ("乳业", "Dairy"),
    ("印染", "Dyeing"),
    ("化工", "Chemicals"),
    ("水务", "Waterworks"),
    ("食品", "Foods"),
    ("造纸", "Paper"),
    ("制药", "Pharma"),
    ("热力", "Heating"),
];
const WORDS: [&str; 8] = ["清河", "明湖", "东岭", "云台", "新港", "长桥", "海澄", "北辰"];
const LATIN: [&str; 8] = [
    "Clear River",
    "Bright Lake",
    "East Ridge",
    "Cloud Terrace",
    "New Harbour",
    "Long Bridge",
    "Sea Clear",
    "North Star",
];
const WANTS: [(&str, &str); 6] = [
    (
        "电磁流量计",
        "需要十二台电磁流量计，管径 DN80，介质是循环水，月底前请报价。",
    ),
    ("压力变送器", "请发一份压力变送器的选型手册。"),
    ("液位计", "储罐改造，要防爆型液位计，请工程师来现场看看。"),
    ("校准服务", "每年两次现场校准，怎么收费？"),
    ("温度传感器", ""),
    ("调节阀", "原来的供应商交期太长，想换一家，先试用两台调节阀。"),
];
const SOURCES: [&str; 6] = ["web", "fair", "web", "referral", "call", "partner"];

/// The same number for the same place, spread.
fn mix(i: usize, salt: usize) -> usize {
    let x = (i as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (salt as u64).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    ((x ^ (x >> 29)).wrapping_mul(0x94D0_49BB_1331_11EB) >> 33) as usize
}

fn one<T: Copy>(all: &[T], i: usize, salt: usize) -> Option<T> {
    all.get(mix(i, salt) % all.len().max(1)).copied()
}

pub(super) async fn fill(ctx: &Ctx, company: &Company, ids: &Ids, progress: Progress<'_>) -> Result<()> {
    let reasons = setup(ctx, company, ids).await?;
    let forms = forms(ctx).await?;
    let sellers = sellers(company, ids);
    let today = ctx.today();
    let mut rows = vec![];
    for i in 0..150 {
        let on = today
            .checked_sub(i64::try_from(mix(i, 1) % 120)?.days())
            .unwrap_or(today);
        let mut values = lead(ctx, i, on, &reasons, forms);
        if values.get("status").and_then(Value::text) == Some("rejected") {
            values.insert("owner_id".into(), one(&sellers, i, 16).into());
        }
        rows.push((values, born(ctx, on)));
    }
    rows.extend(converted(ctx).await?);
    load::rows(ctx, "lead", rows, progress).await?;
    beside_deals(ctx, company, ids).await?;
    free(ctx, company, ids).await
}

/// Who decides about the open deals, and what they are about.
async fn beside_deals(ctx: &Ctx, company: &Company, ids: &Ids) -> Result<()> {
    let sql =
        "SELECT id, number, product_id, amount FROM sales_deal WHERE closed_on IS NULL AND amount > $1 ORDER BY id";
    let (mut people, mut lines) = (vec![], vec![]);
    for (i, row) in ctx.db().all(sql, binds![0_i64]).await?.iter().enumerate() {
        let (deal, number) = (row.int(0)?, row.text(1)?);
        lines.push(load::values(vec![
            ("deal_id", deal.into()),
            ("product_id", row.opt_int(2)?.into()),
            ("quantity", 1_000.into()),
            ("unit_price", row.int(3)?.into()),
        ]));
        let contact = company
            .deals
            .iter()
            .find(|d| d.number == number)
            .and_then(|d| d.contact);
        if let Some(person) = contact.and_then(|c| at(&ids.parties, c)) {
            people.push(load::values(vec![
                ("deal_id", deal.into()),
                ("party_id", person.into()),
                (
                    "role",
                    one(&["decides", "buys", "influences"], i, 31)
                        .unwrap_or("decides")
                        .into(),
                ),
                (
                    "stance",
                    one(&["for", "for", "neutral", "unknown", "against"], i, 32)
                        .unwrap_or("unknown")
                        .into(),
                ),
            ]));
        }
    }
    small(ctx, "deal_line", lines).await?;
    small(ctx, "deal_person", people).await?;
    Ok(())
}

fn lead(ctx: &Ctx, i: usize, on: Date, reasons: &[i64], forms: (i64, i64)) -> Values {
    let (surname, given) = (
        one(&SURNAMES, i, 2).unwrap_or(("王", "Wang")),
        one(&GIVEN, i, 3).unwrap_or(("伟", "Wei")),
    );
    let place = one(&PLACES, i, 4).unwrap_or(("苏州", "Suzhou", "华东"));
    let (trade, word) = (one(&TRADES, i, 5).unwrap_or(("乳业", "Dairy")), mix(i, 6) % WORDS.len());
    let wants = one(&WANTS, i, 7).unwrap_or(("电磁流量计", ""));
    let source = one(&SOURCES, i, 8).unwrap_or("web");
    let age = ctx.today().since(on).map_or(0, |s| s.get_days());
    let status = match mix(i, 9) % 100 {
        0..=29 if age < 20 => "new",
        0..=54 => "working",
        55..=69 => "qualified",
        _ => "rejected",
    };
    let answered = Stamp::start_of(on, &ctx.house.zone)
        .plus_seconds(9 * 3600 + 600 * i64::try_from(1 + mix(i, 10) % 60).unwrap_or(1))
        .min(ctx.now());
    let host = if mix(i, 11).is_multiple_of(3) {
        "qq.com".to_owned()
    } else {
        format!(
            "{}.example",
            LATIN.get(word).map_or("co", |w| w).to_lowercase().replace(' ', "")
        )
    };
    let mut values = load::values(vec![
        ("name", format!("{}{}", surname.0, given.0).into()),
        ("name_latin", format!("{} {}", given.1, surname.1).into()),
        (
            "company",
            format!("{}{}{}", place.0, WORDS.get(word).unwrap_or(&""), trade.0).into(),
        ),
        (
            "company_latin",
            format!("{} {}", LATIN.get(word).unwrap_or(&""), trade.1).into(),
        ),
        ("city", place.0.into()),
        ("region", place.2.into()),
        ("source", source.into()),
        ("interest", wants.0.into()),
        (
            "message",
            if wants.1.is_empty() {
                Value::Null
            } else {
                wants.1.into()
            },
        ),
        ("received_on", on.into()),
        ("status", status.into()),
    ]);
    if !mix(i, 12).is_multiple_of(5) {
        values.insert("phone".into(), format!("13{:09}", mix(i, 13) % 1_000_000_000).into());
    }
    values.insert("email".into(), format!("{}{i}@{host}", given.1.to_lowercase()).into());
    if source == "web" {
        values.insert(
            "form_id".into(),
            if mix(i, 14).is_multiple_of(2) { forms.0 } else { forms.1 }.into(),
        );
    }
    if status != "new" {
        values.insert("first_response_at".into(), answered.into());
    }
    if status == "rejected" {
        values.insert("reason_id".into(), one(reasons.get(..4).unwrap_or(&[]), i, 15).into());
    }
    values
}

/// The latest deals came from leads too.
async fn converted(ctx: &Ctx) -> Result<Vec<load::Row>> {
    let sql = "SELECT d.id, d.party_id, d.owner_id, d.entered_on, d.source, p.name, p.name_latin, p.city, p.region FROM sales_deal d \
               JOIN party_party p ON p.id = d.party_id WHERE d.archived_at IS NULL ORDER BY d.entered_on DESC, d.id DESC LIMIT $1";
    let mut rows = vec![];
    for (i, row) in ctx.db().all(sql, binds![36_i64]).await?.iter().enumerate() {
        let (surname, given) = (
            one(&SURNAMES, i, 22).unwrap_or(("王", "Wang")),
            one(&GIVEN, i, 23).unwrap_or(("伟", "Wei")),
        );
        let on: Date = row.text(3)?.parse()?;
        let came = on.checked_sub(i64::try_from(1 + mix(i, 24) % 9)?.days()).unwrap_or(on);
        let values = load::values(vec![
            ("name", format!("{}{}", surname.0, given.0).into()),
            ("name_latin", format!("{} {}", given.1, surname.1).into()),
            ("company", row.opt_text(5)?.into()),
            ("company_latin", row.opt_text(6)?.into()),
            ("city", row.opt_text(7)?.into()),
            ("region", row.opt_text(8)?.into()),
            (
                "source",
                row.opt_text(4)?
                    .filter(|s| !s.is_empty())
                    .unwrap_or_else(|| "referral".into())
                    .into(),
            ),
            ("phone", format!("13{:09}", mix(i, 25) % 1_000_000_000).into()),
            ("owner_id", row.opt_int(2)?.into()),
            ("status", "converted".into()),
            ("received_on", came.into()),
            ("converted_on", on.into()),
            ("party_id", row.opt_int(1)?.into()),
            ("deal_id", row.int(0)?.into()),
            (
                "first_response_at",
                Stamp::start_of(came, &ctx.house.zone)
                    .plus_seconds(10 * 3600)
                    .min(ctx.now())
                    .into(),
            ),
        ]);
        rows.push((values, born(ctx, came)));
    }
    Ok(rows)
}

/// Some prospects belong to nobody: the night puts them into the pool.
async fn free(ctx: &Ctx, company: &Company, ids: &Ids) -> Result<()> {
    let ty = ctx.registry().get("party")?.clone();
    let prospects = company
        .parties
        .iter()
        .enumerate()
        .filter(|(_, p)| p.kind.code() == "organisation" && p.roles.iter().all(|r| r.0 == PartyRole::Prospect));
    let tx = ctx.begin().await?;
    for (i, _) in prospects.step_by(4).take(24) {
        let Some(id) = at(&ids.parties, i) else { continue };
        let party = read::need(ctx, &tx, &ty, id).await?;
        let version = party.version;
        let nobody = Values::from([("owner_id".to_owned(), Value::Null)]);
        write::update_from(ctx, &tx, &ty, party, version, nobody).await?;
    }
    tx.commit().await?;
    Ok(())
}
