//! `soundmill check`, with right and wrong settings.

use std::process::Output;

use serde_json::Value;

use crate::program::Home;

/// Little enough room to be found anywhere.
const SMALL: (&str, &str) = ("MAX_UPLOAD_SIZE", "1MiB");

fn check(home: &Home, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let arguments = [&["check"], arguments].concat();
    home.run(&arguments, &[&[SMALL], variables].concat())
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What was found about each part, as `--json` tells.
fn findings(home: &Home, variables: &[(&str, &str)]) -> (bool, Value) {
    let output = check(home, &["--json"], variables);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["ok"], output.status.success(), "{report}");
    (output.status.success(), report["checks"].clone())
}

fn of<'a>(findings: &'a Value, part: &str) -> &'a Value {
    let mut all = findings.as_array().unwrap().iter();
    all.find(|finding| finding["part"] == part).unwrap_or_else(|| panic!("{part}: {findings}"))
}

#[test]
fn everything_works_without_configuration_and_each_part_has_its_latency() {
    let home = Home::new();
    let output = check(&home, &[], &[]);
    let words = text(&output);
    assert!(output.status.success(), "{words}");
    assert!(words.contains("Everything works.") && !words.contains("FAIL"), "{words}");
    let (works, findings) = findings(&home, &[]);
    assert!(works, "{findings}");
    for part in ["folder", "database", "bucket", "queue", "mail", "scratch", "secret"] {
        let finding = of(&findings, part);
        assert!(finding["ok"].as_bool().unwrap() && finding["remedy"].is_null(), "{finding}");
        assert!(finding["latency_ms"].as_f64().unwrap() >= 0.0);
    }
    assert!(home.files("bucket").is_empty(), "nothing is left behind");
    assert!(home.files("mail").is_empty(), "no mail is sent unasked");
}

#[test]
fn tables_are_looked_at_and_left_alone_also_while_the_service_runs() {
    let home = Home::new();
    let message = |findings: &Value| of(findings, "database")["message"].to_string();
    let before = message(&findings(&home, &[]).1);
    assert!(before.contains("migrations will be applied"), "{before}");
    let program = home.start();
    let (works, running) = findings(&home, &[]);
    assert!(works && message(&running).contains("up to date"), "{running}");
    assert!(program.stop().success());
}

#[test]
fn a_mail_is_sent_on_request() {
    let home = Home::new();
    let output = check(&home, &["--mail-to", "ann@example.org"], &[]);
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!(home.files("mail").len(), 1);
    let refused = check(&home, &["--mail-to", "ann"], &[]);
    assert!(!refused.status.success());
}

#[test]
fn every_part_that_fails_is_shown_with_its_variable_and_a_remedy_and_without_passwords() {
    let home = Home::new();
    let postgres = std::env::var("TEST_POSTGRES_URL").expect("run this by `./test`");
    let (_, host) = postgres.rsplit_once('@').unwrap();
    let database = format!("postgres://soundmill:hunter2@{host}");
    let wrong = [
        ("DATABASE_URL", database.as_str()),
        ("BUCKET_URL", "file:/dev/null/bucket"),
        ("QUEUE_URL", "amqp://ann:hunter2@localhost:1/%2f"),
        ("MAIL_URL", "smtp://ann:hunter2@localhost:1"),
        ("SCRATCH_DIR", "/dev/null/scratch"),
        ("JWT_SECRET", "short"),
    ];
    let (works, found) = findings(&home, &wrong);
    assert!(!works && !found.to_string().contains("hunter2"), "{found}");
    let words = text(&check(&home, &[], &wrong));
    for (variable, _) in wrong {
        let mut failed = found.as_array().unwrap().iter().filter(|finding| finding["ok"] == false);
        let finding = failed.find(|finding| finding["variable"] == variable);
        let remedy = finding.unwrap_or_else(|| panic!("{variable}: {found}"))["remedy"].as_str();
        assert!(words.contains(variable) && words.contains(remedy.unwrap()), "{words}");
    }
    assert!(words.contains("password authentication failed"), "{words}");
    assert!(words.contains("6 parts do not work."), "{words}");
}

#[test]
fn a_database_that_is_not_there_and_a_clock_are_looked_at_on_a_real_server() {
    let home = Home::new();
    let postgres = std::env::var("TEST_POSTGRES_URL").expect("run this by `./test`");
    let (works, found) = findings(&home, &[("DATABASE_URL", &postgres)]);
    let message = of(&found, "database")["message"].as_str().unwrap();
    assert!(works && message.contains("PostgreSQL"), "{found}");
    let missing = format!("{postgres}-not");
    let (works, found) = findings(&home, &[("DATABASE_URL", &missing)]);
    let remedy = of(&found, "database")["remedy"].as_str().unwrap();
    assert!(!works && remedy.contains("Create that database"), "{found}");
    let away = "postgres://soundmill:secret@localhost:1/mill";
    let (_, found) = findings(&home, &[("DATABASE_URL", away)]);
    let remedy = of(&found, "database")["remedy"].as_str().unwrap();
    assert!(remedy.contains("Start the database"), "{found}");
}

#[test]
fn processes_that_share_a_queue_must_share_a_secret() {
    let home = Home::new();
    let queue = std::env::var("TEST_AMQP_URL").expect("run this by `./test`");
    let queue = format!("{queue}?queue=check_{}", std::process::id());
    let (_, found) = findings(&home, &[("QUEUE_URL", &queue)]);
    assert_eq!(of(&found, "queue")["ok"], true, "{found}");
    assert_eq!(of(&found, "secret")["ok"], false, "{found}");
}
