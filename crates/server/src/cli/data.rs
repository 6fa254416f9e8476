//! `zhike import`, `export`, `refresh`, `backup`, `restore`.

use anyhow::{Context, Result, bail};
use clap::Args;
use futures::StreamExt;
use std::{
    io::Write,
    path::{Path, PathBuf},
};
use zhike_kernel::{Door, Error};
use zhike_server::{Config, areas, backup, house, import};
use zhike_store::Ctx;
use zhike_web::{Fields, Lang, Visit};

/// What the address of a list may say.
const ASKED: [&str; 8] = ["f", "q", "sort", "view", "col", "cols", "edited", "archived"];

#[derive(Args)]
pub(super) struct Import {
    /// Mapping file (TOML), for instance mappings/classicmodels.toml.
    mapping: Option<PathBuf>,
    /// Go on with an import that was broken off, by its number.
    #[arg(long)]
    resume: Option<i64>,
    /// Folder of the files that the mapping names.
    #[arg(long, default_value = ".")]
    dir: PathBuf,
    /// Look only: check every row and write nothing.
    #[arg(long)]
    dry_run: bool,
}

#[derive(Args)]
pub(super) struct Export {
    /// Record type, for instance party, order or deal.
    what: String,
    /// File to write; its ending says csv or xlsx.
    to: PathBuf,
    /// Titles in this language: en or zh-CN.
    #[arg(long, default_value = "en")]
    language: String,
    /// Conditions as in the list's address, for instance "f=status:is:active&sort=-updated_at".
    #[arg(long, default_value = "")]
    filter: String,
}

pub(super) async fn bring_in(config: &Config, what: &Import) -> Result<()> {
    let open = house::open(config).await?;
    let visit = Visit::inside(&open.app, super::words::lang());
    let ctx = Ctx {
        door: Door::Import,
        ..visit.ctx.clone()
    };
    let began = std::time::Instant::now();
    let mut last = String::new();
    let mut told = |p: zhike_exchange::run::Progress| {
        if p.into != last {
            println!("  {}", p.into);
            last = p.into;
        }
    };
    let report = match &what.mapping {
        Some(mapping) => {
            let text =
                std::fs::read_to_string(mapping).with_context(|| format!("cannot read {}", mapping.display()))?;
            import::start(&ctx, &text, &what.dir, what.dry_run, &mut told).await?
        }
        None => match what.resume {
            Some(id) => import::resume(&ctx, id, &mut told).await?,
            None => bail!("name a mapping file, or --resume NUMBER to go on with an import that was broken off"),
        },
    };
    let shown = import::errors(&ctx, report.import, 20).await?;
    for e in &shown {
        let args: Vec<(&str, zhike_kernel::Arg)> = e.args.iter().map(|(k, v)| (k.as_str(), v.clone())).collect();
        println!(
            "  row {:>8}  {:<16} {:<20} {}",
            e.row,
            e.column,
            e.value,
            visit.loc.tv(&e.code, &args)
        );
    }
    if usize::try_from(report.failed).unwrap_or(0) > shown.len() {
        println!("  … {} in all; the page Import lists them", report.failed);
    }
    println!(
        "  import {}: {} rows, created {}, updated {}, left out {}, refused {} in {:.1} s",
        report.import,
        report.rows,
        report.created,
        report.updated,
        report.skipped,
        report.failed,
        began.elapsed().as_secs_f64()
    );
    if !report.ignored.is_empty() {
        let columns = report
            .ignored
            .iter()
            .map(|t| format!("“{t}”"))
            .collect::<Vec<_>>()
            .join(", ");
        println!("  {}", visit.loc.tv("exchange-ignored", &[("columns", columns.into())]));
    }
    if what.dry_run {
        println!("  nothing was written (dry run)");
    }
    ctx.db().close().await;
    Ok(())
}

pub(super) async fn export(config: &Config, what: &Export) -> Result<()> {
    let format = match what.to.extension().and_then(|e| e.to_str()) {
        Some("csv") => "csv",
        Some("xlsx") => "xlsx",
        _ => bail!("name a file that ends in .csv or .xlsx"),
    };
    let mut fields = Fields::parse(&what.filter);
    if let Some((name, _)) = fields.0.iter().find(|(name, _)| !ASKED.contains(&name.as_str())) {
        let wrong = Error::invalid("error-command-filter");
        return Err(wrong.with("name", name.as_str()).with("known", ASKED.join(", ")).into());
    }
    let lang = Lang::parse(&what.language)
        .with_context(|| format!("there is no language {}; there are en and zh-CN", what.language))?;
    let open = house::open(config).await?;
    let visit = Visit::inside(&open.app, lang);
    let Some(ty) = visit
        .registry()
        .types()
        .find(|t| t.name == what.what && t.pages)
        .map(|t| t.name)
    else {
        let names: Vec<&str> = visit.registry().types().filter(|t| t.pages).map(|t| t.name).collect();
        bail!("there is no list of {}; there are {}", what.what, names.join(", "));
    };
    fields.0.push(("format".into(), format.into()));
    let response = zhike_web::records::export::start(visit.clone(), ty, fields)
        .await
        .map_err(|f| f.0)?;
    let mut file = std::fs::File::create(&what.to).with_context(|| format!("cannot write {}", what.to.display()))?;
    let mut body = response.into_body().into_data_stream();
    let mut bytes = 0;
    while let Some(chunk) = body.next().await {
        let chunk = chunk.context("the export broke off")?;
        file.write_all(&chunk)?;
        bytes += chunk.len();
    }
    println!("  {} ({bytes} bytes)", what.to.display());
    visit.db().close().await;
    Ok(())
}

pub(super) async fn refresh(config: &Config) -> Result<()> {
    let open = house::open(config).await?;
    let ctx = Ctx::system(&open.app.house, Door::Cli);
    let began = std::time::Instant::now();
    zhike_insight::refresh::refresh(&ctx, &mut |done, total, what| println!("  {what:<20} {done} / {total}")).await?;
    println!("  done in {:.1} s", began.elapsed().as_secs_f64());
    ctx.db().close().await;
    Ok(())
}

pub(super) async fn backup(config: &Config, to: &Path) -> Result<()> {
    let open = house::open(config).await?;
    backup::backup(&open.app.house.db, &config.data, to).await?;
    println!(
        "  {} holds the database and the files; keep it on another machine",
        to.display()
    );
    open.app.house.db.close().await;
    Ok(())
}

pub(super) async fn restore(config: &Config, from: &Path) -> Result<()> {
    let steps = house::migrations(&areas::all(config));
    backup::restore(&config.database_url(), &config.data, from, &steps).await?;
    println!("  restored; start with: zhike serve (and compute the value analysis with: zhike refresh)");
    Ok(())
}
