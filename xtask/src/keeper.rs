//! A background server that ends when we end, however we end.
//!
//! A `Drop` alone does not run on Ctrl-C or `kill -9`. So a small shell, in a process group of its own, holds the
//! server and waits on a pipe from us: the kernel closes that pipe when we are gone, and the shell tidies up.

use anyhow::{Context, Result};
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

/// The shell that holds the server.
pub struct Keeper {
    child: Child,
}

impl Keeper {
    /// Runs `start`, and `stop` as soon as the keeper is dropped or this process is gone. `arguments` are `$1`, `$2`...
    /// of both. `start` must not read its input and must say on its output what is worth seeing when it fails.
    pub fn start(start: &str, stop: &str, arguments: &[&str]) -> Result<Self> {
        let script = format!("trap '' INT HUP\n{start}\nread -r _\n{stop}\n");
        let mut command = Command::new("sh");
        command.args(["-c", &script, "keeper"]).args(arguments).current_dir("/");
        command.stdin(Stdio::piped()).process_group(0);
        let child = command.spawn().context("sh does not start")?;
        Ok(Self { child })
    }

    /// Whether the shell has ended by itself, that is, the server did not start.
    pub fn ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        // The shell's end is the proof that nothing is left; its status says nothing more.
        let _ = self.child.wait();
    }
}

/// A TCP port of 127.0.0.1 that nobody uses at this moment.
pub fn free_port() -> Result<u16> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).context("no free port on 127.0.0.1")?;
    Ok(listener.local_addr()?.port())
}

/// The end of a log file, for an error message.
pub fn tail(file: &std::path::Path) -> String {
    let mut bytes = Vec::new();
    if let Ok(mut file) = std::fs::File::open(file) {
        let _ = file.read_to_end(&mut bytes);
    }
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    lines
        .get(lines.len().saturating_sub(20)..)
        .unwrap_or_default()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stops_what_it_started() {
        let folder = std::env::temp_dir().join(format!("zhike-keeper-{}", std::process::id()));
        let path = folder.to_string_lossy().into_owned();
        let mut keeper = Keeper::start("mkdir \"$1\"; touch \"$1/up\"", "rm -rf \"$1\"", &[&path]).unwrap();
        while !folder.join("up").exists() {
            assert!(!keeper.ended());
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        drop(keeper);
        assert!(!folder.exists());
    }
}
