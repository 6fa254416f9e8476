//! The mark of our own letters: a Message-ID that only this house can have written, so that an answer finds its conversation
//! and nobody writes himself into a stranger's.

use zhike_kernel::{Error, Result};
use zhike_store::{Query, setting};
use zhike_web::seal;

/// The secret of the house.
pub(crate) async fn secret(q: &dyn Query) -> Result<Vec<u8>> {
    let hex = setting::get(q, "secret").await?;
    hex.map(String::into_bytes)
        .ok_or_else(|| Error::broken("the house has no secret"))
}

fn sign(secret: &[u8], message: i64) -> String {
    let mut all = seal::hex(&seal::mac(secret, &[b"mail\0", &message.to_be_bytes()]));
    all.truncate(20);
    all
}

/// The Message-ID of a message of ours, without angles.
pub(crate) fn write(secret: &[u8], message: i64, address: &str) -> String {
    let domain = address.rsplit_once('@').map_or("localhost", |a| a.1);
    format!("m.{message}.{}@{domain}", sign(secret, message))
}

/// The message of an id that we wrote.
pub(crate) fn read(secret: &[u8], id: &str) -> Option<i64> {
    let rest = id.strip_prefix("m.")?;
    let (message, rest) = rest.split_once('.')?;
    let message: i64 = message.parse().ok()?;
    let (signature, _) = rest.split_once('@')?;
    seal::same(signature.as_bytes(), sign(secret, message).as_bytes()).then_some(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_ids_are_believed() {
        let id = write(b"secret", 42, "service@example.com");
        assert!(id.ends_with("@example.com"), "{id}");
        assert_eq!(read(b"secret", &id), Some(42));
        assert_eq!(read(b"other", &id), None);
        assert_eq!(read(b"secret", &id.replace("m.42.", "m.43.")), None);
        for bad in ["", "m.", "m.1", "m.1.x@y", "x@y", "m.一.x@y"] {
            assert_eq!(read(b"secret", bad), None, "{bad}");
        }
    }
}
