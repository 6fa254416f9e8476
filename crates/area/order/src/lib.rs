//! zhike-order
