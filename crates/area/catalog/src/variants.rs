//! Variants: products made of a template by the choices on its axes. They are products of their own, for price, stock and
//! orders; what they share with the template follows it as long as nobody changed it on the variant.

use crate::hooks::parts::choices;
use zhike_kernel::{Error, Result, Value, Values};
use zhike_store::{Ctx, Query, Record, Tx, binds, read, registry::Saved, write};

/// What a variant takes from its template.
pub(crate) const SHARED: [&str; 10] = [
    "category_id",
    "kind",
    "unit",
    "price",
    "cost",
    "currency",
    "tax_class_id",
    "description",
    "recurring",
    "term_months",
];
/// So many variants a template has at most.
pub(crate) const MOST: usize = 400;

/// A variant is no template, and a configurable product has options instead of variants.
pub(crate) async fn check_template(tx: &Tx, old: Option<&Record>, new: &Values) -> Result<()> {
    let template = new.get("template_id").and_then(Value::int);
    if template.is_none() || old.is_some_and(|o| o.int("template_id") == template) {
        return Ok(());
    }
    let sql = "SELECT (SELECT count(*) FROM catalog_product WHERE id = $1 AND template_id IS NOT NULL) \
               + (SELECT count(*) FROM catalog_product WHERE template_id = $2)";
    let own = old.map_or(0, |o| o.id);
    if template == Some(own) || tx.number(sql, binds![template, own]).await? > 0 {
        return Err(Error::field("template_id", "error-variant-nested"));
    }
    Ok(())
}

/// Hands on to the variants what changed on a template.
pub(crate) async fn share(tx: &Tx, ctx: &Ctx, rows: &[Saved]) -> Result<()> {
    for row in rows {
        let Some(old) = &row.old else { continue };
        let changed: Vec<(&str, &Value)> = SHARED.iter().filter_map(|f| Some((*f, row.new.get(*f)?))).collect();
        if changed.is_empty() || old.int("template_id").is_some() {
            continue;
        }
        let sql = "SELECT id FROM catalog_product WHERE template_id = $1 AND archived_at IS NULL ORDER BY id";
        let ids: Vec<i64> = tx
            .all(sql, binds![row.id])
            .await?
            .iter()
            .map(|r| r.int(0))
            .collect::<Result<_>>()?;
        let ty = ctx.registry().get("product")?.clone();
        for variant in read::find_many(ctx, tx, &ty, &ids).await? {
            let new: Values = changed
                .iter()
                .filter(|(f, _)| variant.get(f) == old.get(f))
                .map(|(f, v)| ((*f).to_owned(), (*v).clone()))
                .collect();
            let version = variant.version;
            write::update_from(ctx, tx, &ty, variant, version, new).await?;
        }
    }
    Ok(())
}

/// An axis of a template.
pub(crate) struct Axis {
    pub id: i64,
    pub name: String,
    pub latin: Option<String>,
    pub choices: Vec<String>,
}

impl Axis {
    pub(crate) fn title(&self, latin: bool) -> &str {
        self.latin
            .as_deref()
            .filter(|l| latin && !l.is_empty())
            .unwrap_or(&self.name)
    }
}

/// The axes of a template, in order.
pub(crate) async fn axes(q: &dyn Query, template: i64) -> Result<Vec<Axis>> {
    let sql = "SELECT id, name, name_latin, choices FROM catalog_axis WHERE product_id = $1 AND archived_at IS NULL \
               ORDER BY position IS NULL, position, id";
    q.all(sql, binds![template])
        .await?
        .iter()
        .map(|r| {
            Ok(Axis {
                id: r.int(0)?,
                name: r.text(1)?,
                latin: r.opt_text(2)?,
                choices: choices(&r.text(3)?),
            })
        })
        .collect()
}

/// Every way through the axes.
pub(crate) fn combinations(axes: &[Vec<String>]) -> Vec<Vec<String>> {
    axes.iter().fold(vec![vec![]], |all, axis| {
        all.iter()
            .flat_map(|done| {
                axis.iter().map(move |choice| {
                    let mut next = done.clone();
                    next.push(choice.clone());
                    next
                })
            })
            .collect()
    })
}

/// The letters and digits of a choice, as a code has them; other scripts stay as they are.
pub(crate) fn code(choice: &str) -> String {
    choice
        .chars()
        .filter(|c| c.is_alphanumeric())
        .collect::<String>()
        .to_uppercase()
}

/// A variant: its id and its choices, in the order of the axes.
pub(crate) struct Variant {
    pub id: i64,
    pub values: Vec<Option<String>>,
}

/// The variants of a template.
pub(crate) async fn of(q: &dyn Query, template: i64, axes: &[Axis]) -> Result<Vec<Variant>> {
    let sql = "SELECT p.id, v.axis_id, v.value FROM catalog_product p LEFT JOIN catalog_variant_value v ON v.product_id = p.id \
               WHERE p.template_id = $1 AND p.archived_at IS NULL ORDER BY p.id";
    let mut out: Vec<Variant> = vec![];
    for row in q.all(sql, binds![template]).await? {
        let id = row.int(0)?;
        if out.last().is_none_or(|v| v.id != id) {
            out.push(Variant {
                id,
                values: vec![None; axes.len()],
            });
        }
        let place = row.opt_int(1)?.and_then(|a| axes.iter().position(|x| x.id == a));
        if let (Some(variant), Some(place)) = (out.last_mut(), place)
            && let Some(slot) = variant.values.get_mut(place)
        {
            *slot = row.opt_text(2)?;
        }
    }
    Ok(out)
}

/// Makes the variants that are missing; how many.
pub(crate) async fn make(ctx: &Ctx, tx: &Tx, template: &Record) -> Result<usize> {
    ctx.require("product.create")?;
    if template.get("configurable").truth() == Some(true) || template.int("template_id").is_some() {
        return Err(Error::refused("error-variant-nested"));
    }
    let axes = axes(tx, template.id).await?;
    let lists: Vec<Vec<String>> = axes.iter().map(|a| a.choices.clone()).collect();
    let size: usize = lists
        .iter()
        .map(Vec::len)
        .try_fold(1, usize::checked_mul)
        .unwrap_or(usize::MAX);
    if size > MOST {
        return Err(Error::refused("error-variant-many").with("most", MOST));
    }
    if axes.is_empty() {
        return Err(Error::refused("error-variant-axes"));
    }
    let have = of(tx, template.id, &axes).await?;
    let ty = ctx.registry().get("product")?.clone();
    let mut made = 0;
    for way in combinations(&lists) {
        if have
            .iter()
            .any(|v| v.values.iter().zip(&way).all(|(a, b)| a.as_deref() == Some(b)))
        {
            continue;
        }
        let mut values: Values = SHARED
            .iter()
            .map(|f| ((*f).to_owned(), template.get(f).clone()))
            .collect();
        let named = |name: &str| match template.text(name) {
            "" => Value::Null,
            words => format!("{words} {}", way.join(" ")).into(),
        };
        let codes: Vec<String> = way.iter().map(|c| code(c)).collect();
        values.insert("name".into(), named("name"));
        values.insert("name_latin".into(), named("name_latin"));
        values.insert(
            "sku".into(),
            format!("{}-{}", template.text("sku"), codes.join("-")).into(),
        );
        values.insert("template_id".into(), template.id.into());
        let id = write::create(ctx, tx, &ty, values).await?;
        for (axis, value) in axes.iter().zip(&way) {
            let sql = "INSERT INTO catalog_variant_value (product_id, axis_id, value) VALUES ($1,$2,$3)";
            tx.exec(sql, binds![id, axis.id, value.as_str()]).await?;
        }
        made += 1;
    }
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_through_the_axes_comes_once() {
        let axes = [
            vec!["红".to_owned(), "蓝".to_owned()],
            vec!["S".to_owned(), "M".to_owned()],
        ];
        let all = combinations(&axes);
        assert_eq!(all.len(), 4);
        assert_eq!(all[1], ["红", "M"]);
        assert_eq!(code("DN 15 / mm"), "DN15MM");
    }
}
