//! The heartbeats of converters.

use std::time::Duration;

use platform::db::{Beat, Db, PairCost};

use super::engine::on_each_engine;

on_each_engine![
    a_converter_is_listed_with_what_it_last_said,
    a_converter_that_ends_or_falls_silent_is_taken_off_the_list,
];

fn beat<'a>(id: &'a str, version: &'a str, slots: i64, running: i64) -> Beat<'a> {
    Beat { id, host: "machine-1", version, slots, running, metrics_url: None, costs: &[] }
}

async fn a_converter_is_listed_with_what_it_last_said(db: Db) {
    let before = db.now();
    let costs = [PairCost { source: "wav".into(), conversions: 7, ..PairCost::default() }];
    db.beat_converter(&beat("b", "0.1.0", 4, 1)).await.unwrap();
    db.beat_converter(&beat("a", "0.1.0", 2, 0)).await.unwrap();
    let last = beat("b", "0.2.0", 8, 3);
    let last = Beat { metrics_url: Some("http://b/metrics"), costs: &costs, ..last };
    db.beat_converter(&last).await.unwrap();
    let listed = db.converters_since(before).await.unwrap();
    let ids: Vec<&str> = listed.iter().map(|converter| converter.id.as_str()).collect();
    assert_eq!(ids, ["a", "b"]);
    assert_eq!((listed[1].version.as_str(), listed[1].slots, listed[1].running), ("0.2.0", 8, 3));
    assert_eq!((listed[1].host.as_str(), &listed[1].costs.0[..]), ("machine-1", &costs[..]));
    assert_eq!(listed[1].metrics_url.as_deref(), Some("http://b/metrics"));
    assert!((before..=db.now()).contains(&listed[1].seen_at));
    let later = listed[1].seen_at + Duration::from_micros(1);
    assert!(db.converters_since(later).await.unwrap().is_empty());
}

async fn a_converter_that_ends_or_falls_silent_is_taken_off_the_list(db: Db) {
    let before = db.now();
    for id in ["a", "b", "c"] {
        db.beat_converter(&beat(id, "0.1.0", 1, 0)).await.unwrap();
    }
    db.forget_converter("b").await.unwrap();
    db.forget_converter("b").await.unwrap();
    let listed = db.converters_since(before).await.unwrap();
    assert_eq!(listed.len(), 2);
    db.forget_silent_converters(listed[1].seen_at).await.unwrap();
    assert_eq!(db.converters_since(before).await.unwrap(), listed[1..]);
}
