//! Looking at tasks.

use platform::db::{Db, Page};
use platform::task::{ConversionOptions, Format, Status};

use super::engine::on_each_engine;
use super::given;

on_each_engine![
    pages_follow_each_other_newest_first_without_a_gap,
    a_list_can_be_of_one_state,
    what_is_unfinished_is_counted_for_each_user,
    a_task_is_found_by_its_files_whoever_asks,
    tasks_of_others_are_out_of_sight_and_reach,
];

const FIRST_PAGE: Page = Page { status: None, before: i64::MAX, limit: 3 };

async fn pages_follow_each_other_newest_first_without_a_gap(db: Db) {
    let user = given::user(&db, "ann").await;
    let mut expected = Vec::new();
    for _ in 0..7 {
        expected.insert(0, given::task_of(&db, &user).await.id);
        given::task(&db).await;
    }
    let (mut seen, mut page) = (Vec::new(), FIRST_PAGE);
    loop {
        let tasks = db.list_tasks(user.id, page).await.unwrap();
        assert!(tasks.len() <= 3);
        let Some(last) = tasks.last() else { break };
        page.before = last.id;
        seen.extend(tasks.iter().map(|task| task.id));
    }
    assert_eq!(seen, expected);
}

async fn a_list_can_be_of_one_state(db: Db) {
    let user = given::user(&db, "ann").await;
    let waiting = given::task_of(&db, &user).await;
    let running = given::claim(&db, &given::task_of(&db, &user).await).await;
    let ended = given::claim(&db, &given::task_of(&db, &user).await).await;
    given::finish(&db, &ended, given::RETENTION).await;
    for (status, expected) in [
        (Status::Uploaded, vec![waiting.id]),
        (Status::Processing, vec![running.id]),
        (Status::Processed, vec![ended.id]),
        (Status::Failed, vec![]),
    ] {
        let page = Page { status: Some(status), ..FIRST_PAGE };
        let found = db.list_tasks(user.id, page).await.unwrap();
        assert_eq!(found.iter().map(|task| task.id).collect::<Vec<_>>(), expected, "{status}");
    }
    let before_it = Page { status: Some(Status::Uploaded), before: waiting.id, limit: 3 };
    assert!(db.list_tasks(user.id, before_it).await.unwrap().is_empty());
}

async fn what_is_unfinished_is_counted_for_each_user(db: Db) {
    let user = given::user(&db, "ann").await;
    given::processed(&db).await;
    assert_eq!(db.count_unfinished_tasks(user.id).await.unwrap(), 0);
    given::task_of(&db, &user).await;
    let running = given::claim(&db, &given::task_of(&db, &user).await).await;
    assert_eq!(db.count_unfinished_tasks(user.id).await.unwrap(), 2);
    given::finish(&db, &running, given::RETENTION).await;
    assert_eq!(db.count_unfinished_tasks(user.id).await.unwrap(), 1);
}

async fn a_task_is_found_by_its_files_whoever_asks(db: Db) {
    let task = given::task(&db).await;
    assert_eq!(db.task_by_file(task.file_id).await.unwrap().unwrap().id, task.id);
    assert!(db.task_by_file(uuid::Uuid::new_v4()).await.unwrap().is_none());
}

async fn tasks_of_others_are_out_of_sight_and_reach(db: Db) {
    let task = given::processed(&db).await;
    let other = given::user(&db, "mallory").await;
    assert!(db.task_of(other.id, task.id).await.unwrap().is_none());
    assert!(db.list_tasks(other.id, FIRST_PAGE).await.unwrap().is_empty());
    assert!(db.delete_task(other.id, task.id).await.unwrap().is_none());
    let options = ConversionOptions::default();
    let again = db.convert_task_again((other.id, task.id), Format::Ogg, &options, None).await;
    assert!(again.unwrap().is_none());
    assert_eq!(format!("{task:?}"), format!("{:?}", given::read(&db, &task).await));
    assert_eq!(given::deleting(&db).await, []);
}
