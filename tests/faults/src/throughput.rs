//! How many tiny tasks pass from the queue to their end in a second, by the number of converters,
//! and which statements that costs the database.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use tokio::task::JoinSet;

use crate::journal::Journal;
use crate::load::client::Client;
use crate::load::inputs::Inputs;
use crate::site::{Choices, Site};
use crate::{Result, run, wait_until};

/// How it is measured.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Tasks for each number of converters
    #[arg(long, default_value = "1000")]
    tasks: usize,

    /// Numbers of converters
    #[arg(long, value_delimiter = ',', default_value = "1,2,4")]
    converters: Vec<usize>,

    /// The program; by default the one beside this one
    #[arg(long)]
    program: Option<PathBuf>,
}

/// People who upload at once.
const PEOPLE: usize = 8;
/// Longest wait for all tasks.
const PATIENCE: Duration = Duration::from_mins(10);

const LEFT: &str = "select count(*) from tasks where status in ('uploaded', 'processing')";
const FAILED: &str = "select count(*) from tasks where status <> 'processed'";
/// By the rows: from the first claim to the last end.
const TIME: &str = "select cast(extract(epoch from max(processed_at) - min(started_at)) as float8) \
    from tasks";
const STATEMENTS: &str = "select left(regexp_replace(query, '\\s+', ' ', 'g'), 100), calls \
    from pg_stat_statements where query not like '%pg_stat%' and query not like '/* harness */%' \
    and calls > $1 order by calls desc";

/// Measures each number of converters and prints a table.
pub(crate) async fn run(arguments: &Arguments) -> Result<bool> {
    let mut table = String::from("| converters | tasks/s | uploads/s |\n|---|---|---|\n");
    let mut statements = String::new();
    for &converters in &arguments.converters {
        let (row, listed) = measure(arguments, converters).await?;
        table.push_str(&row);
        statements = listed;
    }
    println!("{table}\n{statements}");
    Ok(true)
}

async fn measure(arguments: &Arguments, converters: usize) -> Result<(String, String)> {
    let folder = tempfile::Builder::new().prefix("soundmill-throughput-").tempdir()?;
    let journal = Journal::create(&folder.path().join("journal"))?;
    let choices = Choices {
        program: run::program(arguments.program.as_deref())?,
        lease: Duration::from_secs(15),
        converters,
        variables: Vec::new(),
    };
    let inputs = Arc::new(Inputs::make()?);
    let site = Arc::new(Site::start(folder.path(), &choices, journal).await?);
    sqlx::query("create extension pg_stat_statements").execute(&site.pool).await?;
    for member in &site.converters {
        member.stop(Duration::from_secs(30)).await?;
    }
    let start = Instant::now();
    upload(&site, &inputs, arguments.tasks).await?;
    let uploads = start.elapsed();
    let of_uploads = statements(&site, arguments.tasks).await?;
    for member in &site.converters {
        member.start()?;
    }
    let ended = wait_until(PATIENCE, async || {
        tokio::time::sleep(Duration::from_millis(500)).await;
        matches!(sqlx::query_scalar(LEFT).fetch_one(&site.pool).await, Ok(0_i64))
    });
    let failed: i64 = sqlx::query_scalar(FAILED).fetch_one(&site.pool).await?;
    if !ended.await || failed > 0 {
        return Err("not every task was processed".into());
    }
    let seconds: f64 = sqlx::query_scalar(TIME).fetch_one(&site.pool).await?;
    let of_tasks = statements(&site, arguments.tasks).await?;
    #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
    let (per_second, uploaded) =
        (arguments.tasks as f64 / seconds, arguments.tasks as f64 / uploads.as_secs_f64());
    let row = format!("| {converters} | {per_second:.0} | {uploaded:.0} |\n");
    let listed = format!(
        "Statements of an upload:\n\n{of_uploads}\nStatements from claim to end:\n\n{of_tasks}"
    );
    Ok((row, listed))
}

async fn upload(site: &Arc<Site>, inputs: &Arc<Inputs>, tasks: usize) -> Result<()> {
    let mut people = JoinSet::new();
    let each = tasks / PEOPLE;
    let mut clients = Vec::new();
    for number in 0..PEOPLE {
        clients.push(Client::sign_up(site, &format!("person{number}")).await?);
    }
    sqlx::query("select pg_stat_statements_reset()").execute(&site.pool).await?;
    for client in clients {
        let inputs = Arc::clone(inputs);
        people.spawn(async move {
            let file = inputs.file("tone.wav");
            for number in 0..each {
                let key = format!("{}-{number}", client.user);
                let answer = client.upload(&key, (file.name, &file.bytes), "wav").await;
                assert!(matches!(answer, Some(Ok(_))), "an upload was not accepted: {answer:?}");
            }
        });
    }
    while let Some(done) = people.join_next().await {
        done?;
    }
    Ok(())
}

/// The statements of most tasks, with how often each was run for one task; counted anew after.
async fn statements(site: &Site, tasks: usize) -> Result<String> {
    let least = i64::try_from(tasks / 20)?;
    let rows: Vec<(String, i64)> =
        sqlx::query_as(STATEMENTS).bind(least).fetch_all(&site.pool).await?;
    sqlx::query("select pg_stat_statements_reset()").execute(&site.pool).await?;
    let mut text = String::from("| per task | statement |\n|---|---|\n");
    for (statement, calls) in rows {
        #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
        let each = calls as f64 / tasks as f64;
        text.push_str(&format!("| {each:.2} | `{statement}` |\n"));
    }
    Ok(text)
}
