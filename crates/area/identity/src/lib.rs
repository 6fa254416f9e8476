//! zhike-identity
