//! The load test: `cargo xtask bench`. Loads a house of any size, measures pages, writes, start, memory, import and value
//! refresh against bare limits in the same run, and writes the tables of docs/performance.md.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::large_futures,
    missing_docs,
    reason = "a measuring tool of the developers"
)]

mod bare;
mod child;
mod configure;
mod data;
mod gate;
mod http;
mod import;
mod inbox;
mod pages;
mod report;
mod trade;

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use zhike_sample::Scale;

const USAGE: &str = "\
cargo xtask bench [--small] [--parties N] [--lines N] [--deals N] [--folder DIR] [--database URL] [--seconds N] [--only PART,…] [--page WORDS] [--report]

  --small      100,000 parties and 1,000,000 order lines; without it 1,000,000 and 10,000,000
  --folder     where data and results are kept and found again (default: target/bench-SIZE)
  --only       load, refresh, start, pages, configure, trade, gate, mail, inbox, timeline, write, import (default: all)
  --page       only pages with these words in their name
  --report     also write the tables into docs/performance.md
";

struct Options {
    scale: Scale,
    deals: u64,
    folder: Option<PathBuf>,
    database: Option<String>,
    seconds: f64,
    only: Option<Vec<String>>,
    page: Option<String>,
    report: bool,
}

fn options() -> Result<Option<Options>> {
    let mut o = Options {
        scale: Scale::default(),
        deals: 100_000,
        folder: None,
        database: None,
        seconds: 5.0,
        only: None,
        page: None,
        report: false,
    };
    let mut lines = 10_000_000;
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut next = || args.next().with_context(|| format!("{arg} needs a value"));
        match arg.as_str() {
            "--small" => (o.scale.parties, lines) = (100_000, 1_000_000),
            "--parties" => o.scale.parties = next()?.parse()?,
            "--lines" => lines = next()?.parse()?,
            "--deals" => o.deals = next()?.parse()?,
            "--folder" => o.folder = Some(next()?.into()),
            "--database" => o.database = Some(next()?),
            "--seconds" => o.seconds = next()?.parse()?,
            "--only" => o.only = Some(next()?.split(',').map(str::to_owned).collect()),
            "--page" => o.page = Some(next()?),
            "--report" => o.report = true,
            // Cargo says so to every benchmark.
            "--bench" => {}
            "--help" => {
                print!("{USAGE}");
                return Ok(None);
            }
            other => bail!("there is no {other}\n\n{USAGE}"),
        }
    }
    o.scale.orders = lines / o.scale.lines_per_order / 2 * 2;
    Ok(Some(o))
}

fn main() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(4 * 1024 * 1024)
        .build()?;
    let args: Vec<String> = std::env::args().collect();
    // The bare server is this program again, as a process of its own.
    if let [_, flag, url, _, port, ..] = args.as_slice()
        && flag == "--bare"
    {
        return runtime.block_on(bare::serve(url, port.parse()?));
    }
    match options()? {
        Some(o) => runtime.block_on(run(&o)),
        None => Ok(()),
    }
}

async fn run(o: &Options) -> Result<()> {
    let scale = &o.scale;
    let size = format!(
        "{} parties, {} order lines",
        scale.parties,
        scale.orders * scale.lines_per_order
    );
    let kind = if o.database.is_some() { "pg" } else { "sqlite" };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let target = Path::new(env!("CARGO_BIN_EXE_zhike"))
        .parent()
        .and_then(Path::parent)
        .context("no target folder")?;
    let folder = o
        .folder
        .clone()
        .unwrap_or_else(|| target.join(format!("bench-{kind}-{}", scale.parties)));
    let data = folder.join("data");
    std::fs::create_dir_all(&folder)?;
    let mut results = report::Results::of(&folder);
    let wants = |part: &str| o.only.as_ref().is_none_or(|only| only.iter().any(|p| p == part));
    println!("{size}, {kind}, in {}", folder.display());
    let marker = folder.join("loaded");
    let ctx = data::open(&data, o.database.as_deref()).await?;
    if !marker.exists() {
        data::fill(&ctx, scale, o.deals, &mut results).await?;
        std::fs::write(&marker, &size)?;
    } else if std::fs::read_to_string(&marker)? != size {
        bail!(
            "{} holds {}; choose another folder",
            folder.display(),
            std::fs::read_to_string(&marker)?
        );
    }
    if wants("refresh") {
        import::refresh(&data, o.database.as_deref(), &size, &mut results).await?;
    }
    let tokens = (data::token(&ctx, "bench").await?, data::token(&ctx, "sales03").await?);
    let run = pages::Run {
        ctx: &ctx,
        scale,
        data: &data,
        database: o.database.as_deref(),
        tokens: (&tokens.0, &tokens.1),
        seconds: o.seconds,
        filter: o.page.as_deref(),
    };
    if wants("start") {
        run.start(&mut results).await?;
    }
    if wants("pages") {
        run.pages(&mut results).await?;
    }
    if wants("configure") {
        run.configure(&mut results).await?;
    }
    if wants("trade") {
        run.trade(&mut results).await?;
    }
    if wants("gate") {
        run.gate(&mut results).await?;
    }
    if wants("mail") && o.database.is_none() {
        run.mail(&mut results).await?;
    }
    if wants("inbox") {
        run.inbox(&mut results).await?;
    }
    if wants("timeline") {
        run.timeline(&mut results).await?;
    }
    if wants("write") && o.database.is_none() {
        run.write(&mut results).await?;
    }
    if wants("import") && o.database.is_none() {
        import::import(&folder, None, 200_000, &mut results).await?;
    }
    if o.report {
        let head = format!(
            "\n{size}; {CONNECTIONS} connections; {} s for each measurement.",
            o.seconds,
            CONNECTIONS = pages::CONNECTIONS
        );
        results.write(
            &root.join("docs/performance.md"),
            &format!("{kind}-{}", scale.parties),
            &head,
        )?;
    }
    Ok(())
}
