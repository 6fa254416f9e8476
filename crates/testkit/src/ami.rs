//! A peer that speaks the manager's protocol of an Asterisk (AMI): greeting, login, events, actions with their answers. Debian 12
//! has no `asterisk` to test against; the shapes are those of Asterisk 20's documentation.

use std::sync::{Arc, Mutex};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::broadcast,
};

/// Name and password that it takes.
pub const LOGIN: (&str, &str) = ("zhike", "geheim 密码");

/// The peer.
pub struct Ami {
    /// Port on 127.0.0.1.
    pub port: u16,
    events: broadcast::Sender<String>,
    actions: Arc<Mutex<Vec<String>>>,
    task: tokio::task::JoinHandle<()>,
}

async fn serve(
    stream: TcpStream,
    mut events: broadcast::Receiver<String>,
    actions: Arc<Mutex<Vec<String>>>,
) -> std::io::Result<()> {
    let (from, mut to) = stream.into_split();
    let mut lines = BufReader::new(from).lines();
    to.write_all(b"Asterisk Call Manager/9.0.0\r\n").await?;
    let (mut block, mut inside) = (Vec::<String>::new(), false);
    loop {
        tokio::select! {
            line = lines.next_line() => {
                let Some(line) = line? else { return Ok(()) };
                if !line.is_empty() {
                    block.push(line);
                    continue;
                }
                let get = |name: &str| {
                    let head = format!("{name}: ");
                    block.iter().find_map(|l| l.strip_prefix(&head)).unwrap_or("").to_owned()
                };
                let id = get("ActionID");
                let said = match get("Action").as_str() {
                    "Login" if (get("Username").as_str(), get("Secret").as_str()) == LOGIN => { inside = true; "Response: Success\r\nMessage: Authentication accepted" }
                    "Login" => "Response: Error\r\nMessage: Authentication failed",
                    _ if !inside => "Response: Error\r\nMessage: Permission denied",
                    "Ping" => "Response: Success\r\nPing: Pong",
                    "Originate" => "Response: Success\r\nMessage: Originate successfully queued",
                    _ => "Response: Error\r\nMessage: Invalid/unknown command",
                };
                to.write_all(format!("{}\r\nActionID: {id}\r\n\r\n", said).as_bytes()).await?;
                actions.lock().unwrap().push(block.join("\n"));
                block.clear();
            }
            event = events.recv() => {
                let Ok(event) = event else { return Ok(()) };
                // An empty one cuts the line.
                if event.is_empty() {
                    return Ok(());
                }
                if inside {
                    to.write_all(event.as_bytes()).await?;
                }
            }
        }
    }
}

impl Ami {
    /// Starts it.
    pub async fn start() -> Ami {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (events, _) = broadcast::channel(64);
        let actions = Arc::new(Mutex::new(vec![]));
        let (sender, kept) = (events.clone(), actions.clone());
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (events, actions) = (sender.subscribe(), kept.clone());
                tokio::spawn(async move {
                    let _ = serve(stream, events, actions).await;
                });
            }
        });
        Ami {
            port,
            events,
            actions,
            task,
        }
    }
    /// Tells an event: its fields, separated by `|`.
    pub fn tell(&self, fields: &str) {
        let _ = self.events.send(format!("{}\r\n\r\n", fields.replace('|', "\r\n")));
    }
    /// Cuts all connections.
    pub fn cut(&self) {
        let _ = self.events.send(String::new());
    }
    /// How many are connected.
    pub fn connections(&self) -> usize {
        self.events.receiver_count()
    }
    /// Actions of this name that came.
    pub fn actions(&self, name: &str) -> Vec<String> {
        let head = format!("Action: {name}\n");
        self.actions
            .lock()
            .unwrap()
            .iter()
            .filter(|a| a.starts_with(&head))
            .cloned()
            .collect()
    }
}

impl Drop for Ami {
    fn drop(&mut self) {
        self.task.abort();
    }
}
