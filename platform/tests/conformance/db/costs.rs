//! What conversions take, and what is expected of those that wait.

use platform::db::{Db, Forecast, PairCost, Result};
use platform::task::{ConversionOptions, Format};

use super::engine::on_each_engine;
use super::given;

on_each_engine![
    costs_of_all_converters_add_up_by_pair,
    old_costs_count_less_and_less,
    waiting_tasks_are_forecast_by_their_audio_or_else_by_their_bytes,
];

fn cost(source: &str, target: &str, conversions: i64, each: f64) -> PairCost {
    let sum = |of: f64| of * f64::from(u32::try_from(conversions).unwrap());
    PairCost {
        source: source.into(),
        target: target.into(),
        conversions,
        cpu_seconds: sum(each),
        slot_seconds: sum(2.0 * each),
        audio_seconds: sum(100.0),
        source_bytes: sum(1000.0),
    }
}

async fn costs_of_all_converters_add_up_by_pair(db: Db) {
    db.add_costs(&[cost("wav", "mp3", 2, 3.0), cost("flac", "mp3", 1, 1.0)]).await.unwrap();
    db.add_costs(&[]).await.unwrap();
    db.add_costs(&[cost("wav", "mp3", 1, 3.0)]).await.unwrap();
    let known = db.conversion_costs().await.unwrap();
    assert_eq!(known, [cost("flac", "mp3", 1, 1.0), cost("wav", "mp3", 3, 3.0)]);
}

async fn old_costs_count_less_and_less(db: Db) {
    db.add_costs(&[cost("wav", "mp3", 1000, 1.0)]).await.unwrap();
    db.add_costs(&[cost("wav", "mp3", 500, 3.0)]).await.unwrap();
    let known = db.conversion_costs().await.unwrap();
    assert_eq!(known, [cost("wav", "mp3", 1000, 2.0)]);
}

async fn waiting_tasks_are_forecast_by_their_audio_or_else_by_their_bytes(db: Db) {
    assert_eq!(forecast(&db).await.unwrap(), Forecast::default());
    // Two waiting tasks of 44 bytes each, to MP3; one of them is known to be 0.1 s of WAV.
    given::task(&db).await;
    let known = given::processed(&db).await;
    let (owner, options) = ((known.user_id, known.id), ConversionOptions::default());
    db.convert_task_again(owner, Format::Mp3, &options, None).await.unwrap().unwrap();
    assert_eq!(forecast(&db).await.unwrap(), Forecast::default(), "nothing is known yet");
    db.add_costs(&[cost("ogg", "mp3", 1, 10.0), cost("wav", "ogg", 1, 99.0)]).await.unwrap();
    let by_bytes = 10.0 * 44.0 / 1000.0;
    assert_near(forecast(&db).await.unwrap().cpu_seconds, 2.0 * by_bytes);
    db.add_costs(&[cost("wav", "mp3", 1, 10.0)]).await.unwrap();
    let by_audio = 10.0 * 0.1 / 100.0;
    let both = forecast(&db).await.unwrap();
    assert_near(both.cpu_seconds, by_bytes + by_audio);
    assert_near(both.slot_seconds, 2.0 * (by_bytes + by_audio));
    given::claimed(&db).await;
    assert_near(forecast(&db).await.unwrap().cpu_seconds, by_bytes + by_audio);
}

async fn forecast(db: &Db) -> Result<Forecast> {
    db.forecast(db.workload().await?.waiting).await
}

fn assert_near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
}
