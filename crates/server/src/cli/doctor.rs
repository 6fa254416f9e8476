//! `zhike doctor`: configuration, database, schema, disk, clock, fonts: what is wrong, and how to mend it.

use anyhow::{Result, bail};
use std::{path::Path, process::Command};
use zhike_inbox::Stand;
use zhike_kernel::{Clock, Stamp, SystemClock};
use zhike_server::{Config, areas, house};
use zhike_store::{Db, Dialect, Query, binds, db::Durability, migrate};

/// Counts what is wrong while it prints.
#[derive(Default)]
struct Findings {
    bad: usize,
}

impl Findings {
    fn good(&self, what: &str, note: &str) {
        println!("  ok     {what:<14} {note}");
    }
    fn warn(&self, what: &str, note: &str) {
        println!("  look   {what:<14} {note}");
    }
    fn bad(&mut self, what: &str, note: &str) {
        self.bad += 1;
        println!("  WRONG  {what:<14} {note}");
    }
}

pub(super) async fn run(config: &Config) -> Result<()> {
    let mut f = Findings::default();
    f.good(
        "configuration",
        &format!(
            "data in {}, {} at {}",
            config.data.display(),
            config.currency,
            config.zone
        ),
    );
    data_folder(&mut f, &config.data);
    disk(&mut f, &config.data);
    clock(&mut f);
    fonts(&f);
    listen(&mut f, &config.listen).await;
    if config.listen.starts_with("0.0.0.0") && !config.secure_cookies {
        f.warn(
            "cookies",
            "the server is open to the network without TLS; put an https proxy before it and set secure_cookies = true",
        );
    }
    database(&mut f, config).await;
    if f.bad > 0 {
        bail!("{} thing(s) to mend", f.bad);
    }
    println!("  all is well");
    Ok(())
}

fn data_folder(f: &mut Findings, data: &Path) {
    let probe = data.join(".probe");
    match std::fs::create_dir_all(data)
        .and_then(|()| std::fs::write(&probe, b"x"))
        .and_then(|()| std::fs::remove_file(&probe))
    {
        Ok(()) => f.good("data folder", &data.display().to_string()),
        Err(e) => f.bad(
            "data folder",
            &format!(
                "{} cannot be written ({e}); make it, or give it to the user that runs zhike",
                data.display()
            ),
        ),
    }
}

fn disk(f: &mut Findings, data: &Path) {
    let out = Command::new("df").args(["--output=avail", "-k"]).arg(data).output();
    let free = out
        .ok()
        .and_then(|o| String::from_utf8(o.stdout).ok())
        .and_then(|t| t.lines().nth(1)?.trim().parse::<u64>().ok());
    match free {
        None => f.warn("disk", "free space could not be read (is df installed?)"),
        Some(kb) if kb < 200_000 => f.bad(
            "disk",
            &format!(
                "{} MB free; make room, imports and facts stop when it is full",
                kb / 1024
            ),
        ),
        Some(kb) if kb < 2_000_000 => f.warn("disk", &format!("{} MB free; plan for more", kb / 1024)),
        Some(kb) => f.good("disk", &format!("{} GB free", kb / 1024 / 1024)),
    }
}

fn clock(f: &mut Findings) {
    let now = SystemClock.now();
    let built = Stamp(1_760_000_000_000_000);
    if now < built {
        f.bad(
            "clock",
            &format!(
                "it says {}, which lies before this program was written; set it (timedatectl set-ntp true)",
                now.rfc3339()
            ),
        );
    } else {
        f.good("clock", &now.rfc3339());
    }
}

fn fonts(f: &Findings) {
    let list = Command::new("fc-list").args([":lang=zh", "family"]).output();
    match list {
        Ok(o) if o.stdout.is_empty() => f.warn("fonts", "no Chinese font on this machine; pages bring the reader's own, screenshots here need one: apt-get install fonts-noto-cjk"),
        Ok(_) => f.good("fonts", "a Chinese font is installed"),
        Err(_) => f.warn("fonts", "fc-list is not installed, so fonts were not looked at"),
    }
}

async fn listen(f: &mut Findings, address: &str) {
    match tokio::net::TcpListener::bind(address).await {
        Ok(_) => f.good("address", &format!("{address} is free")),
        Err(e) if e.kind() == std::io::ErrorKind::AddrInUse => {
            f.warn("address", &format!("{address} is in use; fine if that is Zhike itself"))
        }
        Err(e) => f.bad(
            "address",
            &format!("cannot listen on {address}: {e}; choose another with --listen"),
        ),
    }
}

async fn database(f: &mut Findings, config: &Config) {
    let url = config.database_url();
    if let Some(path) = url.strip_prefix("sqlite:")
        && !Path::new(path.trim_start_matches("//")).exists()
    {
        f.warn("database", &format!("{path} is not there yet; serve or demo makes it"));
        return;
    }
    // A server that is not there is tried again for half a minute; whoever asks what is wrong wants to know it now.
    let opened = tokio::time::timeout(std::time::Duration::from_secs(5), Db::open(&url, Durability::Full)).await;
    let why = match opened {
        Ok(Ok(db)) => return opened_database(f, config, &db).await,
        Ok(Err(e)) => e.to_string(),
        Err(_) => "no answer within 5 seconds".to_owned(),
    };
    f.bad(
        "database",
        &format!(
            "{} does not open: {why}; is it running? check address, name and password",
            house::redact(&url)
        ),
    );
}

async fn opened_database(f: &mut Findings, config: &Config, db: &Db) {
    match db.dialect() {
        Dialect::Sqlite => match db
            .one("PRAGMA quick_check", vec![])
            .await
            .and_then(|r| r.map_or(Ok("no answer".into()), |r| r.text(0)))
        {
            Ok(word) if word == "ok" => f.good("database", "the embedded file is sound"),
            Ok(word) => f.bad(
                "database",
                &format!("the file is damaged ({word}); restore a backup: zhike restore FOLDER"),
            ),
            Err(e) => f.bad("database", &format!("the file cannot be read: {e}")),
        },
        Dialect::Postgres => match db
            .one("SELECT current_setting('server_version_num')", vec![])
            .await
            .and_then(|r| r.map_or(Ok(String::new()), |r| r.text(0)))
        {
            Ok(v) if v.parse::<i64>().unwrap_or(0) >= 150_000 => f.good("database", &format!("PostgreSQL {v}")),
            Ok(v) => f.bad("database", &format!("PostgreSQL {v} is older than 15; upgrade it")),
            Err(e) => f.bad("database", &format!("it does not answer: {e}")),
        },
    }
    let steps = house::migrations(&areas::all(config));
    match migrate::applied(db).await {
        Err(_) => f.warn("schema", "empty; serve or demo makes it"),
        Ok(known) => {
            let stranger = migrate::stranger(&known, &steps);
            let open = steps.iter().filter(|s| !known.iter().any(|k| k == s.name)).count();
            match (stranger, open) {
                (Some(s), _) => f.bad(
                    "schema",
                    &format!("it knows {s}, this program does not; start the newer version"),
                ),
                (None, 0) => f.good("schema", &format!("{} steps, none open", known.len())),
                (None, n) => f.warn(
                    "schema",
                    &format!("{n} step(s) open; the next serve makes a backup and runs them"),
                ),
            }
            jobs(f, db).await;
            if stranger.is_none() && open == 0 {
                mail(f, config, db).await;
            }
        }
    }
    db.close().await;
}

/// What the name service says about the domains from which the house sends, and what to enter there.
async fn mail(f: &mut Findings, config: &Config, db: &Db) {
    let Ok(domains) = zhike_inbox::domains(db, config.dns).await else {
        return;
    };
    for domain in domains {
        for line in &domain.lines {
            let what = line.kind.to_uppercase();
            let enter = match line.enter.as_str() {
                "" => String::new(),
                text => format!("; enter the TXT record {} = \"{text}\"", line.name),
            };
            let note = match line.stand {
                Stand::Good => {
                    f.good(&what, &format!("{}: {}", domain.name, line.found));
                    continue;
                }
                Stand::Weak => format!("{}: {} ({}){enter}", domain.name, weak(line.why), line.found),
                Stand::Missing => format!("{}: there is none{}{enter}", domain.name, key(line.kind)),
                Stand::Unknown => {
                    format!(
                        "{}: could not look it up ({}){}{enter}",
                        domain.name,
                        line.found,
                        key(line.kind)
                    )
                }
            };
            f.warn(&what, &note);
        }
    }
}

/// The key of signatures is made where letters are signed.
fn key(kind: &str) -> &'static str {
    match kind {
        "dkim" => {
            " under the usual names; switch signing on at your mail server, which shows the key, and name its selector in the mailbox"
        }
        _ => "",
    }
}

fn weak(why: &str) -> &'static str {
    match why {
        "spf-everybody" => "it lets everybody send in your name",
        "spf-open" => "it does not say what to do with others",
        "spf-several" | "dmarc-several" => "several records count as none; keep one",
        "dkim-revoked" => "the key is taken back",
        "dmarc-none" => "it only watches; once the reports are clean, let it act",
        _ => "it cannot be read",
    }
}

async fn jobs(f: &mut Findings, db: &Db) {
    match db
        .number("SELECT count(*) FROM job WHERE state = $1", binds!["failed"])
        .await
    {
        Ok(0) => f.good("jobs", "none has failed"),
        Ok(n) => f.warn(
            "jobs",
            &format!("{n} failed for good; their reasons stand on the page Background work (/jobs), where they are tried again or dropped"),
        ),
        Err(_) => {}
    }
}
