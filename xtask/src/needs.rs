//! What the tests need beside Rust: installed by apt-get when we are root, named when we are not.

use crate::{postgres, shell};
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::Command;

/// Makes sure that the programs are there.
pub fn install(with_postgres: bool, with_browser: bool) -> Result<()> {
    for (tool, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        if shell::output(shell::cargo().args([tool, "--version"])).is_err() {
            bail!("`cargo {tool}` is missing; run: rustup component add {component}");
        }
    }
    let missing = missing(with_postgres, with_browser);
    if missing.is_empty() {
        println!("nothing is missing");
        return Ok(());
    }
    let line = format!(
        "apt-get update && apt-get install -y --no-install-recommends {}",
        missing.join(" ")
    );
    if !shell::is_root() {
        bail!(
            "missing: {}\nrun: sudo sh -c '{line}'\nor leave parts out: --db sqlite, --no-browser",
            missing.join(", ")
        );
    }
    if shell::find("apt-get").is_none() {
        bail!(
            "missing: {}; there is no apt-get here: install them by hand",
            missing.join(", ")
        );
    }
    println!("{line}");
    // Another apt-get may be at work on a fresh machine: wait for it instead of failing.
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command
            .args(["-o", "DPkg::Lock::Timeout=600"])
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive");
        shell::must(&mut command).context("the packages could not be installed")
    };
    apt(&["update"])?;
    let mut arguments = vec!["install", "-y", "--no-install-recommends"];
    arguments.extend(&missing);
    apt(&arguments)?;
    let missing = self::missing(with_postgres, with_browser);
    if !missing.is_empty() {
        bail!("installed, but still not found: {}", missing.join(", "));
    }
    Ok(())
}

/// The Debian packages whose programs are not there.
fn missing(with_postgres: bool, with_browser: bool) -> Vec<&'static str> {
    let mut packages = Vec::new();
    if with_postgres && postgres::binaries().is_none() {
        packages.push("postgresql");
    }
    // The mail tests speak with real servers, the hotline's with a telephone that is not ours.
    for (program, package) in [
        ("dovecot", "dovecot-imapd"),
        ("postfix", "postfix"),
        ("sipp", "sip-tester"),
    ] {
        if shell::find(program).is_none() {
            packages.push(package);
        }
    }
    if !Path::new("/usr/lib/dovecot/lmtp").exists() {
        packages.push("dovecot-lmtpd");
    }
    if with_browser {
        if ["chromium", "chromium-browser", "google-chrome"]
            .iter()
            .all(|name| shell::find(name).is_none())
        {
            packages.push("chromium");
        }
        if shell::find("chromedriver").is_none() {
            packages.push("chromium-driver");
        }
        if !has_chinese_font() {
            packages.push("fonts-noto-cjk");
        }
    }
    packages
}

/// Without such a font, a picture of a Chinese page shows boxes.
fn has_chinese_font() -> bool {
    let listed = || shell::output(Command::new("fc-list").arg(":lang=zh-cn")).is_ok_and(|list| !list.trim().is_empty());
    let noto = ["/usr/share/fonts/opentype/noto", "/usr/share/fonts/noto-cjk"]
        .iter()
        .any(|folder| {
            let files = Path::new(folder).read_dir().into_iter().flatten().flatten();
            files
                .map(|file| file.file_name())
                .any(|name| name.to_string_lossy().contains("CJK"))
        });
    noto || listed()
}
