//! A throw-away PostgreSQL: its own folder below the temporary folder, a free port on 127.0.0.1, gone afterwards.

use crate::keeper::{self, Keeper};
use crate::shell;
use anyhow::{Context, Result, bail};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// The oldest major version that we support.
pub const OLDEST: u32 = 15;

/// A running cluster; dropping it stops the server and removes the folder.
pub struct Cluster {
    port: u16,
    _keeper: Keeper,
}

impl Cluster {
    /// Makes and starts one.
    pub fn start() -> Result<Self> {
        let Some(binaries) = binaries() else {
            bail!("PostgreSQL {OLDEST} or newer is not installed; install the package `postgresql`");
        };
        let user = server_user()?;
        // Another program may take the free port before the server does: try again with another.
        let start = || Self::try_start(&binaries, user.as_deref());
        start().or_else(|_| start()).or_else(|_| start())
    }

    fn try_start(binaries: &Path, user: Option<&str>) -> Result<Self> {
        let port = keeper::free_port()?;
        let folder = open_temp()?.join(format!("zhike-pg-{}-{port}", std::process::id()));
        let path = folder.to_str().context("the temporary folder's name is not UTF-8")?;
        let programs = binaries.to_str().context("the folder of PostgreSQL is not UTF-8")?;
        let log = folder.join("log");
        // $1 folder, $2 programs, $3 port, $4 user ("" = ourselves). A database for tests need not survive a power cut.
        let start = r#"
            trap '' TERM
            as() { if [ -n "$user" ]; then setpriv --reuid "$user" --regid "$group" --init-groups -- "$@"; else "$@"; fi; }
            user=$4; group=; [ -z "$user" ] || group=$(id -gn "$user")
            mkdir -m 700 "$1" || exit 1
            [ -z "$user" ] || chown "$user:$group" "$1"
            ( cd "$1" && as "$2/initdb" --pgdata="$1/data" --username=postgres --auth=trust --encoding=UTF8 \
                --locale=C.UTF-8 --no-sync </dev/null &&
              as "$2/pg_ctl" --pgdata="$1/data" --log="$1/server.log" --wait --timeout=60 --options="-p $3 -k $1 \
                -c listen_addresses=127.0.0.1 -c max_connections=200 -c fsync=off -c full_page_writes=off \
                -c synchronous_commit=off -c max_wal_size=2GB" start </dev/null
            ) >"$1/log" 2>&1 || { cat "$1/server.log" >>"$1/log" 2>/dev/null; touch "$1/failed"; }
            [ -e "$1/failed" ] || touch "$1/ready""#;
        let stop = r#"
            [ ! -e "$1/data/postmaster.pid" ] || ( cd "$1" && as "$2/pg_ctl" --pgdata="$1/data" --mode=immediate \
                --wait stop >/dev/null 2>&1 )
            rm -rf "$1""#;
        let mut keeper = Keeper::start(
            start,
            stop,
            &[path, programs, &port.to_string(), user.unwrap_or_default()],
        )?;
        let begun = Instant::now();
        while !folder.join("ready").exists() {
            if folder.join("failed").exists() || keeper.ended() || begun.elapsed() > Duration::from_secs(90) {
                bail!("PostgreSQL does not start on port {port}:\n{}", keeper::tail(&log));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(Self { port, _keeper: keeper })
    }

    /// Where a test finds it; a test makes its own database there.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }
}

/// The folder with `initdb` of the newest PostgreSQL that is new enough.
pub fn binaries() -> Option<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let debian = folders.filter_map(|folder| {
        let version: u32 = folder.file_name().to_str()?.parse().ok()?;
        let bin = folder.path().join("bin");
        (version >= OLDEST && bin.join("initdb").is_file()).then_some((version, bin))
    });
    debian.max().map(|(_, bin)| bin).or_else(on_path)
}

/// Other systems keep the programs on the search path.
fn on_path() -> Option<PathBuf> {
    let initdb = shell::find("initdb")?;
    let says = shell::output(Command::new(&initdb).arg("--version")).ok()?;
    let number: String = says
        .chars()
        .skip_while(|c| !c.is_ascii_digit())
        .take_while(char::is_ascii_digit)
        .collect();
    (number.parse::<u32>().ok()? >= OLDEST).then(|| initdb.parent().map(Path::to_path_buf))?
}

/// PostgreSQL refuses to run as root; then another user must carry it.
fn server_user() -> Result<Option<String>> {
    if !shell::is_root() {
        return Ok(None);
    }
    let known = |user: &&str| shell::output(Command::new("id").arg(user)).is_ok();
    match ["postgres", "nobody"].iter().copied().find(|user| known(user)) {
        Some(user) => Ok(Some(user.to_owned())),
        None => bail!("PostgreSQL must not run as root, and there is no user `postgres` or `nobody` to run it"),
    }
}

/// A temporary folder that the server's user can reach as well.
fn open_temp() -> Result<PathBuf> {
    let open = |folder: &PathBuf| {
        folder.ancestors().all(|part| {
            part.metadata()
                .is_ok_and(|found| found.permissions().mode() & 0o001 != 0)
        })
    };
    let candidates = [std::env::temp_dir(), "/tmp".into(), "/var/tmp".into()];
    candidates
        .into_iter()
        .find(open)
        .context("no temporary folder that every user can reach")
}
