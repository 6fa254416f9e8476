//! The driver of the headless browser, for the tests that click.

use crate::keeper::{self, Keeper};
use crate::shell;
use anyhow::{Context, Result, bail};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// A running chromedriver; dropping it ends the driver and the browsers it started.
pub struct Driver {
    port: u16,
    _keeper: Keeper,
}

impl Driver {
    /// Starts it on a free port.
    pub fn start() -> Result<Self> {
        let program =
            shell::find("chromedriver").context("chromedriver is not installed: package `chromium-driver`")?;
        let program = program.to_string_lossy().into_owned();
        let port = keeper::free_port()?;
        let log = std::env::temp_dir().join(format!("zhike-driver-{}-{port}.log", std::process::id()));
        let path = log.to_string_lossy().into_owned();
        // The driver and its browsers share the shell's process group, so one signal ends them all.
        let start = r#""$1" --port="$2" >"$3" 2>&1 </dev/null & driver=$!"#;
        let stop = r#"trap '' TERM; kill "$driver" 2>/dev/null; wait "$driver" 2>/dev/null; kill -TERM 0; rm -f "$3""#;
        let mut keeper = Keeper::start(start, stop, &[&program, &port.to_string(), &path])?;
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if keeper.ended() || begun.elapsed() > Duration::from_secs(30) {
                bail!("chromedriver does not answer on port {port}:\n{}", keeper::tail(&log));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(Self { port, _keeper: keeper })
    }

    /// Where the tests find it.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}
