//! Passwords and secrets: argon2 for what people remember, SHA-256 for what nobody could guess.

use argon2::{
    Argon2,
    password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::RngCore;
use sha2::{Digest, Sha256};
use zhike_kernel::{Error, Result};

/// Shortest password.
const LEAST: usize = 10;

/// Checks that a new password is worth the name. The login may not be part of it.
pub fn acceptable(login: &str, password: &str) -> Result<()> {
    let n = password.chars().count();
    if !(LEAST..=200).contains(&n) {
        return Err(Error::field("password", "error-password-length"));
    }
    let folded = password.to_lowercase();
    let first = folded.chars().next();
    if folded.contains(&login.to_lowercase())
        || folded.chars().all(|c| Some(c) == first)
        || COMMON.iter().any(|c| folded.contains(c))
    {
        return Err(Error::field("password", "error-password-weak"));
    }
    Ok(())
}

/// Beginnings and middles of the passwords that are tried first.
const COMMON: [&str; 8] = [
    "password", "12345678", "qwertyui", "iloveyou", "admin123", "zhike123", "letmein1", "11111111",
];

/// Hashes a password; slow on purpose, so it runs on a thread of its own.
pub async fn hash(password: String) -> Result<String> {
    on_thread(move || {
        let mut salt = [0_u8; 16];
        rand::rng().fill_bytes(&mut salt);
        let salt = SaltString::encode_b64(&salt).map_err(|e| e.to_string())?;
        Argon2::default()
            .hash_password(password.as_bytes(), &salt)
            .map(|h| h.to_string())
            .map_err(|e| e.to_string())
    })
    .await
}

/// Does the password fit? Without a hash it takes as long and says no, so that nobody learns which users there are.
pub async fn fits(password: String, hash: Option<String>) -> Result<bool> {
    on_thread(move || {
        let real = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.to_owned());
        let parsed = PasswordHash::new(&hash).map_err(|e| e.to_string())?;
        Ok(Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok() && real)
    })
    .await
}

/// A hash that no password fits.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$8yVq2Qm0nXvIh3m4cT1q4s6y5m2b1n0k9j8h7g6f5d4";

async fn on_thread<T: Send + 'static>(work: impl FnOnce() -> Result<T, String> + Send + 'static) -> Result<T> {
    crate::blocking(work).await?.map_err(Error::broken)
}

/// 32 random bytes as text: a session, a token, a first password.
pub fn generate() -> String {
    let mut bytes = [0_u8; 32];
    rand::rng().fill_bytes(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What the database keeps of a generated secret.
pub fn digest(secret: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(secret.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_passwords_are_refused() {
        assert!(acceptable("lin.shan", "short").is_err());
        assert!(acceptable("lin.shan", "xx-lin.shan-xx").is_err());
        assert!(acceptable("lin.shan", "aaaaaaaaaaaa").is_err());
        assert!(acceptable("lin.shan", "Password1234").is_err());
        assert!(acceptable("lin.shan", "青石板上的雨声一直在下").is_ok());
    }

    #[test]
    fn secrets_differ_and_digests_do_not_show_them() {
        let (a, b) = (generate(), generate());
        assert_ne!(a, b);
        assert_eq!(digest(&a), digest(&a));
        assert!(!digest(&a).contains(&a));
    }
}
