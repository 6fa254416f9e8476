//! Who is asked: by name, by role, as the owner's manager; and who stands in for whom.

use crate::{hooks::ids, kept::Level};
use zhike_kernel::{Date, Result};
use zhike_store::{Query, Row, binds};

async fn users(q: &dyn Query, condition: &str, bind: zhike_store::Bind) -> Result<Vec<i64>> {
    let sql = format!("SELECT id FROM identity_user WHERE active AND archived_at IS NULL AND {condition} ORDER BY id");
    q.all(&sql, vec![bind]).await?.iter().map(|r: &Row| r.int(0)).collect()
}

/// The managers of the owner's team; without any, the administrators.
async fn managers(q: &dyn Query, owner: Option<i64>) -> Result<Vec<i64>> {
    let mut found = users(
        q,
        "role = 'manager' AND team_id = (SELECT o.team_id FROM identity_user o WHERE o.id = $1)",
        owner.into(),
    )
    .await?;
    found.retain(|id| Some(*id) != owner);
    if found.is_empty() {
        found = users(q, "role = $1", "administrator".into()).await?;
    }
    Ok(found)
}

/// The approvers of a level. Nobody approves what they asked for themselves, unless nobody else is left in the house
/// who could: then the administrators are asked.
pub(crate) async fn of_level(q: &dyn Query, level: &Level, owner: Option<i64>, asker: Option<i64>) -> Result<Vec<i64>> {
    let mut found = match level.who.as_str() {
        "persons" => {
            let named = ids(&level.persons);
            let mut there = vec![];
            for id in named {
                there.extend(users(q, "id = $1", id.into()).await?);
            }
            there
        }
        "manager" => managers(q, owner).await?,
        _ => users(q, "role = $1", level.role.as_str().into()).await?,
    };
    found.retain(|id| Some(*id) != asker);
    if found.is_empty() {
        found = users(q, "role = $1", "administrator".into()).await?;
        found.retain(|id| Some(*id) != asker);
    }
    Ok(found)
}

/// Whose tasks a user may do on a day: the own ones and those of people on leave who named them.
pub(crate) async fn stands_for(q: &dyn Query, user: i64, today: Date) -> Result<Vec<i64>> {
    let sql = "SELECT user_id FROM approval_deputy WHERE deputy_id = $1 AND from_on <= $2 AND until_on >= $3 ORDER BY user_id";
    let day = today.to_string();
    let mut all = vec![user];
    for row in q.all(sql, binds![user, day.as_str(), day.as_str()]).await? {
        let other = row.int(0)?;
        if !all.contains(&other) {
            all.push(other);
        }
    }
    Ok(all)
}
