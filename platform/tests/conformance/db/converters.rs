//! The heartbeats of converters.

use std::time::Duration;

use platform::db::Db;

use super::engine::on_each_engine;

on_each_engine![
    a_converter_is_listed_with_what_it_last_said,
    a_converter_that_ends_or_falls_silent_is_taken_off_the_list,
];

async fn a_converter_is_listed_with_what_it_last_said(db: Db) {
    let before = db.now();
    db.beat_converter("b", "0.1.0", 4, 1).await.unwrap();
    db.beat_converter("a", "0.1.0", 2, 0).await.unwrap();
    db.beat_converter("b", "0.2.0", 8, 3).await.unwrap();
    let listed = db.converters_since(before).await.unwrap();
    let ids: Vec<&str> = listed.iter().map(|converter| converter.id.as_str()).collect();
    assert_eq!(ids, ["a", "b"]);
    assert_eq!((listed[1].version.as_str(), listed[1].slots, listed[1].running), ("0.2.0", 8, 3));
    assert!((before..=db.now()).contains(&listed[1].seen_at));
    let later = listed[1].seen_at + Duration::from_micros(1);
    assert!(db.converters_since(later).await.unwrap().is_empty());
}

async fn a_converter_that_ends_or_falls_silent_is_taken_off_the_list(db: Db) {
    let before = db.now();
    for id in ["a", "b", "c"] {
        db.beat_converter(id, "0.1.0", 1, 0).await.unwrap();
    }
    db.forget_converter("b").await.unwrap();
    db.forget_converter("b").await.unwrap();
    let listed = db.converters_since(before).await.unwrap();
    assert_eq!(listed.len(), 2);
    db.forget_silent_converters(listed[1].seen_at).await.unwrap();
    assert_eq!(db.converters_since(before).await.unwrap(), listed[1..]);
}
