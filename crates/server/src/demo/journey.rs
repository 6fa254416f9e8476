//! The retailer's members and purchases, brought in through the product's own importer with the mapping file kept in the
//! repository. Margins by department are assumptions that the user edits.

use super::{PASSWORD, Progress};
use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};
use zhike_identity::NewUser;
use zhike_kernel::Values;
use zhike_store::{Ctx, Query, read, write};

/// Assumed gross margins by department, parts per million; the rest takes the default margin. The user edits them.
const MARGINS: [(&str, i64); 12] = [
    ("GROCERY", 270_000),
    ("DRUG GM", 320_000),
    ("PRODUCE", 340_000),
    ("MEAT", 260_000),
    ("MEAT-PCKGD", 280_000),
    ("DELI", 420_000),
    ("PASTRY", 450_000),
    ("SEAFOOD", 300_000),
    ("COSMETICS", 400_000),
    ("NUTRITION", 300_000),
    ("FLORAL", 450_000),
    ("FUEL", 60_000),
];

/// Where the repository's folders are: beside the working directory's, or where this was built.
fn find(name: &str) -> Result<PathBuf> {
    let here = PathBuf::from(name);
    if here.exists() {
        return Ok(here);
    }
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name);
    ensure!(
        built.exists(),
        "{name} was not found; start zhike in the folder of its repository"
    );
    Ok(built)
}

pub(super) async fn fill(ctx: &Ctx, progress: Progress<'_>) -> Result<()> {
    let people = [
        ("owner", "Owner", "administrator"),
        ("manager", "Manager", "manager"),
        ("service", "Service", "service"),
        ("analyst", "Analyst", "analyst"),
    ];
    for (login, name, role) in people {
        let tx = ctx.begin().await?;
        let new = NewUser {
            login,
            name,
            name_latin: None,
            role,
            team: None,
        };
        zhike_identity::create_user(ctx, &tx, &new, PASSWORD).await?;
        tx.commit().await?;
    }
    let file = find("mappings/complete_journey.toml")?;
    let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let folder = find("datasets/complete_journey")?;
    let mut told = |p: zhike_exchange::run::Progress| {
        let count = |n: i64| usize::try_from(n).unwrap_or(0);
        progress(&p.into, count(p.done), count(p.total));
    };
    let report = crate::import::start(ctx, &text, &folder, false, &mut told).await?;
    println!(
        "  {} records, {} rows refused (zhike serve, Import shows each with its reason)",
        report.created, report.failed
    );
    assume(ctx).await
}

async fn assume(ctx: &Ctx) -> Result<()> {
    let ty = ctx.registry().get("category")?.clone();
    let tx = ctx.begin().await?;
    let names: Vec<String> = MARGINS.iter().map(|m| m.0.to_owned()).collect();
    let ids = read::ids_by(&tx as &dyn Query, &ty, "name", &names).await?;
    for (name, margin) in MARGINS {
        for id in ids.get(name).into_iter().flatten() {
            let category = read::need(ctx, &tx, &ty, *id).await?;
            let change: Values = [("margin_rate".to_owned(), margin.into())].into_iter().collect();
            let version = category.version;
            write::update_from(ctx, &tx, &ty, category, version, change).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}
