//! `cargo xtask fuzz`: random input for everything that reads what strangers wrote.

use crate::shell;
use anyhow::{Result, bail};
use std::process::ExitCode;

/// What to run, and for how long.
#[derive(Debug, PartialEq, Eq)]
pub struct Options {
    targets: Vec<String>,
    seconds: u32,
}

impl Options {
    /// Reads the command line; `known` are the targets that there are.
    fn parse(arguments: &[String], known: &[String]) -> Result<Self> {
        let mut options = Self {
            targets: Vec::new(),
            seconds: 120,
        };
        let mut arguments = arguments.iter().map(String::as_str);
        while let Some(argument) = arguments.next() {
            match argument {
                "--seconds" => match arguments.next().map(str::parse) {
                    Some(Ok(seconds)) if seconds > 0 => options.seconds = seconds,
                    _ => bail!("--seconds takes a whole number above 0"),
                },
                name if known.iter().any(|target| target == name) => options.targets.push(name.to_owned()),
                other => bail!("fuzz has no target {other}; it has {}", known.join(", ")),
            }
        }
        if options.targets.is_empty() {
            options.targets = known.to_vec();
        }
        Ok(options)
    }
}

/// Runs the targets one after the other; the first that finds something ends it.
pub fn run(arguments: &[String]) -> Result<ExitCode> {
    let options = Options::parse(arguments, &targets()?)?;
    if shell::output(shell::cargo().args(["fuzz", "--version"])).is_err() {
        bail!("cargo-fuzz is missing; run: cargo install --locked cargo-fuzz");
    }
    for target in &options.targets {
        let folders = ["corpus", "seeds"].map(|folder| format!("fuzz/{folder}/{target}"));
        for folder in &folders {
            std::fs::create_dir_all(shell::root().join(folder))?;
        }
        let mut command = shell::cargo();
        // No sanitizer: the house has no unsafe code, so a stable compiler does, told to take the flags that count branches.
        command
            .env("RUSTC_BOOTSTRAP", "1")
            .args(["fuzz", "run", "--sanitizer", "none", target])
            .args(&folders)
            .args(["--", "-timeout=10", "-rss_limit_mb=2048"])
            .arg(format!("-max_total_time={}", options.seconds));
        if let Some(folder) = std::env::var_os("CARGO_TARGET_DIR") {
            // Other flags for every crate: a folder of its own keeps what is compiled for the tests.
            command.env("CARGO_TARGET_DIR", std::path::Path::new(&folder).join("fuzz"));
        }
        println!("=== {target}: {} s", options.seconds);
        if let Err(error) = shell::must(&mut command) {
            bail!(
                "{error:#}\nthe input lies in fuzz/artifacts/{target}; mend what it shows, and keep it as a test where the mended code is"
            );
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The names of the files in `fuzz/targets`.
fn targets() -> Result<Vec<String>> {
    let mut names: Vec<String> = shell::root()
        .join("fuzz/targets")
        .read_dir()?
        .flatten()
        .filter_map(|file| Some(file.file_name().to_str()?.strip_suffix(".rs")?.to_owned()))
        .collect();
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options() {
        let known = ["csv".to_owned(), "field".to_owned()];
        let parse = |line: &str| {
            let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            Options::parse(&words, &known)
        };
        let all = parse("").unwrap();
        assert_eq!((all.targets.len(), all.seconds), (2, 120));
        let one = parse("field --seconds 5").unwrap();
        assert_eq!((one.targets, one.seconds), (vec!["field".to_owned()], 5));
        assert!(parse("xml").is_err());
        assert!(parse("csv --seconds 0").is_err());
        assert!(parse("csv --seconds").is_err());
    }

    #[test]
    fn every_target_is_declared_and_has_seeds() {
        let manifest = std::fs::read_to_string(shell::root().join("fuzz/Cargo.toml")).unwrap();
        let names = targets().unwrap();
        assert!(names.len() >= 5, "{names:?}");
        for name in names {
            assert!(manifest.contains(&format!("path = \"targets/{name}.rs\"")), "{name}");
            let seeds = shell::root().join("fuzz/seeds").join(&name);
            assert!(seeds.read_dir().unwrap().count() > 0, "{name} has no seeds");
        }
    }
}
