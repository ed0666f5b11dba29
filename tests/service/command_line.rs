//! The program refuses what can't work, and says what to set.

use crate::program::Home;

#[test]
fn a_role_that_can_not_reach_the_others_names_the_variable() {
    for role in ["api", "converter"] {
        let output = Home::new().run(&[role], &[]);
        let words = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success());
        assert!(words.contains("QUEUE_URL"), "{words}");
    }
}

#[test]
fn a_seam_that_can_not_be_opened_names_the_variable() {
    let wrong = [
        ("DATABASE_URL", "mysql://user:hunter2@host/db"),
        ("QUEUE_URL", "carrier-pigeon:"),
        ("BUCKET_URL", "ftp://host"),
        ("MAIL_URL", "file:/dev/null/mail"),
        ("MAIL_FROM", "nobody"),
        ("JWT_SECRET", "short"),
        ("LISTEN", "192.0.2.1:80"),
        ("SCRATCH_DIR", "/dev/null/scratch"),
    ];
    for (variable, value) in wrong {
        let output = Home::new().run(&[], &[(variable, value)]);
        let words = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{variable}");
        assert!(words.contains(variable), "{variable}: {words}");
        assert!(!words.contains("hunter2"), "a password is shown: {words}");
    }
}

#[test]
fn two_processes_do_not_share_one_embedded_database() {
    let home = Home::new();
    let program = home.start();
    let output = home.run(&[], &[]);
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert!(words.contains("in use"), "{words}");
    assert!(program.stop().success());
}

#[test]
fn tables_can_be_brought_up_to_date_alone() {
    let home = Home::new();
    assert!(home.run(&["migrate"], &[]).status.success());
    assert!(home.data().join("soundmill.db").exists());
    assert!(home.start().stop().success());
}

#[test]
fn variables_can_be_kept_in_a_file() {
    let home = Home::new();
    let folder = home.data();
    let parent = folder.parent().unwrap();
    std::fs::write(parent.join(".env"), "MAIL_FROM=nobody\n").unwrap();
    let output = home.run(&[], &[]);
    assert!(String::from_utf8(output.stderr).unwrap().contains("MAIL_FROM"));
}
