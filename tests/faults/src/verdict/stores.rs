//! The bucket holds what the rows name and nothing else; no lease, no message, no mail is left.

use std::collections::BTreeSet;

use super::Row;
use crate::Result;
use crate::site::{DEAD, QUEUE, Site, waiting_messages};

const LIVE: &str = "select key from objects where state = 'live'";
const LEASES: &str = "select count(*) from tasks where lease_until is not null";

pub(super) async fn check(site: &Site, rows: &[Row]) -> Result<Vec<String>> {
    let mut violations = Vec::new();
    let named: BTreeSet<&str> = rows
        .iter()
        .flat_map(|row| [&row.source_key, &row.result_key])
        .flatten()
        .map(String::as_str)
        .collect();
    let keys = site.emulator.keys().await?;
    let stored: BTreeSet<&str> = keys.iter().map(String::as_str).collect();
    let live: Vec<String> = sqlx::query_scalar(LIVE).fetch_all(&site.pool).await?;
    let live: BTreeSet<&str> = live.iter().map(String::as_str).collect();
    for (what, from, to) in [
        ("is in the bucket and no row names it", &stored, &named),
        ("is named by a row and not in the bucket", &named, &stored),
        ("counts as live and no row names it", &live, &named),
        ("is named by a row and does not count as live", &named, &live),
    ] {
        violations.extend(from.difference(to).map(|key| format!("the object {key} {what}")));
    }
    let unfit = rows.iter().filter(|row| row.result_key.is_some() != row.result_digest.is_some());
    violations.extend(unfit.map(|row| format!("task {} has half a result", row.id)));
    let leases: i64 = sqlx::query_scalar(LEASES).fetch_one(&site.pool).await?;
    let messages = waiting_messages(&site.broker_url, QUEUE).await?;
    let dead = waiting_messages(&site.broker_url, DEAD).await?;
    for (what, count) in
        [("leases", leases), ("messages", messages.into()), ("messages set aside", dead.into())]
    {
        if count > 0 {
            violations.push(format!("{count} {what} are left"));
        }
    }
    Ok(violations)
}
