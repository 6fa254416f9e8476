//! zhike-lake
