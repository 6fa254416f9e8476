//! A whole list as a query: for what is done to all of it within the database, however long it is.

use crate::{
    Bind, Ctx, Query,
    field::Field,
    filter_sql::Sql,
    list::{List, conditions},
    read::joins,
    registry::RecordType,
};
use zhike_kernel::Result;

/// The ids of a whole list as a query and its values: for what is done to all of it within the database. `columns` are the
/// fields to read behind the id.
pub fn select(
    ctx: &Ctx,
    q: &dyn Query,
    ty: &RecordType,
    list: &List,
    columns: &[Field],
) -> Result<(String, Vec<Bind>)> {
    ctx.require(&ty.permission("view"))?;
    let mut sql = Sql::new(q.dialect());
    let mut read = vec!["t.id".to_owned()];
    for field in columns {
        ctx.may_ask(field)?;
        read.push(sql.column(field));
    }
    conditions(ctx, ty, list, &mut sql)?;
    let text = format!(
        "SELECT {} FROM {} t{} WHERE {}",
        read.join(", "),
        ty.table,
        joins(ty, &sql.joins),
        sql.text
    );
    Ok((text, sql.binds))
}
