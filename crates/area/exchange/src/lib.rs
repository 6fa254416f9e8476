//! zhike-exchange
