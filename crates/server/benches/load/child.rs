//! A process under observation: processor time and memory as the kernel counts them.

use crate::http::{Line, get};
use anyhow::{Context, Result, bail};
use std::{
    path::Path,
    process::{Child as Process, Command, Stdio},
    time::{Duration, Instant},
};

/// The kernel counts processor time in hundredths of a second.
const TICKS: f64 = 100.0;

/// A child process; killed when dropped.
pub struct Child {
    process: Process,
    /// The port it listens on, if it serves.
    pub port: u16,
}

/// A port that is free now.
pub fn free_port() -> Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// The product's program with a data folder and a database.
pub fn zhike(data: &Path, database: Option<&str>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zhike"));
    command.arg("--data").arg(data);
    if let Some(url) = database {
        command.arg("--database").arg(url);
    }
    command.env("RUST_LOG", "warn").stdout(Stdio::null());
    command
}

impl Child {
    /// Starts a program.
    pub fn start(mut command: Command, port: u16) -> Result<Child> {
        let process = command.spawn().with_context(|| format!("{command:?} does not start"))?;
        Ok(Child { process, port })
    }

    /// Starts the server; the time until its first page had come.
    pub async fn serve(data: &Path, database: Option<&str>, token: &str) -> Result<(Child, Duration)> {
        let port = free_port()?;
        let mut command = zhike(data, database);
        command.arg("--listen").arg(format!("127.0.0.1:{port}")).arg("serve");
        let began = Instant::now();
        let mut child = Child::start(command, port)?;
        child.until_page(&get("/parties", token, "")).await?;
        Ok((child, began.elapsed()))
    }

    /// Waits until the request is answered.
    pub async fn until_page(&mut self, request: &[u8]) -> Result<()> {
        for _ in 0..30_000 {
            if let Ok(mut line) = Line::open(self.port).await {
                let (status, body) = line.ask(request).await?;
                if status == 200 {
                    return Ok(());
                }
                bail!("the first page has status {status}: {}", String::from_utf8_lossy(body));
            }
            if let Some(status) = self.process.try_wait()? {
                bail!("the server ended: {status}");
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        bail!("the server does not answer")
    }

    /// Seconds of processor time so far.
    pub fn cpu(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id())).unwrap_or_default();
        let rest = stat.rsplit(')').next().unwrap_or("");
        let field = |i: usize| {
            rest.split_whitespace()
                .nth(i)
                .and_then(|v| v.parse::<f64>().ok())
                .unwrap_or(0.0)
        };
        (field(11) + field(12)) / TICKS
    }

    /// Resident memory now and at most, in megabytes.
    pub fn memory(&self) -> (f64, f64) {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap_or_default();
        let of = |name: &str| {
            let line = status.lines().find(|l| l.starts_with(name));
            line.and_then(|l| l.split_whitespace().nth(1))
                .and_then(|v| v.parse::<f64>().ok())
                .unwrap_or(0.0)
                / 1024.0
        };
        (of("VmRSS:"), of("VmHWM:"))
    }

    /// Runs to its end; wall seconds, processor seconds, and resident memory every quarter of a second.
    pub async fn watch(mut self) -> Result<Watched> {
        let began = Instant::now();
        let mut watched = Watched::default();
        loop {
            let (now, most) = self.memory();
            if most > 0.0 {
                watched.memory.push(now);
                watched.peak = watched.peak.max(most);
                watched.cpu = watched.cpu.max(self.cpu());
            }
            if let Some(status) = self.process.try_wait()? {
                watched.wall = began.elapsed().as_secs_f64();
                anyhow::ensure!(status.success(), "the program ended with {status}");
                return Ok(watched);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// What was seen of a program that ran to its end.
#[derive(Clone, Debug, Default)]
pub struct Watched {
    /// Seconds.
    pub wall: f64,
    /// Seconds of processor time.
    pub cpu: f64,
    /// Most resident memory, MB.
    pub peak: f64,
    /// Resident memory over time, MB.
    pub memory: Vec<f64>,
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
