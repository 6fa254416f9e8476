//! zhike-billing
