//! Offers to put a file into the bucket.

use std::time::Duration;

use platform::bucket::ObjectKey;
use platform::db::{Created, Db, Error, NewTask, NewUpload, Upload, User};

use super::engine::on_each_engine;
use super::given::{self, ALL, FAR};

on_each_engine![
    an_offer_is_used_once,
    an_offer_that_ended_is_not_used,
    an_offer_that_was_used_is_not_given_up,
    an_offer_that_ended_is_forgotten_with_its_object,
    the_object_of_an_offer_is_not_given_up_before_it,
];

async fn offer(db: &Db, user: &User, life: Duration) -> Upload {
    let object_key = ObjectKey::direct();
    let new = NewUpload {
        user_id: user.id,
        object_key,
        filename: "song.wav".into(),
        size: Some(44),
        life,
    };
    db.create_upload(&new).await.unwrap()
}

/// What makes a task of an offer, with the copy of its file stored.
async fn of(db: &Db, user: &User, upload: &Upload) -> NewTask {
    let new = NewTask { upload: Some(upload.id), ..given::new_task(user) };
    db.intend_object(&new.source_key).await.unwrap();
    new
}

async fn an_offer_is_used_once(db: Db) {
    let user = given::user(&db, "ann").await;
    let upload = offer(&db, &user, FAR).await;
    assert_eq!(db.count_open_uploads(user.id).await.unwrap(), 1);
    let Created::New(task) = db.create_task(&of(&db, &user, &upload).await).await.unwrap() else {
        panic!("it existed");
    };
    assert_eq!(db.count_open_uploads(user.id).await.unwrap(), 0);
    assert_eq!(db.upload(upload.id).await.unwrap().unwrap().task_id, Some(task.id));
    assert_eq!(given::deleting(&db).await, std::slice::from_ref(&upload.object_key));
    let second = db.create_task(&of(&db, &user, &upload).await).await;
    assert!(matches!(second, Err(Error::UploadUsed(id)) if id == upload.id), "{second:?}");
    // Nothing of the second attempt remains but its intent.
    assert_eq!(db.count_unfinished_tasks(user.id).await.unwrap(), 1);
}

async fn an_offer_that_ended_is_not_used(db: Db) {
    let user = given::user(&db, "ann").await;
    let upload = offer(&db, &user, Duration::ZERO).await;
    assert_eq!(db.count_open_uploads(user.id).await.unwrap(), 0);
    let late = db.create_task(&of(&db, &user, &upload).await).await;
    assert!(matches!(late, Err(Error::UploadUsed(_))), "{late:?}");
    assert_eq!(db.count_unfinished_tasks(user.id).await.unwrap(), 0);
}

async fn an_offer_that_was_used_is_not_given_up(db: Db) {
    let user = given::user(&db, "ann").await;
    let upload = offer(&db, &user, FAR).await;
    db.create_task(&of(&db, &user, &upload).await).await.unwrap();
    assert!(!db.drop_upload(&upload).await.unwrap());
    assert!(db.expired_uploads(ALL).await.unwrap().is_empty());
    // It is remembered while it could be named again.
    db.forget_used_uploads().await.unwrap();
    assert!(db.upload(upload.id).await.unwrap().is_some());
}

async fn an_offer_that_ended_is_forgotten_with_its_object(db: Db) {
    let user = given::user(&db, "ann").await;
    let upload = offer(&db, &user, Duration::ZERO).await;
    offer(&db, &user, FAR).await;
    db.set_upload_session(upload.id, "https://bucket/session").await.unwrap();
    let ended = db.expired_uploads(ALL).await.unwrap();
    assert_eq!(ended.len(), 1);
    assert_eq!(ended[0].session.as_deref(), Some("https://bucket/session"));
    assert!(db.drop_upload(&ended[0]).await.unwrap());
    assert!(!db.drop_upload(&ended[0]).await.unwrap());
    assert!(db.upload(upload.id).await.unwrap().is_none());
    assert_eq!(given::deleting(&db).await, [upload.object_key]);
}

async fn the_object_of_an_offer_is_not_given_up_before_it(db: Db) {
    let user = given::user(&db, "ann").await;
    let upload = offer(&db, &user, Duration::ZERO).await;
    assert_eq!(db.abandon_objects(db.now() + FAR).await.unwrap(), 0);
    assert!(db.drop_upload(&upload).await.unwrap());
    assert_eq!(given::deleting(&db).await, [upload.object_key]);
}
