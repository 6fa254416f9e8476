//! zhike-insight
