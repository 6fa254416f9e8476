//! Units that are counted, not measured: there is no half piece.

use crate::{Error, Result};

/// Codes and words of units of which there are only whole ones; a set, a box and a reel are opened by nobody.
const COUNTED: [&str; 24] = [
    "piece", "pieces", "pc", "pcs", "each", "ea", "unit", "units", "set", "sets", "box", "boxes", "carton", "cartons",
    "reel", "件", "个", "只", "台", "套", "盒", "箱", "卷", "块",
];

/// Is the unit counted?
///
/// ```
/// assert!(zhike_kernel::unit::counted(" Pcs "));
/// assert!(!zhike_kernel::unit::counted("kg") && !zhike_kernel::unit::counted(""));
/// ```
pub fn counted(unit: &str) -> bool {
    COUNTED.contains(&unit.trim().to_lowercase().as_str())
}

/// Refuses a part of a piece: a quantity (in thousandths) of a counted unit is whole.
///
/// # Errors
/// At the field `quantity`.
pub fn whole(unit: &str, quantity: i64) -> Result<()> {
    if quantity % 1_000 != 0 && counted(unit) {
        return Err(Error::field("quantity", "error-quantity-whole"));
    }
    Ok(())
}
