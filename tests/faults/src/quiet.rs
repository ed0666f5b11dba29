//! Healing: everything is made well, and what is under way comes to its end. Waits of minutes and
//! hours are cut short by moving the times in the rows, never by doing the service's work.

use std::time::Duration;

use rustix::process::Signal;

use crate::site::Site;
use crate::{Result, wait_until};

/// Longest wait for all tasks to end.
const TASKS: Duration = Duration::from_mins(4);
/// Longest wait for all mails to be sent, or for all objects to be collected.
const REST: Duration = Duration::from_mins(3);

const UNFINISHED: &str = "select count(*) from tasks where status in ('uploaded', 'processing')";

/// Pauses between attempts pass at once.
const SKIP_PAUSES: &str = "update tasks set not_before = now() \
    where status = 'uploaded' and published_at is null and not_before > now() + interval '2 seconds'";

/// So do those of mails, and the leases of senders that died. No sender runs meanwhile.
const SKIP_MAIL_PAUSES: &str = "update outbox set not_before = now() where sent_at is null";

const UNSENT: &str = "select count(*) from outbox where sent_at is null";

/// An hour and more passes for objects that wait for it. Nobody writes any meanwhile.
const SKIP_HOURS: &str = "update objects set changed_at = changed_at - interval '3 hours' \
    where state in ('pending', 'gone') and changed_at > now() - interval '2 hours'";

const UNCOLLECTED: &str = "select count(*) from objects where state <> 'live'";

/// Waits for everything to end. What does not is noted as violations.
pub(crate) async fn settle(site: &Site) -> Result<()> {
    site.heal();
    site.all_ready().await?;
    let ended = wait_until(TASKS, async || {
        change(site, SKIP_PAUSES).await;
        count(site, UNFINISHED).await == Some(0)
    });
    if !ended.await {
        let left = count(site, UNFINISHED).await;
        site.journal.violation(format!("{left:?} tasks did not end"));
    }
    restart_converters(site).await?;
    if !wait_until(REST, async || count(site, UNSENT).await == Some(0)).await {
        let left = count(site, UNSENT).await;
        site.journal.violation(format!("{left:?} mails were not sent"));
    }
    let collected = wait_until(REST, async || {
        change(site, SKIP_HOURS).await;
        count(site, UNCOLLECTED).await == Some(0)
    });
    if !collected.await {
        let left = count(site, UNCOLLECTED).await;
        site.journal.violation(format!("{left:?} objects were not collected"));
    }
    stop_converters(site).await;
    Ok(())
}

/// In between nobody has mails in hand, so that their times can be moved.
async fn restart_converters(site: &Site) -> Result<()> {
    stop_converters(site).await;
    change(site, SKIP_MAIL_PAUSES).await;
    for member in &site.converters {
        member.start()?;
    }
    Ok(())
}

async fn stop_converters(site: &Site) {
    for member in &site.converters {
        member.signal(Signal::CONT);
        match member.stop(Duration::from_mins(1)).await {
            Ok(status) if status.success() => {}
            Ok(status) => site.journal.violation(format!("{} stopped with {status}", member.name)),
            Err(error) => site.journal.violation(format!("{} does not stop: {error}", member.name)),
        }
    }
}

async fn change(site: &Site, statement: &'static str) {
    // It is done again and again, so that one failure does no harm.
    let _ = sqlx::query(statement).execute(&site.pool).await;
}

async fn count(site: &Site, statement: &'static str) -> Option<i64> {
    sqlx::query_scalar(statement).fetch_one(&site.pool).await.ok()
}
