//! The command line.

mod data;
mod demo;
mod doctor;
mod people;
mod serve;
mod value;
pub(crate) mod words;

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use zhike_server::Config;

/// Zhike 知客: knows every guest of the house. Customer relationship management with customer value.
#[derive(Parser)]
#[command(name = "zhike", version)]
pub(crate) struct Args {
    /// Configuration file (default: zhike.toml, if it is there).
    #[arg(long, global = true, help_heading = "The house")]
    config: Option<PathBuf>,
    /// Folder of the embedded database, files and facts.
    #[arg(long, global = true, help_heading = "The house")]
    data: Option<PathBuf>,
    /// Database: sqlite:PATH or postgres://USER@HOST/NAME.
    #[arg(long, global = true, help_heading = "The house")]
    database: Option<String>,
    /// Address to listen on.
    #[arg(long, global = true, help_heading = "The house")]
    listen: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Makes a house full of data, computes the value of its customers, and serves it.
    Demo {
        /// sample (a made-up manufacturer) or complete_journey (a real retailer).
        #[arg(long, default_value = "sample")]
        dataset: String,
        /// Fill and compute, then stop.
        #[arg(long)]
        no_serve: bool,
    },
    /// Serves the house.
    Serve,
    /// Brings in files by a mapping.
    Import(data::Import),
    /// Writes a list as CSV or XLSX.
    Export(data::Export),
    /// Computes the value analysis.
    Refresh,
    /// Users.
    #[command(subcommand)]
    User(people::User),
    /// Access tokens for programs.
    #[command(subcommand)]
    Token(people::Token),
    /// Writes a backup into a new folder.
    Backup {
        /// The new folder.
        to: PathBuf,
    },
    /// Puts a backup back.
    Restore {
        /// The folder that `backup` wrote.
        from: PathBuf,
    },
    /// Computes customer value from files, for analysts: no house, no database.
    ///
    /// Each tool reads CSV, XLSX or Parquet, or standard input, and can feed the next, for instance
    ///
    /// zhike value summary --input orders.csv --customer id --date day --end 2026-06-30 | zhike value fit --model bgnbd
    ///
    /// docs/value.md explains every figure.
    #[command(subcommand)]
    Value(value::Value),
    /// Looks whether everything is in order, and says how to mend what is not.
    Doctor,
}

/// Logs go to standard error; `RUST_LOG` says how much.
#[allow(clippy::disallowed_methods, reason = "the logger's own variable")]
pub(crate) fn log() {
    let filter = std::env::var("RUST_LOG").unwrap_or_else(|_| "warn,zhike=info,sqlx=warn".into());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        .init();
}

pub(crate) async fn run(args: Args) -> Result<()> {
    let args = match args.command {
        // Files alone: no configuration is read, and none can be wrong.
        Command::Value(what) => return value::run(what),
        command => Args { command, ..args },
    };
    let mut config = Config::load(args.config.as_deref())?;
    if let Some(data) = args.data {
        config.data = data;
    }
    if args.database.is_some() {
        config.database = args.database;
    }
    if let Some(listen) = args.listen {
        config.listen = listen;
    }
    config.check()?;
    match args.command {
        Command::Demo { dataset, no_serve } => demo::run(config, &dataset, no_serve).await,
        Command::Serve => serve::run(&config).await,
        Command::Import(what) => data::bring_in(&config, &what).await,
        Command::Export(what) => data::export(&config, &what).await,
        Command::Refresh => data::refresh(&config).await,
        Command::User(what) => people::user(&config, what).await,
        Command::Token(what) => people::token(&config, what).await,
        Command::Backup { to } => data::backup(&config, &to).await,
        Command::Restore { from } => data::restore(&config, &from).await,
        Command::Doctor => doctor::run(&config).await,
        Command::Value(what) => value::run(what),
    }
}
