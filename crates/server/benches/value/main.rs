//! `cargo xtask bench value`: the models and the whale curve of `zhike value` beside lifetimes, DuckDB and Polars, on the same
//! Parquet files in the same run. Ours are counted from the start of the program to its end; of the others, the start of
//! Python and its imports are not counted.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    missing_docs,
    dead_code,
    reason = "a measuring tool of the developers, which shares parts with the load test"
)]

#[path = "../load/child.rs"]
mod child;
#[path = "../load/http.rs"]
mod http;
#[path = "../load/report.rs"]
mod report;

use anyhow::{Context, Result, bail, ensure};
use child::Child;
use report::{Results, Row};
use serde_json::Value as Json;
use std::{
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use zhike_value::{bgnbd, simulate};

const USAGE: &str = "\
cargo xtask bench value [--customers N,…] [--lines N] [--folder DIR] [--peers yes|no] [--report]

  --customers  histories to fit (default: 1000000,10000000)
  --lines      order lines of the whale curve, one tenth as many customers (default: 10000000)
  --folder     where files, peers and results are kept and found again (default: target/bench-value)
  --peers      no: only ours (default: yes; they are installed from PyPI into the folder)
  --report     also write the table into docs/performance.md
";
/// What Python needs.
const PEERS: [&str; 6] = [
    "lifetimes==0.11.3",
    "duckdb",
    "polars",
    "pandas<3",
    "pyarrow",
    "setuptools<81",
];
/// Times that short work is repeated; the best counts, for all alike.
const TIMES: usize = 3;

struct Options {
    customers: Vec<usize>,
    lines: usize,
    folder: PathBuf,
    peers: bool,
    report: bool,
}

fn options() -> Result<Option<Options>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let target = Path::new(env!("CARGO_BIN_EXE_zhike"))
        .ancestors()
        .nth(2)
        .map_or(root, Path::to_path_buf);
    let mut o = Options {
        customers: vec![1_000_000, 10_000_000],
        lines: 10_000_000,
        folder: target.join("bench-value"),
        peers: true,
        report: false,
    };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut next = || args.next().with_context(|| format!("{arg} needs a value\n\n{USAGE}"));
        match arg.as_str() {
            "--customers" => o.customers = next()?.split(',').map(str::parse).collect::<Result<_, _>>()?,
            "--lines" => o.lines = next()?.parse()?,
            "--folder" => o.folder = next()?.into(),
            "--peers" => o.peers = next()? == "yes",
            "--report" => o.report = true,
            // Cargo's own.
            "--bench" => {}
            "--help" | "-h" => {
                print!("{USAGE}");
                return Ok(None);
            }
            other => bail!("what is {other}?\n\n{USAGE}"),
        }
    }
    Ok(Some(o))
}

/// Histories of a simulated population as CSV, times in weeks on whole days.
fn histories(path: &Path, customers: usize) -> Result<()> {
    let truth = bgnbd::Params {
        r: 0.5,
        alpha: 6.0,
        a: 0.8,
        b: 2.5,
    };
    let mut f = BufWriter::new(File::create(path)?);
    writeln!(f, "customer,x,t_x,T")?;
    let day = |weeks: f64| (weeks * 7.0).round() / 7.0;
    for (i, h) in simulate::bgnbd(&truth, customers, 20.0..104.0, 1).iter().enumerate() {
        let t = day(h.t);
        writeln!(f, "{},{},{},{t}", i + 1, h.x, day(h.t_x).min(t))?;
    }
    Ok(())
}

/// Profits of order lines in minor units: few customers earn much, and a third of them lose.
fn lines(path: &Path, lines: usize) -> Result<()> {
    let mut f = BufWriter::new(File::create(path)?);
    writeln!(f, "customer,profit")?;
    let customers = (lines / 10).max(1) as u64;
    let mut state = 7_u64;
    let mut dice = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    for _ in 0..lines {
        let customer = dice() % customers;
        let worth = 1 + customers / (customer + 1);
        let cents = i64::try_from(dice() % 20_000)? - 7_000;
        writeln!(f, "{customer},{}", cents * i64::try_from(worth.min(500))?)?;
    }
    Ok(())
}

/// The Python with the peers, installed once.
fn python(folder: &Path) -> Result<PathBuf> {
    let python = folder.join("peers/bin/python");
    if !python.exists() {
        let run = |mut command: Command| -> Result<()> {
            let status = command
                .status()
                .with_context(|| format!("{command:?} does not start"))?;
            ensure!(status.success(), "{command:?} ended with {status}");
            Ok(())
        };
        let mut venv = Command::new("python3");
        venv.args(["-m", "venv"]).arg(folder.join("peers"));
        run(venv)?;
        let mut pip = Command::new(&python);
        pip.args(["-m", "pip", "install", "--quiet"]).args(PEERS);
        run(pip)?;
    }
    Ok(python)
}

fn peer(python: &Path, what: &str, paths: &[&Path]) -> Result<Json> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/value/peers.py");
    let out = Command::new(python)
        .arg(script)
        .arg(what)
        .args(paths)
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(out.status.success(), "{what} ended with {}", out.status);
    let text = String::from_utf8(out.stdout)?;
    Ok(match text.lines().last() {
        Some(line) if what != "pack" => serde_json::from_str(line)?,
        _ => Json::Null,
    })
}

/// The Parquet file of this name, made if it is not there.
fn parquet(o: &Options, name: &str, make: impl Fn(&Path) -> Result<()>) -> Result<PathBuf> {
    let (csv, packed) = (
        o.folder.join(format!("{name}.csv")),
        o.folder.join(format!("{name}.parquet")),
    );
    if !packed.exists() {
        println!("making {}", packed.display());
        make(&csv)?;
        peer(&python(&o.folder)?, "pack", &[&csv, &packed])?;
        std::fs::remove_file(&csv)?;
    }
    Ok(packed)
}

/// Ours, from the start of the program to its end: wall, processor time, memory, and what it answered.
async fn ours(arguments: &[&str], file: &Path, times: usize) -> Result<(child::Watched, Json)> {
    let answer = file.with_extension("json");
    let mut best: Option<child::Watched> = None;
    for _ in 0..times {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zhike"));
        command.args(["value"]).args(arguments).arg("--input").arg(file);
        command.args(["--format", "json"]).stdout(File::create(&answer)?);
        let seen = Child::start(command, 0)?.watch().await?;
        if best.as_ref().is_none_or(|b| seen.wall < b.wall) {
            best = Some(seen);
        }
    }
    let told = serde_json::from_str(&std::fs::read_to_string(&answer)?)?;
    Ok((best.context("nothing ran")?, told))
}

fn words(seconds: f64, memory: f64) -> String {
    format!("{seconds:.2} s, {memory:.0} MB")
}

#[tokio::main]
async fn main() -> Result<()> {
    let Some(o) = options()? else { return Ok(()) };
    std::fs::create_dir_all(&o.folder)?;
    let mut results = Results::of(&o.folder);
    for customers in &o.customers {
        let file = parquet(&o, &format!("histories-{customers}"), |csv| histories(csv, *customers))?;
        let (seen, told) = ours(&["fit", "--model", "bgnbd"], &file, TIMES).await?;
        let what = format!("BG/NBD fitted to {customers} customers");
        results.put(Row::plain(&what, "zhike value fit", words(seen.wall, seen.peak)));
        if o.peers {
            let theirs = peer(&python(&o.folder)?, "fit", &[&file])?;
            let seconds = theirs["seconds"].as_f64().unwrap_or(0.0);
            agree(&told["params"], &theirs)?;
            results.put(
                Row::plain(
                    &what,
                    "lifetimes 0.11.3",
                    words(seconds, theirs["memory"].as_f64().unwrap_or(0.0)),
                )
                .budget("≥ 100 times ours", seconds >= 100.0 * seen.wall),
            );
            results.put(Row::plain(
                &what,
                "times as fast",
                format!("{:.0}", seconds / seen.wall),
            ));
        }
    }
    let file = parquet(&o, &format!("lines-{}", o.lines), |csv| lines(csv, o.lines))?;
    let arguments = ["whale", "--customer", "customer", "--profit", "profit"];
    let (seen, told) = ours(&arguments, &file, TIMES).await?;
    let what = format!("profit by customer and whale curve of {} lines", o.lines);
    results.put(Row::plain(&what, "zhike value whale", words(seen.wall, seen.peak)));
    if o.peers {
        let mut quickest = f64::INFINITY;
        for (how, name) in [("whale-duckdb", "DuckDB"), ("whale-polars", "Polars")] {
            let mut best: Option<Json> = None;
            for _ in 0..TIMES {
                let theirs = peer(&python(&o.folder)?, how, &[&file])?;
                let faster = |b: &Json| theirs["seconds"].as_f64() < b["seconds"].as_f64();
                if best.as_ref().is_none_or(faster) {
                    best = Some(theirs);
                }
            }
            let best = best.context("nothing ran")?;
            // The file is in minor units, which the tool reads as whole amounts.
            ensure!(
                best["total"].as_f64() == told["total"].as_f64()
                    && best["peak_customers"] == told["peak"]["customers"]
                    && best["customers"] == told["customers"],
                "{name} says {best}, ours says {told}"
            );
            let seconds = best["seconds"].as_f64().unwrap_or(0.0);
            quickest = quickest.min(seconds);
            results.put(Row::plain(
                &what,
                name,
                words(seconds, best["memory"].as_f64().unwrap_or(0.0)),
            ));
        }
        let ratio = seen.wall / quickest;
        results
            .put(Row::plain(&what, "ours / the faster of them", format!("{ratio:.2}")).budget("≤ 1.2", ratio <= 1.2));
    }
    if o.report {
        let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/performance.md");
        results.write(&document, "value", "")?;
    }
    Ok(())
}

/// Says where the two maxima differ by more than a hundredth.
fn agree(ours: &Json, theirs: &Json) -> Result<()> {
    for name in ["r", "alpha", "a", "b"] {
        let (a, b) = (ours[name].as_f64(), theirs[name].as_f64());
        let (Some(a), Some(b)) = (a, b) else {
            bail!("no {name}: {ours} {theirs}")
        };
        if (a - b).abs() > 0.01 * a.abs() {
            println!("  (they differ in {name}: ours {a:.4}, theirs {b:.4})");
        }
    }
    Ok(())
}
