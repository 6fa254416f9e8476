//! Project tasks: `cargo xtask test | check | pg | browser | bench | fuzz`.
#![allow(
    clippy::disallowed_methods,
    reason = "a developer's tool reads the developer's environment; it is no part of the product"
)]

mod check;
mod driver;
mod fuzz;
mod keeper;
mod needs;
mod outcome;
mod postgres;
mod shell;
mod suite;
mod workspace;

use anyhow::{Result, bail};
use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask COMMAND

  test [--db sqlite|postgres|both] [--no-browser] [--quick]
          everything that must hold: installs what is missing (apt-get when root), then format, check, clippy,
          the tests on SQLite, the tests on a throw-away PostgreSQL, the tests in a browser
          --db          which database the tests use; both when left out
          --no-browser  leaves the browser tests out
          --quick       format, check and the tests on SQLite only; installs nothing
  check   what no compiler looks at: arrows between crates, house limits, translations
  pg -- COMMAND...
          starts a throw-away PostgreSQL, runs COMMAND with ZHIKE_TEST_PG set to its URL, removes it
  browser -- COMMAND...
          starts chromedriver, runs COMMAND with ZHIKE_WEBDRIVER set to its address and ZHIKE_TEST_BROWSER to 1
  bench [ARGUMENTS...]
          builds zhike in release and runs the load test; `cargo xtask bench --help` says what it takes
  bench value [ARGUMENTS...]
          the models and the whale curve beside lifetimes, DuckDB and Polars
  fuzz [TARGET...] [--seconds N]
          random input for everything that reads what strangers wrote; all targets, 120 seconds each, when left out
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<ExitCode> {
    let Some((command, rest)) = arguments.split_first() else {
        print!("{USAGE}");
        return Ok(ExitCode::from(2));
    };
    match command.as_str() {
        "test" => suite::run(&suite::Options::parse(rest)?),
        "check" => {
            check::run()?;
            Ok(ExitCode::SUCCESS)
        }
        "pg" => {
            let cluster = postgres::Cluster::start()?;
            with(rest, &[("ZHIKE_TEST_PG", &cluster.url())])
        }
        "browser" => {
            let driver = driver::Driver::start()?;
            with(rest, &[("ZHIKE_WEBDRIVER", &driver.url()), ("ZHIKE_TEST_BROWSER", "1")])
        }
        "bench" => bench(rest),
        "fuzz" => fuzz::run(rest),
        "help" | "--help" | "-h" => {
            print!("{USAGE}");
            Ok(ExitCode::SUCCESS)
        }
        other => bail!("there is no command {other}\n\n{USAGE}"),
    }
}

/// Runs a developer's command beside a server; the caller's guard stops the server afterwards.
fn with(rest: &[String], settings: &[(&str, &str)]) -> Result<ExitCode> {
    let rest = rest.strip_prefix(&["--".to_owned()]).unwrap_or(rest);
    let Some((program, arguments)) = rest.split_first() else {
        bail!("name the command to run after `--`");
    };
    let status = shell::command(program)
        .args(arguments)
        .envs(settings.iter().copied())
        .status();
    let status = status.map_err(|error| anyhow::anyhow!("{program} does not start: {error}"))?;
    Ok(shell::exit_code(status))
}

fn bench(rest: &[String]) -> Result<ExitCode> {
    let (which, rest) = match rest.split_first() {
        Some((first, rest)) if first == "value" => ("value", rest),
        _ => ("load", rest),
    };
    let build = ["bench", "--package", "zhike-server", "--bench", which, "--"];
    let status = shell::cargo().args(build).args(rest).status();
    let status = status.map_err(|error| anyhow::anyhow!("cargo does not start: {error}"))?;
    Ok(shell::exit_code(status))
}
