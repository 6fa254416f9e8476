//! zhike-server
