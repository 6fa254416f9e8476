//! Why an evaluation model cannot be run.

use super::MAX_INDICATORS;
use std::fmt;

/// Why a model cannot be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelError {
    /// No indicator, or no weight above zero, or a negative weight.
    Weights,
    /// More than [`MAX_INDICATORS`].
    TooMany,
    /// The named linear scale has no room between low and high.
    Scale(String),
    /// Quantile cuts must rise within 0–1, score cuts must fall.
    Cuts,
    /// The hysteresis is negative or not a number.
    Hysteresis,
    /// The named column is not there.
    Missing(String),
    /// The named column (or the list of earlier grades) differs in length from the first column.
    Length(String),
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Weights => write!(f, "the model needs a positive weight and no negative one"),
            Self::TooMany => write!(f, "the model has more than {MAX_INDICATORS} indicators"),
            Self::Scale(key) => write!(f, "the scale of {key} needs low below high"),
            Self::Cuts => write!(f, "the cuts are not in order"),
            Self::Hysteresis => write!(f, "the hysteresis must be zero or more"),
            Self::Missing(key) => write!(f, "there is no column {key}"),
            Self::Length(key) => write!(f, "the column {key} has another length"),
        }
    }
}

impl std::error::Error for ModelError {}
