//! Letters of the made-up manufacturer: a batch that was posted, one that lies on the desk, and some that wait.

use super::Progress;
use anyhow::{Result, anyhow};
use zhike_contract::{
    Channel,
    gate::{Ask, Class},
    outbound::Message,
};
use zhike_store::{Ctx, Query, binds};

const TEXTS: [(&str, &str); 3] = [
    (
        "流量计检定即将到期",
        "尊敬的客户：\n\n贵司使用的流量计将于下月到检定周期。请将附页填好寄回，或来电约定上门时间。\n\n检定期间可提供备用表，不影响生产。\n\n此致\n敬礼",
    ),
    (
        "对账函",
        "尊敬的客户：\n\n为核对往来账目，请查对贵司截至上月末的应付余额。如无异议，请在附页盖章后寄回；如有出入，请注明原因。\n\n此致\n敬礼",
    ),
    (
        "Calibration certificates for your meters",
        "Dear customer,\n\nthe certificates of the meters calibrated last month are ready. Please tell us on the enclosed sheet whether you \
         want them on paper or as files, and send it back.\n\nKind regards",
    ),
];

/// Letters that are posted, lie in a batch, and wait.
const GROUPS: [usize; 3] = [7, 5, 3];

/// Fills them in.
pub(super) async fn fill(ctx: &Ctx, progress: Progress<'_>) -> Result<()> {
    let wrong = |e| anyhow!("letters: {e}");
    let sql = "SELECT id FROM party_party WHERE kind = 'organisation' AND status = 'active' AND roles LIKE '%customer%' \
               AND COALESCE(address, '') <> '' AND archived_at IS NULL ORDER BY id LIMIT $1";
    let rows = ctx.db().all(sql, binds![300_i64]).await?;
    let mut parties: Vec<i64> = rows.iter().step_by(13).map(|r| r.int(0)).collect::<Result<_, _>>()?;
    let ports = crate::areas::letters();
    let mut all = 0;
    for (group, count) in GROUPS.into_iter().enumerate() {
        let tx = ctx.begin().await?;
        for (i, party) in parties.drain(..count.min(parties.len())).enumerate() {
            let (subject, body) = TEXTS[(group + i) % TEXTS.len()];
            let message = Message {
                ask: Ask {
                    party,
                    class: Class::Contract,
                    topic: "order".into(),
                    channel: Channel::Letter,
                    address: None,
                    at: ctx.now(),
                    may_change: false,
                    may_wait: true,
                    agreed: true,
                },
                subject: subject.into(),
                body: body.into(),
                record: None,
                key: Some(format!("sample.letter:{party}")),
            };
            ports.outbound.send(ctx, &tx, &message).await.map_err(wrong)?;
            all += 1;
        }
        tx.commit().await?;
        if group == 2 {
            break;
        }
        let batch = zhike_letter::make_batch(ctx, &ports).await.map_err(wrong)?;
        if let (0, Some(batch)) = (group, batch) {
            zhike_letter::post_batch(ctx, &ports, batch).await.map_err(wrong)?;
        }
    }
    progress("letter", all, all);
    Ok(())
}
