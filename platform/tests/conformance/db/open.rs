//! Opening databases.

use platform::db::{Db, OpenError};
use tokio::task::JoinSet;

use super::engine::{SETTINGS, on_empty_postgres, sqlite_url};
use super::given;

#[tokio::test]
async fn a_file_belongs_to_one_process_until_that_ends() {
    let folder = tempfile::tempdir().unwrap();
    let url = sqlite_url(&folder);
    let first = Db::open(&url, SETTINGS).await.unwrap();
    assert!(first.is_embedded());
    let user = given::user(&first, "ann").await;
    let refused = Db::open(&url, SETTINGS).await;
    assert!(matches!(refused, Err(OpenError::InUse(_))), "{refused:?}");
    assert!(refused.unwrap_err().to_string().contains("in use"));
    first.close().await;
    drop(first);
    let second = Db::open(&url, SETTINGS).await.unwrap();
    assert_eq!(second.user(user.id).await.unwrap().unwrap().username, "ann");
}

#[tokio::test]
async fn two_files_in_one_folder_have_nothing_to_do_with_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let mut open = Vec::new();
    for name in ["one.db", "one.sqlite", "one.lock", "one"] {
        let url = format!("sqlite:{}", folder.path().join(name).display());
        let db = Db::open(&url, SETTINGS).await.unwrap();
        given::user(&db, name).await;
        open.push((url, name, db));
    }
    for (url, name, db) in open {
        db.close().await;
        drop(db);
        let again = Db::open(&url, SETTINGS).await.unwrap();
        assert!(again.find_user(name).await.unwrap().is_some(), "{name}");
    }
}

#[tokio::test]
async fn a_missing_folder_is_made_for_the_file() {
    let folder = tempfile::tempdir().unwrap();
    for form in ["sqlite:", "sqlite://"] {
        let path = folder.path().join(form.replace(['/', ':'], "-")).join("a/b.db");
        let db = Db::open(&format!("{form}{}", path.display()), SETTINGS).await.unwrap();
        db.ping().await.unwrap();
        assert!(path.exists());
    }
}

#[tokio::test]
async fn a_path_that_can_not_be_a_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let blocked = folder.path().join("file");
    std::fs::write(&blocked, "in the way").unwrap();
    let url = format!("sqlite:{}", blocked.join("soundmill.db").display());
    let error = Db::open(&url, SETTINGS).await.unwrap_err();
    assert!(matches!(error, OpenError::File(..)), "{error:?}");
    assert!(error.to_string().contains("file/soundmill.db"), "{error}");
    for nowhere in ["sqlite:", "sqlite::memory:"] {
        let error = Db::open(nowhere, SETTINGS).await.unwrap_err();
        assert!(matches!(error, OpenError::Url(_)), "{nowhere}: {error:?}");
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("song.mp3");
    let song = "not a database ".repeat(1000);
    std::fs::write(&path, &song).unwrap();
    assert!(Db::open(&format!("sqlite:{}", path.display()), SETTINGS).await.is_err());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), song);
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_processes_that_start_on_one_empty_server_all_succeed() {
    on_empty_postgres(async |url| {
        let mut starts = JoinSet::new();
        for _ in 0..10 {
            let url = url.clone();
            let settings = platform::db::Settings { size: 2, ..SETTINGS };
            starts.spawn(async move { Db::open(&url, settings).await.unwrap() });
        }
        let processes = starts.join_all().await;
        given::user(&processes[0], "ann").await;
        for db in processes {
            assert!(!db.is_embedded());
            assert!(db.find_user("ann").await.unwrap().is_some());
            db.close().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_wrong_address_is_named_without_its_password() {
    for (url, fault) in [
        ("mysql://ann:hunter2@db.example.org/mill", "mysql:…@db.example.org/mill"),
        ("mysql:ann:hun@ter2@db.example.org", "mysql:…@db.example.org"),
        ("mssql://db.example.org?password=hunter2", "mssql://db.example.org"),
        ("oracle://db.example.org", "oracle://db.example.org"),
        ("hunter2", "neither"),
        ("postgres://ann:hunter2@localhost:port/mill", "port"),
        ("postgres://ann:hunter2@localhost:1/mill", "refused"),
        ("postgres://ann:hunter2@localhost:1/mill?sslmode=odd", "odd"),
    ] {
        let error = Db::open(url, SETTINGS).await.unwrap_err().to_string();
        assert!(error.contains(fault), "{url} gave: {error}");
        assert!(url == "hunter2" || !error.contains("ter2"), "{url} gave: {error}");
    }
}

#[tokio::test]
async fn a_wrong_password_or_database_is_named() {
    on_empty_postgres(async |url| {
        let (start, host) = url.rsplit_once('@').unwrap();
        let (user, _) = start.rsplit_once(':').unwrap();
        let wrong_password = format!("{user}:hunter2@{host}");
        let error = Db::open(&wrong_password, SETTINGS).await.unwrap_err().to_string();
        assert!(error.contains("password authentication failed"), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
        let error = Db::open(&format!("{url}-not"), SETTINGS).await.unwrap_err().to_string();
        assert!(error.contains("does not exist"), "{error}");
    })
    .await;
}
