//! A query that somebody wrote. It reads facts and can do nothing else: it is one SELECT, it runs in a session that knows no table
//! but the facts as its reader sees them (no files, no catalogues, no settings), and the session's memory is bounded.

use super::{Bench, Sheet, fact, said};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Column as Named;
use datafusion::execution::context::SQLOptions;
use datafusion::logical_expr::{Expr, lit};
use datafusion::prelude::{SessionContext, cast, try_cast, when};
use datafusion::sql::parser::{DFParser, Statement};
use datafusion::sql::sqlparser::ast::Statement as Ast;
use zhike_kernel::{Error, Result};
use zhike_store::FieldKind;

/// A column of what a query gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// As the query names it.
    pub name: String,
    /// A column of the facts is called so and is of this kind: it has the same unit and label.
    pub like: Option<&'static str>,
}

/// Longest text of a query.
const LONGEST: usize = 10_000;

/// One SELECT and nothing beside it.
fn is_question(text: &str) -> Result<()> {
    if text.len() > LONGEST {
        return Err(Error::invalid("error-analysis-query-long").with("most", LONGEST));
    }
    let statements = DFParser::parse_sql(text).map_err(said)?;
    let mut statements = statements.into_iter();
    match (statements.next(), statements.next()) {
        (Some(Statement::Statement(one)), None) if matches!(*one, Ast::Query(_)) => Ok(()),
        _ => Err(Error::invalid("error-analysis-only-select")),
    }
}

impl Bench {
    /// The answer to somebody's query over some of the facts, and what its columns are called.
    pub async fn query(&self, text: &str, facts: &[&str]) -> Result<(Sheet, Vec<Column>)> {
        is_question(text)?;
        let apart = SessionContext::new_with_config_rt(self.ctx.copied_config(), self.ctx.runtime_env());
        let mut known: Vec<fact::Column> = vec![];
        for fact in facts.iter().filter_map(|name| fact::find(name)) {
            let seen = fact.seen(&self.sight.lacks);
            let columns: Vec<(fact::Column, String)> = seen.iter().map(|c| (*c, c.name.to_owned())).collect();
            let inner = self.table(self.sql(&fact.select(&self.sight, &columns)).await?)?;
            let read: Vec<String> = seen
                .iter()
                .map(|c| match c.kind {
                    FieldKind::Date => format!("CAST({0} AS DATE) AS {0}", c.name),
                    _ => c.name.to_owned(),
                })
                .collect();
            let frame = self.sql(&format!("SELECT {} FROM {inner}", read.join(", "))).await?;
            apart
                .register_table(fact.name, frame.into_view())
                .map_err(Error::broken)?;
            known.extend(seen);
        }
        let nothing_else = SQLOptions::new()
            .with_allow_ddl(false)
            .with_allow_dml(false)
            .with_allow_statements(false);
        let frame = apart.sql_with_options(text, nothing_else).await.map_err(said)?;
        let (mut fields, mut read, mut columns) = (vec![], vec![], vec![]);
        for (table, column) in frame.schema().iter() {
            let expr = Expr::Column(Named::new(table.cloned(), column.name()));
            let like = known.iter().find(|c| c.name == column.name());
            let (kind, expr) = unit(column.data_type(), like, expr)?;
            let field = self.field(kind)?;
            read.push(expr.alias(field.name));
            fields.push(field);
            columns.push(Column {
                name: column.name().clone(),
                like: like.filter(|c| c.kind == kind).map(|c| c.name),
            });
        }
        // Two columns of one name would be told apart by nobody.
        for (i, column) in columns.iter().enumerate() {
            if columns.iter().take(i).any(|c| c.name == column.name) {
                return Err(Error::invalid("error-analysis-name-twice").with("name", column.name.as_str()));
            }
        }
        let frame = frame.select(read).map_err(said)?;
        // On with the bench's own session.
        let table = self.table(frame)?;
        let frame = self.sql(&format!("SELECT * FROM {table}")).await?;
        Ok((Sheet { frame, fields }, columns))
    }
}

/// What a column of an answer is: whole numbers called like a column of facts are in its unit, broken ones become thousandths.
fn unit(kind: &DataType, like: Option<&fact::Column>, expr: Expr) -> Result<(FieldKind, Expr)> {
    Ok(match kind {
        kind if kind.is_integer() => {
            let whole = |k: &FieldKind| !matches!(k, FieldKind::Date | FieldKind::Text | FieldKind::Bool);
            let kind = like.map(|c| c.kind).filter(whole).unwrap_or(FieldKind::Int);
            (kind, cast(expr, DataType::Int64))
        }
        kind if kind.is_floating() || kind.is_decimal() => {
            let number = cast(expr, DataType::Float64) * lit(1000.0);
            let half = when(number.clone().lt(lit(0.0)), lit(-0.5))
                .otherwise(lit(0.5))
                .map_err(said)?;
            (FieldKind::Quantity, try_cast(number + half, DataType::Int64))
        }
        DataType::Date32 => (FieldKind::Date, cast(expr, DataType::Int32)),
        DataType::Boolean => (FieldKind::Bool, expr),
        _ => (FieldKind::Text, cast(expr, DataType::Utf8)),
    })
}

#[cfg(test)]
mod tests {
    use super::is_question;

    #[test]
    fn only_one_question_is_a_question() {
        for good in [
            "SELECT 1",
            "WITH a AS (SELECT 1) SELECT * FROM a",
            "SELECT 1 UNION SELECT 2;",
        ] {
            assert!(is_question(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "SELECT 1; SELECT 2",
            "DROP TABLE order_line",
            "CREATE TABLE x AS SELECT 1",
            "CREATE EXTERNAL TABLE x STORED AS PARQUET LOCATION '/etc'",
            "COPY order_line TO '/tmp/x.parquet'",
            "COPY (SELECT 1) TO 's3://x/y'",
            "SET datafusion.execution.batch_size = 1",
            "INSERT INTO order_line VALUES (1)",
            "EXPLAIN SELECT 1",
            "SHOW TABLES",
            "RESET datafusion.execution.batch_size",
            "DELETE FROM order_line",
        ] {
            assert!(is_question(bad).is_err(), "{bad}");
        }
    }
}
