//! Mail on the wire: letters read out of MIME and made into it, fetched by IMAP, handed over by SMTP. It knows no business
//! and no database; whoever uses it brings addresses and passwords and keeps what comes.

mod bounce;
mod clean;
mod dns;
mod fetch;
mod fresh;
mod keys;
mod link;
mod listen;
#[cfg(test)]
mod listen_tests;
mod post;
#[cfg(test)]
mod post_tests;
mod read;
#[cfg(test)]
mod read_tests;
mod send;

pub use bounce::{Bounce, Nature};
pub use clean::{clean, plain};
pub use dns::Names;
pub use fetch::{Box_, Found, Server, Session, Status};
pub use fresh::fresh;
pub use keys::{Keys, NoKeys};
pub use link::Tls;
pub use listen::{Bounds, Desk, Say, converse};
pub use post::Post;
pub use read::{Dropped, Letter, MOST_BYTES, Part, Person, read};
pub use send::{Account, Out, OutPart, Sent};

/// Why a mail server could not be used, for the person who set it up.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The name does not lead anywhere, or nobody listens there.
    #[error("cannot reach {0}: {1}")]
    Unreachable(String, String),
    /// The connection could not be made safe.
    #[error("no safe connection: {0}")]
    Unsafe(String),
    /// Name or password are refused.
    #[error("sign-in refused: {0}")]
    Refused(String),
    /// It took too long.
    #[error("no answer in time")]
    Late,
    /// The other side says something we do not understand, or broke off.
    #[error("{0}")]
    Broken(String),
}

impl Trouble {
    /// One word for the page: `unreachable`, `unsafe`, `refused`, `late` or `broken`.
    pub const fn word(&self) -> &'static str {
        match self {
            Trouble::Unreachable(..) => "unreachable",
            Trouble::Unsafe(_) => "unsafe",
            Trouble::Refused(_) => "refused",
            Trouble::Late => "late",
            Trouble::Broken(_) => "broken",
        }
    }
}
