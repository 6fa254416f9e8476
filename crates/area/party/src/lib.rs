//! zhike-party
