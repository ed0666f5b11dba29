//! The life of an object.

use std::time::Duration;

use platform::bucket::ObjectKey;
use platform::db::Db;

use super::engine::on_each_engine;
use super::given::{self, ALL, FAR};

on_each_engine![
    an_object_is_deleted_twice_and_then_forgotten,
    a_name_is_used_once,
    an_upload_that_was_broken_off_is_collected_after_a_while,
    giving_up_an_object_does_not_touch_one_that_a_task_names,
    steps_out_of_order_change_nothing,
    objects_are_deleted_in_portions_longest_waiting_first,
];

async fn an_object_is_deleted_twice_and_then_forgotten(db: Db) {
    let key = ObjectKey::source();
    db.intend_object(&key).await.unwrap();
    assert_eq!(given::deleting(&db).await, []);
    db.discard_object(&key).await.unwrap();
    assert_eq!(given::deleting(&db).await, std::slice::from_ref(&key));
    let before = db.now();
    db.mark_object_gone(&key).await.unwrap();
    assert_eq!(given::deleting(&db).await, []);
    assert_eq!(db.gone_objects(before, ALL).await.unwrap(), []);
    assert_eq!(db.gone_objects(db.now() + FAR, ALL).await.unwrap(), std::slice::from_ref(&key));
    assert_eq!(db.count_objects().await.unwrap(), 1);
    db.forget_object(&key).await.unwrap();
    assert_eq!(db.count_objects().await.unwrap(), 0);
}

async fn a_name_is_used_once(db: Db) {
    let key = ObjectKey::source();
    db.intend_object(&key).await.unwrap();
    assert!(db.intend_object(&key).await.is_err());
    db.discard_object(&key).await.unwrap();
    assert!(db.intend_object(&key).await.is_err());
    assert_eq!(db.count_objects().await.unwrap(), 1);
}

async fn an_upload_that_was_broken_off_is_collected_after_a_while(db: Db) {
    let old = ObjectKey::source();
    db.intend_object(&old).await.unwrap();
    let between = db.now() + Duration::from_micros(1);
    while db.now() <= between {}
    let young = ObjectKey::source();
    db.intend_object(&young).await.unwrap();
    assert_eq!(db.abandon_objects(between).await.unwrap(), 1);
    assert_eq!(given::deleting(&db).await, [old]);
}

async fn giving_up_an_object_does_not_touch_one_that_a_task_names(db: Db) {
    let task = given::processed(&db).await;
    for key in [task.source_key, task.result_key].into_iter().flatten() {
        db.discard_object(&key).await.unwrap();
        db.mark_object_gone(&key).await.unwrap();
        db.forget_object(&key).await.unwrap();
    }
    assert_eq!(given::deleting(&db).await, []);
    assert_eq!(db.count_objects().await.unwrap(), 2);
}

async fn steps_out_of_order_change_nothing(db: Db) {
    let key = ObjectKey::source();
    for _ in 0..2 {
        db.discard_object(&key).await.unwrap();
        db.mark_object_gone(&key).await.unwrap();
        db.forget_object(&key).await.unwrap();
    }
    assert_eq!(db.count_objects().await.unwrap(), 0);
    db.intend_object(&key).await.unwrap();
    db.mark_object_gone(&key).await.unwrap();
    db.forget_object(&key).await.unwrap();
    assert_eq!(db.abandon_objects(db.now() + FAR).await.unwrap(), 1);
    db.forget_object(&key).await.unwrap();
    assert_eq!(given::deleting(&db).await, [key]);
}

async fn objects_are_deleted_in_portions_longest_waiting_first(db: Db) {
    let keys: Vec<ObjectKey> = (0..5).map(|_| ObjectKey::source()).collect();
    for key in &keys {
        db.intend_object(key).await.unwrap();
    }
    for key in keys.iter().rev() {
        db.discard_object(key).await.unwrap();
    }
    let expected: Vec<ObjectKey> = keys.iter().rev().take(3).cloned().collect();
    assert_eq!(db.deleting_objects(3).await.unwrap(), expected);
    for key in &expected {
        db.mark_object_gone(key).await.unwrap();
    }
    assert_eq!(db.gone_objects(db.now() + FAR, 2).await.unwrap(), expected[..2]);
}
