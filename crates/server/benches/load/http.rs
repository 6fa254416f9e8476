//! A lean HTTP client and the load made with it: so little work that the machine's cores stay with the server.

use anyhow::{Context, Result, bail};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Makes the n-th request of a connection.
pub type Make = Arc<dyn Fn(u64) -> Vec<u8> + Send + Sync>;

/// What a load has shown.
#[derive(Clone, Debug, Default)]
pub struct Load {
    /// Requests a second.
    pub rate: f64,
    /// Answered requests.
    pub count: usize,
    /// Half of the answers took at most this, in milliseconds.
    pub p50: f64,
    /// Ninety-nine of a hundred.
    pub p99: f64,
    /// Mean bytes of an answer.
    pub bytes: usize,
}

/// The text of a `GET`.
pub fn get(path: &str, token: &str, more: &str) -> Vec<u8> {
    format!(
        "GET {path} HTTP/1.1\r\nhost: bench\r\naccept-language: zh-CN\r\nauthorization: Bearer {token}\r\n{more}\r\n"
    )
    .into_bytes()
}

/// The text of a `POST` of JSON.
pub fn post(path: &str, token: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// A connection that is kept.
pub struct Line {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Line {
    /// Opens it.
    pub async fn open(port: u16) -> Result<Line> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        Ok(Line {
            stream,
            buffer: Vec::with_capacity(256 * 1024),
        })
    }

    /// Sends a request and reads the whole answer: its status and its body as it came.
    pub async fn ask(&mut self, request: &[u8]) -> Result<(u16, &[u8])> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let mut head = 0;
        let mut length = None;
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("the server closed the connection");
            }
            if head == 0 {
                let Some(end) = self.buffer.windows(4).position(|w| w == b"\r\n\r\n") else {
                    continue;
                };
                head = end + 4;
                let text = String::from_utf8_lossy(self.buffer.get(..end).unwrap_or_default()).to_lowercase();
                length = text
                    .split("\r\n")
                    .find_map(|l| l.strip_prefix("content-length: ")?.trim().parse::<usize>().ok());
            }
            let whole = match length {
                Some(n) => self.buffer.len() >= head + n,
                None => self.buffer.ends_with(b"0\r\n\r\n"),
            };
            if whole {
                break;
            }
        }
        let status = self
            .buffer
            .get(9..12)
            .and_then(|s| std::str::from_utf8(s).ok())
            .and_then(|s| s.parse().ok())
            .unwrap_or(0);
        Ok((status, self.buffer.get(head..).unwrap_or_default()))
    }
}

/// Asks from several connections for some seconds, each as fast as answers come.
pub async fn load(port: u16, connections: usize, seconds: f64, make: &Make) -> Result<Load> {
    let began = Instant::now();
    let until = began + Duration::from_secs_f64(seconds);
    let mut tasks = vec![];
    for c in 0..connections {
        let make = make.clone();
        tasks.push(tokio::spawn(async move {
            let mut line = Line::open(port).await?;
            let mut times = vec![];
            let (mut bytes, mut n) = (0, c as u64 * 1_000_003);
            while Instant::now() < until {
                let request = make(n);
                n += 1;
                let sent = Instant::now();
                let (status, body) = line.ask(&request).await?;
                times.push(sent.elapsed().as_secs_f64() * 1e3);
                bytes += body.len();
                if !(200..300).contains(&status) {
                    let shown: String = String::from_utf8_lossy(body).chars().take(600).collect();
                    bail!(
                        "status {status} for {}: {shown}",
                        String::from_utf8_lossy(&request).lines().next().unwrap_or("")
                    );
                }
            }
            Ok::<_, anyhow::Error>((times, bytes))
        }));
    }
    let (mut times, mut bytes) = (vec![], 0);
    for task in tasks {
        let (t, b) = task.await.context("a connection broke down")??;
        times.extend(t);
        bytes += b;
    }
    let took = began.elapsed().as_secs_f64();
    times.sort_by(f64::total_cmp);
    let at = |share: f64| {
        times
            .get(((times.len() as f64 * share) as usize).min(times.len().saturating_sub(1)))
            .copied()
            .unwrap_or(0.0)
    };
    Ok(Load {
        rate: times.len() as f64 / took,
        count: times.len(),
        p50: at(0.5),
        p99: at(0.99),
        bytes: bytes / times.len().max(1),
    })
}
