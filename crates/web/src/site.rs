//! Under which address customers reach this house: links in messages begin with it.

use zhike_kernel::{Error, Result};
use zhike_store::{Query, Tx, setting};

const NAME: &str = "site";
/// Longest address.
const MOST: usize = 200;

/// The address without a slash at its end; empty while nobody has set it.
pub async fn address(q: &dyn Query) -> Result<String> {
    Ok(setting::get(q, NAME).await?.unwrap_or_default())
}

/// The address as it may be kept. An error names the field `address`.
pub fn check(given: &str) -> Result<String> {
    let address = given.trim().trim_end_matches('/');
    let host = address
        .strip_prefix("https://")
        .or_else(|| address.strip_prefix("http://"));
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '"' | '?' | '#');
    let good = host.is_some_and(|h| !h.is_empty() && h.len() < MOST && h.chars().all(plain));
    if address.is_empty() || good {
        return Ok(address.to_owned());
    }
    Err(Error::field("address", "error-site-address"))
}

/// Keeps it.
pub async fn keep(tx: &Tx, given: &str) -> Result<()> {
    let address = check(given)?;
    if address == self::address(tx).await? {
        return Ok(());
    }
    setting::set(tx, NAME, &address).await
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn only_whole_addresses_are_kept() {
        assert_eq!(check(" https://crm.example.com/ ").unwrap(), "https://crm.example.com");
        assert_eq!(check("").unwrap(), "");
        for bad in [
            "crm.example.com",
            "javascript:alert(1)",
            "https://",
            "https://a b",
            "https://a/?x",
        ] {
            assert_eq!(check(bad).unwrap_err().fields[0].field, "address", "{bad}");
        }
    }
}
