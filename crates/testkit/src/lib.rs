//! zhike-testkit
