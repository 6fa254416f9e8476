//! `cargo xtask test`: every step in order, each with its time; the first failure ends it.

use crate::driver::Driver;
use crate::outcome::{self, Count};
use crate::postgres::Cluster;
use crate::workspace::Workspace;
use crate::{check, needs, shell};
use anyhow::{Result, bail};
use std::process::{Command, ExitCode};
use std::time::Instant;

/// What to run.
#[derive(Debug, PartialEq, Eq)]
pub struct Options {
    sqlite: bool,
    postgres: bool,
    browser: bool,
    quick: bool,
}

impl Options {
    /// Reads the command line.
    pub fn parse(arguments: &[String]) -> Result<Self> {
        let mut options = Self {
            sqlite: true,
            postgres: true,
            browser: true,
            quick: false,
        };
        let mut arguments = arguments.iter().map(String::as_str);
        while let Some(argument) = arguments.next() {
            match argument {
                "--db" => match arguments.next() {
                    Some("sqlite") => options.postgres = false,
                    Some("postgres") => options.sqlite = false,
                    Some("both") => {}
                    _ => bail!("--db takes sqlite, postgres or both"),
                },
                "--no-browser" => options.browser = false,
                "--quick" => options.quick = true,
                other => bail!("test does not know {other}; it takes --db sqlite|postgres|both, --no-browser, --quick"),
            }
        }
        if options.quick {
            options = Self {
                sqlite: true,
                postgres: false,
                browser: false,
                quick: true,
            };
        }
        Ok(options)
    }
}

/// The run so far.
struct Run {
    count: Count,
    steps: Vec<(&'static str, f64)>,
}

/// Runs the steps and prints the sum; fails when one failed.
pub fn run(options: &Options) -> Result<ExitCode> {
    let mut run = Run {
        count: Count::default(),
        steps: Vec::new(),
    };
    let result = steps(&mut run, options);
    println!();
    for (name, seconds) in &run.steps {
        println!("{seconds:8.1} s  {name}");
    }
    if let Err(error) = &result {
        println!("\nFAILED: {error:#}");
        // A step that broke without a failing test (format, lints, a build) must not end in `0 failed`.
        run.count.failed = run.count.failed.max(1);
    }
    println!("{} passed, {} failed", run.count.passed, run.count.failed);
    Ok(if result.is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn steps(run: &mut Run, options: &Options) -> Result<()> {
    if !options.quick {
        run.step("install what is missing", |_| {
            needs::install(options.postgres, options.browser)
        })?;
    }
    run.step("format", |_| {
        match shell::must(shell::cargo().args(["fmt", "--all", "--check"])) {
            Ok(()) => Ok(()),
            Err(error) => bail!("{error:#}; mend: cargo fmt --all"),
        }
    })?;
    run.step("check", |_| check::run())?;
    if !options.quick {
        let mut clippy = shell::cargo();
        clippy.args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]);
        run.step("clippy", |_| shell::must(&mut clippy))?;
    }
    if options.sqlite {
        let mut tests = shell::cargo();
        tests
            .args(["test", "--workspace", "--no-fail-fast"])
            .env("ZHIKE_TEST_DB", "sqlite");
        run.step("tests on SQLite", |run| run.tests(&mut tests))?;
    }
    let workspace = Workspace::read()?;
    if options.postgres {
        run.step("tests on PostgreSQL", |run| on_postgres(run, &workspace))?;
    }
    if options.browser {
        if workspace.has_test("zhike-server", "browser") {
            run.step("tests in a browser", in_browser)?;
        } else {
            println!("\nthere are no browser tests: crates/server/tests/browser/main.rs is missing");
        }
    }
    Ok(())
}

/// The database tests once more. Whole workspace, named targets: with `-p` cargo would choose other features for the
/// shared dependencies and compile them a second time.
fn on_postgres(run: &mut Run, workspace: &Workspace) -> Result<()> {
    let names = workspace.database_tests();
    if names.is_empty() {
        bail!("no database test was found in tests/ of store, jobs, the areas or the server");
    }
    let cluster = Cluster::start()?;
    let mut tests = shell::cargo();
    tests.args(["test", "--workspace", "--no-fail-fast"]);
    for name in &names {
        tests.args(["--test", name]);
    }
    run.tests(
        tests
            .env("ZHIKE_TEST_DB", "postgres")
            .env("ZHIKE_TEST_PG", cluster.url()),
    )
}

fn in_browser(run: &mut Run) -> Result<()> {
    let driver = Driver::start()?;
    let mut tests = shell::cargo();
    // `--workspace` for the same reason as above; the name belongs to the server alone.
    tests.args([
        "test",
        "--workspace",
        "--no-fail-fast",
        "--test",
        "browser",
        "--",
        "--test-threads=1",
    ]);
    tests
        .env("ZHIKE_TEST_DB", "sqlite")
        .env("ZHIKE_TEST_BROWSER", "1")
        .env("ZHIKE_WEBDRIVER", driver.url());
    run.tests(&mut tests)
}

impl Run {
    fn step(&mut self, name: &'static str, work: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        println!("\n=== {name}");
        let begun = Instant::now();
        let result = work(self);
        let seconds = begun.elapsed().as_secs_f64();
        println!(
            "=== {name}: {} in {seconds:.1} s",
            if result.is_ok() { "done" } else { "failed" }
        );
        self.steps.push((name, seconds));
        result
    }

    fn tests(&mut self, command: &mut Command) -> Result<()> {
        println!("{}", shell::shown(command));
        let (count, succeeded) = outcome::run(command, &mut std::io::stdout())?;
        self.count.add(count);
        if !succeeded {
            bail!(
                "`{}`: {} passed, {} failed",
                shell::shown(command),
                count.passed,
                count.failed
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options> {
        Options::parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn options() {
        let all = Options {
            sqlite: true,
            postgres: true,
            browser: true,
            quick: false,
        };
        assert_eq!(parse("").unwrap(), all);
        assert_eq!(parse("--db both").unwrap(), all);
        assert_eq!(
            parse("--db sqlite --no-browser").unwrap(),
            Options {
                postgres: false,
                browser: false,
                ..all
            }
        );
        let quick = parse("--db postgres --quick").unwrap();
        assert_eq!(
            quick,
            Options {
                sqlite: true,
                postgres: false,
                browser: false,
                quick: true
            }
        );
        assert!(parse("--db mysql").is_err());
        assert!(parse("--fast").is_err());
    }
}
