//! What there is to do, and what was done in each observation period.

use std::time::Duration;

use platform::db::{Beat, Claim, Db, RetryAt};
use platform::task::{ConversionOptions, Format};

use super::engine::on_each_engine;
use super::given;

on_each_engine![
    a_period_counts_what_arrived_started_finished_and_failed_in_it,
    a_change_counts_as_an_arrival_and_moves_the_times,
    several_sweepers_record_a_period_once,
    the_last_periods_are_listed_newest_first_and_old_ones_forgotten,
    the_workload_tells_what_waits_and_who_is_there,
];

/// A period in which all of a test happens.
const PERIOD: Duration = Duration::from_hours(1);

async fn beat(db: &Db, id: &str, slots: i64) {
    let (host, version) = ("machine-1", "0.1.0");
    let beat = Beat { id, host, version, slots, running: 0, metrics_url: None, costs: &[] };
    db.beat_converter(&beat).await.unwrap();
}

async fn a_period_counts_what_arrived_started_finished_and_failed_in_it(db: Db) {
    let start = db.now() - PERIOD / 2;
    given::task(&db).await;
    given::claimed(&db).await;
    let (first, second) = (given::processed(&db).await, given::processed(&db).await);
    let failed = given::claimed(&db).await;
    let code = ("code", "Words.");
    assert!(db.fail_task(Claim::on(&failed), code, given::RETENTION).await.unwrap());
    beat(&db, "a", 2).await;
    beat(&db, "b", 3).await;
    assert!(db.observe(start, PERIOD).await.unwrap());
    // What happened outside of a period is not counted.
    assert!(db.observe(start - PERIOD, PERIOD).await.unwrap());
    let [row, empty] = &db.latest_observations(10).await.unwrap()[..] else { panic!("two rows") };
    assert_eq!((row.started_at, row.seconds), (start, 3600));
    assert_eq!((row.arrived, row.started, row.finished, row.failed), (5, 4, 2, 1));
    assert_eq!((row.waiting, row.running), (1, 1));
    assert_eq!((row.converters, row.slots), (2, 5));
    let seconds = |from: Option<_>, to: Option<_>| {
        let passed: chrono::TimeDelta = to.unwrap() - from.unwrap();
        passed.as_seconds_f64()
    };
    let response = [&first, &second].map(|row| seconds(Some(row.uploaded_at), row.processed_at));
    let service = [&first, &second].map(|row| seconds(row.started_at, row.processed_at));
    let near = |found: Option<f64>, expected: f64| {
        assert!((found.unwrap() - expected).abs() < 1e-5, "{found:?} is not {expected}");
    };
    near(row.mean_response, f64::midpoint(response[0], response[1]));
    near(row.p95_response, response[0].max(response[1]));
    near(row.mean_service, f64::midpoint(service[0], service[1]));
    near(row.p95_service, service[0].max(service[1]));
    assert!(row.oldest_waiting >= 0.0);
    assert_eq!((empty.arrived, empty.started, empty.finished, empty.failed), (0, 0, 0, 0));
    assert_eq!((empty.mean_response, empty.p95_service), (None, None));
}

async fn a_change_counts_as_an_arrival_and_moves_the_times(db: Db) {
    let start = db.now() - PERIOD / 2;
    let task = given::processed(&db).await;
    let (owner, options) = ((task.user_id, task.id), ConversionOptions::default());
    db.convert_task_again(owner, Format::Wav, &options, None).await.unwrap().unwrap();
    assert!(db.observe(start, PERIOD).await.unwrap());
    let row = &db.latest_observations(1).await.unwrap()[0];
    assert_eq!((row.arrived, row.started, row.finished, row.waiting), (1, 0, 0, 1));
    // It arrived anew after its upload, so a period that ended before the change has nothing left.
    let changed = db.workload().await.unwrap().oldest_waiting.unwrap();
    let before = changed - PERIOD;
    assert!(before < task.uploaded_at);
    assert!(db.observe(before, PERIOD).await.unwrap());
    let earlier = db.latest_observations(10).await.unwrap();
    let earlier = earlier.iter().find(|row| row.started_at == before).unwrap();
    assert_eq!(earlier.arrived, 0);
}

async fn several_sweepers_record_a_period_once(db: Db) {
    for number in 0..10 {
        let start = given::whole_second(db.now()) - PERIOD * (number + 1);
        assert!(!db.is_observed(start).await.unwrap());
        let observe = || db.observe(start, PERIOD);
        let (a, b, c, d) = tokio::join!(observe(), observe(), observe(), observe());
        let recorded = [a, b, c, d].into_iter().filter(|done| *done.as_ref().unwrap()).count();
        assert_eq!(recorded, 1);
        assert!(db.is_observed(start).await.unwrap());
    }
    assert_eq!(db.latest_observations(given::ALL).await.unwrap().len(), 10);
}

async fn the_last_periods_are_listed_newest_first_and_old_ones_forgotten(db: Db) {
    let now = db.now();
    for hours in [3, 1, 2] {
        db.observe(now - PERIOD * hours, PERIOD).await.unwrap();
    }
    let listed = async |limit| -> Vec<_> {
        let rows = db.latest_observations(limit).await.unwrap();
        rows.iter().map(|row| (now - row.started_at).num_hours()).collect()
    };
    assert_eq!(listed(10).await, [1, 2, 3]);
    assert_eq!(listed(2).await, [1, 2]);
    db.forget_observations(now - PERIOD * 2).await.unwrap();
    assert_eq!(listed(10).await, [1, 2]);
}

async fn the_workload_tells_what_waits_and_who_is_there(db: Db) {
    let empty = db.workload().await.unwrap();
    assert_eq!((empty.waiting, empty.running, empty.unsent, empty.converters), (0, 0, 0, 0));
    assert_eq!((empty.oldest_waiting, empty.oldest_unsent), (None, None));
    let returned = given::claimed(&db).await;
    let retry = RetryAt { not_before: db.now() + given::FAR, give_attempt_back: false };
    assert!(db.return_task(Claim::on(&returned), retry).await.unwrap());
    let task = given::task(&db).await;
    given::claimed(&db).await;
    given::processed(&db).await;
    beat(&db, "a", 4).await;
    let work = db.workload().await.unwrap();
    assert_eq!((work.waiting, work.running, work.converters, work.slots), (2, 1, 1, 4));
    assert_eq!(work.oldest_waiting, Some(task.uploaded_at));
    assert_eq!(work.unsent, 1);
    let age = db.now() - work.oldest_unsent.unwrap();
    assert!(age.num_seconds().abs() < 600, "{age}");
    // A mail that was put off is as old as before.
    assert_eq!(db.take_notices(given::FAR, given::ALL).await.unwrap().len(), 1);
    assert_eq!(db.workload().await.unwrap().oldest_unsent, work.oldest_unsent);
}
