//! How many statements a task costs from its upload to its mail.

use platform::db::{Claim, Db, Mailing};

use super::engine::{SETTINGS, on_empty_postgres};
use super::given;
use super::observed::{Observed, explain_statements};

const PAGE: &str = include_str!("../../../../docs/ARCHITECTURE.md");

/// The statements that are listed there, in the order of the list.
fn listed() -> Vec<&'static str> {
    let (_, section) = PAGE.split_once("## Statements of a task").expect("the section");
    let (section, _) = section.split_once("\n## ").unwrap_or((section, ""));
    let rows = section.lines().filter(|line| line.starts_with("| "));
    rows.filter_map(|line| line.split('`').nth(1)).collect()
}

#[tokio::test]
async fn a_task_costs_the_statements_that_are_listed_from_its_upload_to_its_mail() {
    on_empty_postgres(async |url| {
        explain_statements(&url).await;
        let observed = Observed::start();
        let db = Db::open(&url, SETTINGS).await.unwrap();
        let user = given::user(&db, "ann").await;
        observed.statements();

        let new = given::new_task(&user);
        db.intend_object(&new.source_key).await.unwrap();
        db.create_task(&new).await.unwrap();
        let claimed = db.claim_next("worker-1", given::LEASE).await.unwrap().unwrap();
        let outcome = given::stored(&db, Claim::on(&claimed)).await;
        assert!(db.finish_task(Claim::on(&claimed), &outcome, given::RETENTION).await.unwrap());
        let due = db.take_notices(given::LEASE, 10).await.unwrap();
        assert_eq!(due.len(), 1);
        db.settle_notice(due[0].id, Mailing::Sent).await.unwrap();

        let run = observed.statements();
        let listed = listed();
        assert_eq!(run.len(), listed.len(), "{run:#?}");
        for (run, listed) in run.iter().zip(listed) {
            assert!(run.starts_with(listed), "`{run}` is listed as `{listed}`");
        }
        db.close().await;
    })
    .await;
}
