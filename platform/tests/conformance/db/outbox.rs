//! Mails that are due.

use std::time::Duration;

use platform::db::{Db, Mailing, Notice};

use super::engine::on_each_engine;
use super::given::{self, ALL, FAR, LEASE};

on_each_engine![
    a_mail_is_taken_by_one_sender_at_a_time,
    a_mail_is_due_again_when_its_sender_is_not_heard_of,
    a_settled_mail_is_not_due_again,
    a_delayed_mail_is_due_at_its_time,
    mails_are_taken_in_portions_longest_waiting_first,
    settled_mails_are_forgotten_after_a_while,
];

async fn take(db: &Db, lease: Duration, limit: i64) -> Vec<Notice> {
    db.take_notices(lease, limit).await.unwrap()
}

async fn a_mail_is_taken_by_one_sender_at_a_time(db: Db) {
    for _ in 0..6 {
        given::processed(&db).await;
    }
    let (one, two, three) =
        tokio::join!(take(&db, LEASE, 2), take(&db, LEASE, 2), take(&db, LEASE, 2));
    let mut ids: Vec<i64> = [one, two, three].iter().flatten().map(|notice| notice.id).collect();
    ids.extend(take(&db, LEASE, ALL).await.iter().map(|notice| notice.id));
    let taken = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((taken, ids.len()), (6, 6));
    assert!(take(&db, LEASE, ALL).await.is_empty());
}

async fn a_mail_is_due_again_when_its_sender_is_not_heard_of(db: Db) {
    let task = given::processed(&db).await;
    let mut first = None;
    for attempt in 1..=3 {
        let notices = take(&db, Duration::ZERO, ALL).await;
        assert_eq!(notices.len(), 1);
        assert_eq!((notices[0].task_id, notices[0].attempt), (task.id, attempt));
        assert_eq!(*first.get_or_insert(notices[0].id), notices[0].id);
    }
}

async fn a_settled_mail_is_not_due_again(db: Db) {
    for mailing in [Mailing::Sent, Mailing::Void, Mailing::Failed("no such address")] {
        given::processed(&db).await;
        let notices = take(&db, Duration::ZERO, ALL).await;
        assert_eq!(notices.len(), 1);
        db.settle_notice(notices[0].id, mailing).await.unwrap();
        assert!(take(&db, Duration::ZERO, ALL).await.is_empty(), "{mailing:?}");
    }
}

async fn a_delayed_mail_is_due_at_its_time(db: Db) {
    given::processed(&db).await;
    let id = take(&db, LEASE, ALL).await[0].id;
    db.settle_notice(id, Mailing::Delayed(db.now() + FAR, "busy")).await.unwrap();
    assert!(take(&db, LEASE, ALL).await.is_empty());
    db.settle_notice(id, Mailing::Delayed(db.now(), "busy")).await.unwrap();
    assert_eq!(take(&db, LEASE, ALL).await[0].id, id);
    // One who was slow to say that it must be tried again does not undo that it was sent.
    db.settle_notice(id, Mailing::Sent).await.unwrap();
    db.settle_notice(id, Mailing::Delayed(db.now(), "busy")).await.unwrap();
    assert!(take(&db, LEASE, ALL).await.is_empty());
}

async fn mails_are_taken_in_portions_longest_waiting_first(db: Db) {
    let (first, second, third) =
        (given::processed(&db).await, given::processed(&db).await, given::processed(&db).await);
    let mut portion: Vec<i64> = take(&db, LEASE, 2).await.iter().map(|row| row.task_id).collect();
    portion.sort_unstable();
    assert_eq!(portion, [first.id, second.id]);
    assert_eq!(take(&db, LEASE, 2).await[0].task_id, third.id);
}

async fn settled_mails_are_forgotten_after_a_while(db: Db) {
    let task = given::processed(&db).await;
    let due = given::processed(&db).await;
    let notices = take(&db, Duration::ZERO, ALL).await;
    let sent = notices.iter().find(|notice| notice.task_id == task.id).unwrap();
    let before = db.now();
    db.settle_notice(sent.id, Mailing::Sent).await.unwrap();
    db.forget_notices(before).await.unwrap();
    db.forget_notices(db.now() + FAR).await.unwrap();
    assert_eq!(given::due_mails(&db).await, [(due.id, 1)]);
}
