//! zhike-sales
