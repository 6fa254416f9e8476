//! Real mail servers for one test: Postfix takes letters in and hands them to Dovecot, which keeps them and speaks IMAP.
//! Both run from a folder of their own on free ports and end with the test. Postfix wants to be started by root.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// Password of every mailbox.
pub const PASSWORD: &str = "geheim 密码";
/// Domain of every mailbox; a letter to another one is refused at once, one to a name that is not there comes back.
pub const DOMAIN: &str = "example.test";
/// Domain whose letters are not kept but handed on.
pub const DIRECT: &str = "direct.test";

/// The servers.
pub struct MailServers {
    /// Port of IMAP on 127.0.0.1.
    pub imap: u16,
    /// Port of SMTP on 127.0.0.1.
    pub smtp: u16,
    folder: tempfile::TempDir,
}

fn run(program: &str, arguments: &[&str]) -> bool {
    let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    // A server that stays keeps what it got: it gets nothing of ours.
    Command::new(program)
        .args(arguments)
        .env("PATH", path)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap_or_else(|e| panic!("{program} is needed for this test (`cargo xtask test` installs it): {e}"))
        .success()
}

fn must(program: &str, arguments: &[&str]) {
    assert!(
        run(program, arguments),
        "{program} {arguments:?} failed (the mail servers want to be started by root)"
    );
}

/// A port of this machine that nobody has just now.
pub fn free_port() -> u16 {
    let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr());
    port.unwrap().port()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

impl MailServers {
    /// Starts both with these mailboxes (the part before the `@`).
    pub fn start(users: &[&str]) -> MailServers {
        Self::start_with(users, None)
    }

    /// Besides, letters to [`DIRECT`] are handed on by LMTP to this port of 127.0.0.1.
    pub fn start_with(users: &[&str], direct: Option<u16>) -> MailServers {
        Self::start_as(users, direct, "")
    }

    /// The same, and they are handed on encrypted (STARTTLS) or not at all.
    pub fn start_encrypted(users: &[&str], direct: u16) -> MailServers {
        let one = "lmtp_tls_security_level = encrypt\nlmtp_tls_loglevel = 1\n";
        Self::start_as(users, Some(direct), one)
    }

    fn start_as(users: &[&str], direct: Option<u16>, more: &str) -> MailServers {
        let folder = tempfile::Builder::new().prefix("zhike-mail").tempdir().unwrap();
        let at = folder.path();
        let (imap, smtp, lmtp) = (free_port(), free_port(), free_port());
        for name in ["mail", "spool", "run", "data", "postfix"] {
            std::fs::create_dir(at.join(name)).unwrap();
        }
        // The servers work as users of their own.
        must("chmod", &["755", text(at)]);
        must("chown", &["mail:mail", text(&at.join("mail"))]);
        must("chown", &["postfix", text(&at.join("data"))]);
        let mut known = String::new();
        for user in users {
            known.push_str(&format!(
                "{user}@{DOMAIN}:{{PLAIN}}{PASSWORD}:8:8::{}/mail/{user}\n",
                text(at)
            ));
        }
        std::fs::write(at.join("users"), known).unwrap();
        std::fs::write(at.join("dovecot.conf"), dovecot(text(at), imap, lmtp)).unwrap();
        let mut main = postfix(text(at), lmtp);
        if let Some(port) = direct {
            main.push_str(&format!(
                "relay_domains = {DIRECT}\ntransport_maps = inline:{{{DIRECT}=lmtp:inet:127.0.0.1:{port}}}\nrelay_recipient_maps =\n\
                 minimal_backoff_time = 1s\nmaximal_backoff_time = 1s\nqueue_run_delay = 1s\n"
            ));
        }
        main.push_str(more);
        std::fs::write(at.join("postfix/main.cf"), main).unwrap();
        std::fs::write(at.join("postfix/master.cf"), master(smtp)).unwrap();
        let servers = MailServers { imap, smtp, folder };
        must("dovecot", &["-c", text(&servers.at("dovecot.conf"))]);
        must("postfix", &["-c", text(&servers.at("postfix")), "start"]);
        for port in [imap, smtp, lmtp] {
            wait(
                || TcpStream::connect(("127.0.0.1", port)).is_ok(),
                "the mail servers listen",
            );
        }
        servers
    }

    /// A mailbox of these servers, as a program sets it up over the API (without its password).
    pub fn mailbox(&self, user: &str, purpose: &str) -> serde_json::Value {
        serde_json::json!({
            "name": "Service", "address": format!("{user}@{DOMAIN}"), "purpose": purpose,
            "imap_host": "127.0.0.1", "imap_port": self.imap, "imap_tls": "none", "imap_login": format!("{user}@{DOMAIN}"),
            "smtp_host": "127.0.0.1", "smtp_port": self.smtp, "smtp_tls": "none",
        })
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Hands a letter to Postfix, byte by byte as it is given.
    pub fn post(&self, from: &str, to: &str, letter: &[u8]) {
        let stream = TcpStream::connect(("127.0.0.1", self.smtp)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
        let mut wire = stream;
        let mut answer = |want: &str| {
            let line = lines.next().unwrap().unwrap();
            assert!(line.starts_with(want), "{want} was expected: {line}");
        };
        answer("220");
        for (say, want) in [
            ("HELO tester".to_owned(), "250"),
            (format!("MAIL FROM:<{from}>"), "250"),
            (format!("RCPT TO:<{to}>"), "250"),
            ("DATA".to_owned(), "354"),
        ] {
            wire.write_all(format!("{say}\r\n").as_bytes()).unwrap();
            answer(want);
        }
        for line in letter.split_inclusive(|b| *b == b'\n') {
            if line.starts_with(b".") {
                wire.write_all(b".").unwrap();
            }
            wire.write_all(line).unwrap();
        }
        wire.write_all(b"\r\n.\r\n").unwrap();
        answer("250");
    }

    /// The letters that lie in a mailbox now, as their bytes; waits until there are so many.
    pub fn letters(&self, user: &str, most: usize) -> Vec<Vec<u8>> {
        let folder = self.at("mail").join(user).join("Maildir/new");
        let count = || std::fs::read_dir(&folder).map_or(0, Iterator::count);
        wait(|| count() >= most, "a letter arrives");
        let mut paths: Vec<PathBuf> = std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap().path()).collect();
        paths.sort();
        paths.iter().map(|p| std::fs::read(p).unwrap()).collect()
    }

    /// Ends IMAP, as a server does that is away.
    pub fn stop_imap(&self) {
        must("doveadm", &["-c", text(&self.at("dovecot.conf")), "stop"]);
    }

    /// Starts IMAP again.
    pub fn start_imap(&self) {
        must("dovecot", &["-c", text(&self.at("dovecot.conf"))]);
        wait(
            || TcpStream::connect(("127.0.0.1", self.imap)).is_ok(),
            "IMAP listens again",
        );
    }

    /// Lets the numbers of a mailbox's letters lose their meaning (another UIDVALIDITY), as a server does that was restored.
    pub fn renumber(&self, user: &str) {
        let folder = self.at("mail").join(user).join("Maildir");
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                std::fs::remove_file(path).unwrap();
            }
        }
        // Dovecot takes the second as its value.
        std::thread::sleep(Duration::from_millis(1_100));
    }

    /// What Postfix wrote down, for the words of a failure.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.at("postfix.log")).unwrap_or_default()
    }
}

impl Drop for MailServers {
    fn drop(&mut self) {
        let _ = run("postfix", &["-c", text(&self.at("postfix")), "stop"]);
        let _ = run("doveadm", &["-c", text(&self.at("dovecot.conf")), "stop"]);
    }
}

fn wait(mut done: impl FnMut() -> bool, what: &str) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < Duration::from_secs(30), "waited too long: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn dovecot(at: &str, imap: u16, lmtp: u16) -> String {
    format!(
        "base_dir = {at}/run
log_path = {at}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
first_valid_uid = 1
mail_location = maildir:~/Maildir
passdb {{
  driver = passwd-file
  args = {at}/users
}}
userdb {{
  driver = passwd-file
  args = {at}/users
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
"
    )
}

fn postfix(at: &str, lmtp: u16) -> String {
    format!(
        "compatibility_level = 3.6
queue_directory = {at}/spool
data_directory = {at}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mail.{DOMAIN}
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
virtual_mailbox_domains = {DOMAIN}
virtual_transport = lmtp:inet:127.0.0.1:{lmtp}
default_transport = error:5.1.2 this server delivers to its own domain only
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions = permit_mynetworks, reject
strict_rfc821_envelopes = no
smtputf8_enable = no
message_size_limit = 60000000
maillog_file = {at}/postfix.log
maillog_file_prefixes = /
alias_maps =
"
    )
}

fn master(smtp: u16) -> String {
    let mut out = format!("127.0.0.1:{smtp} inet n - n - - smtpd\n");
    for line in [
        "pickup unix n - n 60 1 pickup",
        "cleanup unix n - n - 0 cleanup",
        "qmgr unix n - n 300 1 qmgr",
        "rewrite unix - - n - - trivial-rewrite",
        "bounce unix - - n - 0 bounce",
        "defer unix - - n - 0 bounce",
        "trace unix - - n - 0 bounce",
        "verify unix - - n - 1 verify",
        "proxymap unix - - n - - proxymap",
        "error unix - - n - - error",
        "retry unix - - n - - error",
        "lmtp unix - - n - - lmtp",
        "tlsmgr unix - - n 1000? 1 tlsmgr",
        "anvil unix - - n - 1 anvil",
        "scache unix - - n - 1 scache",
        "postlog unix-dgram n - n - 1 postlogd",
    ] {
        out.push_str(line);
        out.push('\n');
    }
    out
}
