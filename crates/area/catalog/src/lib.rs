//! zhike-catalog
