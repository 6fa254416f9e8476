//! `cargo xtask check`: what no compiler looks at.

mod arch;
mod files;
mod ftl;
mod functions;
mod keys;
mod rust_text;
mod tidy;
mod translations;

use crate::shell;
use crate::workspace::Workspace;
use anyhow::{Result, bail};
use files::File;
use rust_text::RustText;
use std::fmt;

/// One thing that is wrong, where it is, and what mends it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    file: String,
    line: usize,
    what: String,
}

impl Finding {
    fn new(file: &str, line: usize, what: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            line,
            what: what.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}: {}", self.file, self.line, self.what)
    }
}

/// A Rust file, read once for all the checks.
struct Source<'a> {
    file: &'a File,
    text: RustText,
}

/// Runs every check, prints all findings, fails when there is one.
pub fn run() -> Result<()> {
    let workspace = Workspace::read()?;
    let files = files::read(&shell::root())?;
    let is_rust = |file: &&File| file.path.ends_with(".rs");
    let sources: Vec<Source> = files
        .iter()
        .filter(is_rust)
        .map(|file| Source {
            file,
            text: RustText::new(&file.text),
        })
        .collect();

    let mut all = 0;
    let mut report = |name: &str, looked_at: String, mut findings: Vec<Finding>| {
        findings.sort();
        all += findings.len();
        for finding in &findings {
            println!("{finding}");
        }
        match findings.len() {
            0 => println!("{name}: {looked_at}, nothing wrong"),
            wrong => println!("{name}: {looked_at}, {wrong} wrong"),
        }
    };
    report(
        "arch",
        format!("{} crates", workspace.packages.len()),
        arch::check(&workspace, &files),
    );
    report("tidy", format!("{} files", files.len()), tidy::check(&files, &sources));
    let (messages, findings) = translations::check(&files, &sources);
    report("translations", format!("{messages} messages"), findings);
    println!("{}", functions::summary(&sources));
    if all > 0 {
        bail!("check found {all} thing(s) to mend, listed above");
    }
    Ok(())
}
