//! The filter step: the house's chips and filters, about the columns of a sheet.

use super::{Col, Step};
use zhike_kernel::{Error, Filter, Result};
use zhike_store::{Field, RecordType};
use zhike_web::records::ask::{Cond, Reader};

/// A declaration whose fields are the columns, so that conditions on them are read as everywhere.
pub(crate) fn type_of(fields: &[Field]) -> RecordType {
    RecordType::new("analysis_row", "", "", 0, fields.to_vec())
}

/// The condition of a step; `fields` keep the columns, in their order.
pub(crate) fn condition(step: &Step, cols: &[Col], fields: &[Field], reader: &Reader) -> Result<Filter> {
    let Step::Filter { conditions, filter } = step else {
        return Ok(Filter::default());
    };
    let ty = type_of(fields);
    let place = |name: &str| {
        let at = cols.iter().position(|c| c.name == name);
        at.and_then(|i| fields.get(i))
            .map(|f| f.name.to_owned())
            .ok_or_else(|| Error::invalid("error-analysis-column").with("name", name))
    };
    let mut parts = vec![];
    for text in conditions {
        let mut cond = Cond::parse(text).ok_or_else(|| Error::field("conditions", "error-filter-value"))?;
        let name = std::mem::take(&mut cond.field);
        cond.field = place(&name)?;
        parts.push(cond.filter(&ty, reader).map_err(|mut e| {
            // The complaint is about the column as its author knows it.
            e.field = name;
            Error::fields(vec![e])
        })?);
    }
    if !filter.is_null() {
        let read = Filter::from_json(filter).ok_or_else(|| Error::field("filter", "error-condition"))?;
        parts.push(reader.resolved(&ty, &renamed(&read, &place)?));
    }
    Ok(Filter::All(parts))
}

fn renamed(filter: &Filter, place: &dyn Fn(&str) -> Result<String>) -> Result<Filter> {
    let all = |parts: &[Filter]| parts.iter().map(|f| renamed(f, place)).collect::<Result<Vec<Filter>>>();
    Ok(match filter {
        Filter::All(parts) => Filter::All(all(parts)?),
        Filter::Any(parts) => Filter::Any(all(parts)?),
        Filter::None(part) => Filter::None(Box::new(renamed(part, place)?)),
        Filter::Exists { relation, .. } => {
            return Err(Error::invalid("error-analysis-column").with("name", relation.as_str()));
        }
        Filter::Field { field, op, values } => Filter::Field {
            field: place(field)?,
            op: *op,
            values: values.clone(),
        },
    })
}
