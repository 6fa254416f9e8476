//! What a grouping leaves behind.

use serde::{Deserialize, Serialize};
use zhike_kernel::Date;
use zhike_value::cluster::{Scale, Tried};

/// A group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Its number, which it keeps from run to run as long as there is one like it.
    pub number: i64,
    /// Customers.
    pub customers: usize,
    /// What sets it apart: column and deviations from the mean of all, the furthest first.
    pub marks: Vec<(usize, f64)>,
    /// Median of each indicator.
    pub medians: Vec<f64>,
    /// Sales of the last twelve months together, minor units.
    pub sales: i64,
    /// The middle, in deviations from the mean of all.
    pub centre: Vec<f64>,
}

/// The stored result of the house.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// Customers grouped.
    pub customers: usize,
    /// Too few to be grouped.
    pub refused: bool,
    /// Numbers of groups that were tried.
    pub tried: Vec<Tried>,
    /// The number proposed.
    pub proposed: Option<usize>,
    /// The number taken.
    pub k: usize,
    /// The house chose it.
    pub chosen: bool,
    /// Mean and deviation of each column, over all customers grouped.
    pub scales: Vec<Scale>,
    /// Part of the variation of each column that lies between the groups.
    pub apart: Vec<f64>,
    /// Median of each indicator over all.
    pub medians: Vec<f64>,
    /// The groups, by number.
    pub groups: Vec<Group>,
}

impl Report {
    /// What was tried of the number taken.
    pub fn taken(&self) -> Option<&Tried> {
        self.tried.iter().find(|t| t.k == self.k)
    }
    /// A group by its number.
    pub fn group(&self, number: i64) -> Option<&Group> {
        self.groups.iter().find(|g| g.number == number)
    }
}

/// A customer's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The customer.
    pub party: i64,
    /// Number of the group.
    pub group: i64,
    /// How far from the middle of the group, thousandths of a deviation.
    pub away: i64,
}
