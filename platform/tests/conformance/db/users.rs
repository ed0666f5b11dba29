//! Accounts.

use platform::db::{Db, NewUser, SignUp};
use tokio::task::JoinSet;

use super::engine::on_each_engine;
use super::given;

on_each_engine![
    an_account_is_found_by_name_and_by_address_in_any_case,
    an_account_keeps_what_was_typed,
    a_name_is_taken_in_any_case_and_script,
    an_address_is_taken_in_any_case,
    of_sixteen_sign_ups_under_one_name_one_succeeds,
    names_with_the_signs_of_sql_are_plain_text,
];

fn account<'a>(username: &'a str, email: &'a str) -> NewUser<'a> {
    NewUser { username, email, password_hash: "$argon2id$v=19$…" }
}

async fn an_account_is_found_by_name_and_by_address_in_any_case(db: Db) {
    let ann = given::user(&db, "Ann").await;
    given::user(&db, "Bob").await;
    for login in ["Ann", "ann", "ANN", "ann@example.org", "Ann@Example.ORG"] {
        assert_eq!(db.find_user(login).await.unwrap().map(|user| user.id), Some(ann.id), "{login}");
    }
    assert_eq!(db.user(ann.id).await.unwrap().unwrap().username, "Ann");
    assert!(db.find_user("an").await.unwrap().is_none());
    assert!(db.find_user("").await.unwrap().is_none());
    assert!(db.user(ann.id + 1_000_000).await.unwrap().is_none());
}

async fn an_account_keeps_what_was_typed(db: Db) {
    let before = db.now();
    let made = match db.create_user(&account("Jürgen Ω", "J@Ex.org")).await.unwrap() {
        SignUp::Done(user) => user,
        taken => panic!("{taken:?}"),
    };
    let read = db.user(made.id).await.unwrap().unwrap();
    assert_eq!((read.username.as_str(), read.email.as_str()), ("Jürgen Ω", "J@Ex.org"));
    assert_eq!(read.password_hash, "$argon2id$v=19$…");
    assert_eq!(read.created_at, made.created_at);
    assert!((before..=db.now()).contains(&read.created_at));
}

async fn a_name_is_taken_in_any_case_and_script(db: Db) {
    for (number, (first, second)) in
        [("ann", "ANN"), ("Žofie", "žOFIE"), ("ЖАННА", "жанна")].into_iter().enumerate()
    {
        let (one, other) = (format!("{number}@a.org"), format!("{number}@b.org"));
        let done = db.create_user(&account(first, &one)).await.unwrap();
        assert!(matches!(done, SignUp::Done(_)), "{done:?}");
        let taken = db.create_user(&account(second, &other)).await.unwrap();
        assert!(matches!(taken, SignUp::UsernameTaken), "{taken:?}");
    }
}

async fn an_address_is_taken_in_any_case(db: Db) {
    given::user(&db, "ann").await;
    let taken = db.create_user(&account("bob", "ANN@example.ORG")).await.unwrap();
    assert!(matches!(taken, SignUp::EmailTaken), "{taken:?}");
    assert!(db.find_user("bob").await.unwrap().is_none());
}

async fn of_sixteen_sign_ups_under_one_name_one_succeeds(db: Db) {
    let mut requests = JoinSet::new();
    for number in 0..16 {
        let db = db.clone();
        requests.spawn(async move {
            db.create_user(&account("ann", &format!("ann-{number}@example.org"))).await.unwrap()
        });
    }
    let answers = requests.join_all().await;
    let done = answers.iter().filter(|answer| matches!(answer, SignUp::Done(_))).count();
    let taken = answers.iter().filter(|answer| matches!(answer, SignUp::UsernameTaken)).count();
    assert_eq!((done, taken), (1, 15));
}

async fn names_with_the_signs_of_sql_are_plain_text(db: Db) {
    let odd = given::user(&db, "o'brien%_\\;--").await;
    assert_eq!(db.find_user("O'Brien%_\\;--").await.unwrap().unwrap().id, odd.id);
    assert!(db.find_user("%").await.unwrap().is_none());
    assert!(db.find_user("' or '1'='1").await.unwrap().is_none());
}
