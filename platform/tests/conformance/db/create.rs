//! Making tasks.

use platform::db::{Created, Db, Error};
use platform::task::{BitDepth, ConversionOptions, Format, Status};
use tokio::task::JoinSet;

use super::engine::on_each_engine;
use super::given;

on_each_engine![
    a_task_is_read_back_as_it_was_made,
    options_are_read_back_as_they_were_given,
    names_are_kept_to_the_letter,
    requests_with_one_key_make_one_task_and_give_up_the_second_upload,
    sixteen_requests_with_one_key_at_once_make_one_task,
    a_key_belongs_to_its_user,
    requests_without_a_key_are_never_taken_for_one,
    an_upload_that_was_collected_makes_no_task,
    the_upload_of_a_task_is_not_collected,
];

async fn a_task_is_read_back_as_it_was_made(db: Db) {
    let user = given::user(&db, "ann").await;
    let mut new = given::new_task(&user);
    new.idempotency_key = Some("key".into());
    let before = db.now();
    let Created::New(made) = given::create(&db, &new).await else { panic!("it existed") };
    let task = db.task_of(user.id, made.id).await.unwrap().unwrap();
    assert_eq!(format!("{made:?}"), format!("{task:?}"));

    assert_eq!((task.file_id, task.user_id), (new.file_id, user.id));
    assert_eq!(task.idempotency_key.as_deref(), Some("key"));
    assert_eq!(task.request_id, new.request_id);
    assert_eq!(task.uploaded_filename, "song.wav");
    assert_eq!(task.new_format, Format::Mp3);
    assert_eq!(task.source_key, Some(new.source_key));
    assert_eq!((task.source_size, task.source_digest), (44, new.source_digest));
    assert_eq!(task.status, Status::Uploaded);
    assert_eq!((task.generation, task.claim, task.attempt, task.crashes), (1, 0, 0, 0));
    assert_eq!(task.progress, 0);
    assert!((before..=db.now()).contains(&task.uploaded_at));
    assert_eq!(task.not_before, task.uploaded_at);
    assert_eq!(task.published_at, Some(task.uploaded_at), "its message is sent right after");
    assert!(!task.delayed && task.lease_until.is_none() && task.worker.is_none());
    assert!(task.started_at.is_none() && task.processed_at.is_none() && task.expires_at.is_none());
    assert!(task.result_key.is_none() && task.error_code.is_none());
}

async fn options_are_read_back_as_they_were_given(db: Db) {
    let user = given::user(&db, "ann").await;
    let options = ConversionOptions {
        bitrate: Some(u32::MAX),
        sample_rate: Some(44_100),
        channels: Some(2),
        bit_depth: Some(BitDepth::Float),
        trim_start: Some(0.1),
        trim_end: Some(1e9),
        gain: Some(-6.020_599_913_279_624),
        keep_tags: Some(false),
        keep_art: Some(true),
    };
    for options in [options, ConversionOptions::default()] {
        let mut new = given::new_task(&user);
        new.options = options;
        let Created::New(task) = given::create(&db, &new).await else { panic!("it existed") };
        assert_eq!(given::read(&db, &task).await.options.0, new.options);
    }
}

async fn names_are_kept_to_the_letter(db: Db) {
    let user = given::user(&db, "ann").await;
    for name in ["'; drop table tasks; --", "Ünïcödé 🎵.mp3", "", "a\tb\nc", &"long".repeat(1000)]
    {
        let mut new = given::new_task(&user);
        new.uploaded_filename = name.to_owned();
        let Created::New(task) = given::create(&db, &new).await else { panic!("it existed") };
        assert_eq!(given::read(&db, &task).await.uploaded_filename, name);
    }
}

async fn requests_with_one_key_make_one_task_and_give_up_the_second_upload(db: Db) {
    let user = given::user(&db, "ann").await;
    let [mut first, mut second] = [given::new_task(&user), given::new_task(&user)];
    first.idempotency_key = Some("key".into());
    second.idempotency_key = Some("key".into());
    let Created::New(made) = given::create(&db, &first).await else { panic!("it existed") };
    let Created::Existing(found) = given::create(&db, &second).await else { panic!("two tasks") };
    assert_eq!(found.id, made.id);
    assert_eq!(found.source_key, Some(first.source_key));
    assert_eq!(given::deleting(&db).await, [second.source_key]);
    let by_key = db.task_by_idempotency_key(user.id, "key").await.unwrap().unwrap();
    assert_eq!(by_key.id, made.id);
    assert!(db.task_by_idempotency_key(user.id, "KEY").await.unwrap().is_none());
}

async fn sixteen_requests_with_one_key_at_once_make_one_task(db: Db) {
    let user = given::user(&db, "ann").await;
    let mut requests = JoinSet::new();
    for _ in 0..16 {
        let (db, mut new) = (db.clone(), given::new_task(&user));
        new.idempotency_key = Some("key".into());
        requests.spawn(async move { given::create(&db, &new).await });
    }
    let answers = requests.join_all().await;
    let made = answers.iter().filter(|answer| matches!(answer, Created::New(_))).count();
    let ids: std::collections::HashSet<i64> = answers
        .iter()
        .map(|answer| match answer {
            Created::New(task) | Created::Existing(task) => task.id,
        })
        .collect();
    assert_eq!((made, ids.len()), (1, 1));
    assert_eq!(given::deleting(&db).await.len(), 15);
}

async fn a_key_belongs_to_its_user(db: Db) {
    for name in ["ann", "bob"] {
        let mut new = given::new_task(&given::user(&db, name).await);
        new.idempotency_key = Some("key".into());
        assert!(matches!(given::create(&db, &new).await, Created::New(_)), "{name}");
    }
}

async fn requests_without_a_key_are_never_taken_for_one(db: Db) {
    let user = given::user(&db, "ann").await;
    let (first, second) = (given::task_of(&db, &user).await, given::task_of(&db, &user).await);
    assert_ne!(first.id, second.id);
}

async fn an_upload_that_was_collected_makes_no_task(db: Db) {
    let new = given::new_task(&given::user(&db, "ann").await);
    db.intend_object(&new.source_key).await.unwrap();
    db.abandon_objects(db.now() + given::FAR).await.unwrap();
    let refused = db.create_task(&new).await;
    assert!(matches!(refused, Err(Error::ObjectCollected(_))), "{refused:?}");
    assert!(db.task_by_file(new.file_id).await.unwrap().is_none());
}

async fn the_upload_of_a_task_is_not_collected(db: Db) {
    let task = given::task(&db).await;
    assert_eq!(db.abandon_objects(db.now() + given::FAR).await.unwrap(), 0);
    assert_eq!(given::deleting(&db).await, []);
    assert!(given::read(&db, &task).await.source_key.is_some());
}
