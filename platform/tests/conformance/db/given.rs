//! What tests start from.

use std::time::Duration;

use platform::bucket::ObjectKey;
use platform::clock::Time;
use platform::db::{Claim, Created, Db, NewTask, NewUser, Outcome, RetryAt, SignUp, User};
use platform::task::{ConversionOptions, Format, Task};
use uuid::Uuid;

/// A lease that does not end within a test.
pub(super) const LEASE: Duration = Duration::from_mins(10);
/// A retention that does not end within a test.
pub(super) const RETENTION: Duration = Duration::from_hours(1);
/// Later than anything that happens within a test.
pub(super) const FAR: Duration = Duration::from_hours(24);
/// More rows than a test has.
pub(super) const ALL: i64 = 1000;

/// An account under this name.
pub(super) async fn user(db: &Db, username: &str) -> User {
    let email = format!("{username}@example.org");
    let new = NewUser { username, email: &email, password_hash: "$argon2id$" };
    match db.create_user(&new).await.unwrap() {
        SignUp::Done(user) => user,
        taken => panic!("{username} could not sign up: {taken:?}"),
    }
}

/// What makes a task of this user, without its upload.
pub(super) fn new_task(user: &User) -> NewTask {
    NewTask {
        file_id: Uuid::new_v4(),
        user_id: user.id,
        idempotency_key: None,
        request_id: Some("request-1".into()),
        uploaded_filename: "song.wav".into(),
        new_format: Format::Mp3,
        options: ConversionOptions::default(),
        source_key: ObjectKey::source(),
        source_size: 44,
        source_digest: "ab".repeat(32),
        upload: None,
    }
}

/// Makes a task whose upload has been stored.
pub(super) async fn create(db: &Db, new: &NewTask) -> Created {
    db.intend_object(&new.source_key).await.unwrap();
    db.create_task(new).await.unwrap()
}

/// A task of this user that waits.
pub(super) async fn task_of(db: &Db, user: &User) -> Task {
    match create(db, &new_task(user)).await {
        Created::New(task) => *task,
        Created::Existing(task) => panic!("{task:?} existed"),
    }
}

/// A task of a new user that waits.
pub(super) async fn task(db: &Db) -> Task {
    let owner = user(db, &format!("user-{}", Uuid::new_v4().simple())).await;
    task_of(db, &owner).await
}

/// Claims a task that waits; those whose turn comes before are given back.
pub(super) async fn claim(db: &Db, task: &Task) -> Task {
    claim_for(db, task, LEASE).await
}

/// The same for so long.
pub(super) async fn claim_for(db: &Db, task: &Task, lease: Duration) -> Task {
    let mut others = Vec::new();
    let claimed = loop {
        let next = db.claim_next("worker-1", lease).await.unwrap();
        let next = next.expect("the task waits");
        if next.id == task.id {
            break next;
        }
        others.push(next);
    };
    for other in others {
        let retry = RetryAt { not_before: other.not_before, give_attempt_back: true };
        assert!(db.return_task(Claim::on(&other), retry).await.unwrap());
    }
    claimed
}

/// Claims a task whose turn it must be.
pub(super) async fn claim_first(db: &Db, task: &Task) {
    let claimed = db.claim_next("worker-1", LEASE).await.unwrap().unwrap();
    assert_eq!(claimed.id, task.id, "it is another task's turn");
}

/// Whether nobody can claim anything.
pub(super) async fn is_idle(db: &Db) -> bool {
    db.claim_next("worker-1", LEASE).await.unwrap().is_none()
}

/// A task that is being converted.
pub(super) async fn claimed(db: &Db) -> Task {
    claim(db, &task(db).await).await
}

/// A task that is being converted by a worker which has just died.
pub(super) async fn deserted(db: &Db) -> Task {
    claim_for(db, &task(db).await, Duration::ZERO).await
}

/// What a conversion under this claim produced; its object is not yet on record.
pub(super) fn outcome(claim: Claim) -> Outcome {
    Outcome {
        result_key: ObjectKey::result(claim),
        result_size: 1234,
        result_digest: "cd".repeat(32),
        source_format: "wav".into(),
        duration_seconds: 0.1,
    }
}

/// The same, with its object stored.
pub(super) async fn stored(db: &Db, claim: Claim) -> Outcome {
    let outcome = outcome(claim);
    db.intend_object(&outcome.result_key).await.unwrap();
    outcome
}

/// Ends a claimed task with a result, to be kept for `retention`.
pub(super) async fn finish(db: &Db, claimed: &Task, retention: Duration) -> Task {
    let claim = Claim::on(claimed);
    let outcome = stored(db, claim).await;
    assert!(db.finish_task(claim, &outcome, retention).await.unwrap());
    read(db, claimed).await
}

/// A task that was converted.
pub(super) async fn processed(db: &Db) -> Task {
    finish(db, &claimed(db).await, RETENTION).await
}

/// The task's row as it is now.
pub(super) async fn read(db: &Db, task: &Task) -> Task {
    db.task(task.id).await.unwrap().unwrap()
}

/// The objects that wait to be deleted, in the order of their names.
pub(super) async fn deleting(db: &Db) -> Vec<ObjectKey> {
    sorted(db.deleting_objects(ALL).await.unwrap())
}

/// Objects in the order of their names.
pub(super) fn sorted(mut keys: Vec<ObjectKey>) -> Vec<ObjectKey> {
    keys.sort_by(|one, other| one.as_str().cmp(other.as_str()));
    keys
}

/// Tasks about which a mail is due, with their generation.
pub(super) async fn due_mails(db: &Db) -> Vec<(i64, i64)> {
    let notices = db.take_notices(Duration::ZERO, ALL).await.unwrap();
    notices.iter().map(|notice| (notice.task_id, notice.generation)).collect()
}

/// The time without its fraction.
pub(super) fn whole_second(time: Time) -> Time {
    Time::from_timestamp(time.timestamp(), 0).unwrap()
}
