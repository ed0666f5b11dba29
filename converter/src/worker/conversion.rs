//! One conversion: fetch the upload, convert it beside the async threads, store the result.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::Duration;

use codec::{Limits, Receipt, Target};
use platform::bucket::{self, ObjectKey};
use platform::db::{Claim, Outcome};
use platform::digest::Checksum;
use platform::task::{BitDepth, ConversionOptions, Format, Task};
use rustix::time::{ClockId, clock_gettime};
use tokio_util::io::ReaderStream;

use super::leases::HeldLease;
use super::{Shared, measure};
use crate::failure::Failure;
use crate::scratch::Folder;

/// How long a conversion may take to notice that it is to stop: far longer than any packet takes.
const STOPPING: Duration = Duration::from_secs(30);

/// Bytes per block when a result is read again.
const BLOCK: usize = 256 * 1024;

/// A result that is stored but not yet named by its task.
#[derive(Debug)]
pub(super) struct Converted {
    /// What the task's row is to say.
    pub(super) outcome: Outcome,
    /// Processor time that the conversion took.
    pub(super) cpu: Duration,
}

/// Converts a claimed task, up to the stored result.
pub(super) async fn run(
    shared: &Shared,
    task: &Task,
    lease: &HeldLease,
) -> Result<Converted, Failure> {
    let folder = fetch(shared, task).await?;
    let Done { receipt, digest, cpu } = guarded(shared, task, lease, &folder).await?;
    let key = ObjectKey::result(Claim::on(task));
    let size = store(shared, &key, &folder.result()).await?;
    metrics::counter!("converter_stored_bytes_total").increment(size);
    let outcome = Outcome {
        result_key: key,
        result_size: i64::try_from(size).unwrap_or(i64::MAX),
        result_digest: digest,
        source_format: receipt.source.container,
        duration_seconds: receipt.duration_seconds,
    };
    Ok(Converted { outcome, cpu })
}

/// What the conversion's thread hands over.
struct Done {
    receipt: Receipt,
    /// SHA-256 of the result, hexadecimal.
    digest: String,
    /// Processor time of the thread.
    cpu: Duration,
}

async fn fetch(shared: &Shared, task: &Task) -> Result<Folder, Failure> {
    let gone = |key: &str| Failure::SourceGone(key.to_owned());
    let key = task.source_key.as_ref().ok_or_else(|| gone("its retention ended"))?;
    let size = u64::try_from(task.source_size).unwrap_or(0);
    if !shared.scratch.has_room_for(size)? {
        return Err(Failure::NoRoom);
    }
    let folder = shared.scratch.folder(Claim::on(task))?;
    let digest = Some(task.source_digest.as_str());
    match shared.bucket.fetch(key, &folder.source(), digest).await {
        Ok(()) => {
            metrics::counter!("converter_fetched_bytes_total").increment(size);
            Ok(folder)
        }
        Err(bucket::Error::NotFound(key)) => Err(gone(&key)),
        Err(error) => Err(error.into()),
    }
}

/// Converts on a thread of its own, and tells it to stop when time is up, the claim is lost or the
/// process ends.
async fn guarded(
    shared: &Shared,
    task: &Task,
    lease: &HeldLease,
    folder: &Folder,
) -> Result<Done, Failure> {
    let supervision = Arc::new(Supervision {
        cancelled: AtomicBool::new(false),
        progress: lease.progress.clone(),
    });
    let limits =
        Limits { max_seconds: shared.settings.max_audio.as_secs_f64(), ..Limits::default() };
    let thread = {
        let (supervision, source, result) =
            (Arc::clone(&supervision), folder.source(), folder.result());
        let (format, options) = (task.new_format, options(&task.options.0));
        tokio::task::spawn_blocking(move || {
            let start = cpu_time();
            let convert = || {
                let output =
                    File::options().read(true).write(true).create_new(true).open(&result)?;
                let input = File::open(&source)?;
                let target = target(format);
                let receipt =
                    codec::convert(input, output, target, &options, &limits, &*supervision)?;
                Ok::<_, Failure>((receipt, digest(&result)?))
            };
            let converted = convert();
            let cpu = cpu_time().saturating_sub(start);
            let source =
                converted.as_ref().ok().map(|(receipt, _)| receipt.source.container.as_str());
            measure::record_cpu(source, format.name(), cpu);
            converted.map(|(receipt, digest)| Done { receipt, digest, cpu })
        })
    };
    let mut thread = std::pin::pin!(thread);
    let failure = tokio::select! {
        done = &mut thread => return done.unwrap_or_else(|error| Err(panicked(&error))),
        () = tokio::time::sleep(shared.settings.job_timeout) => Failure::TimeLimit,
        () = lease.lost.cancelled() => Failure::Lost,
        () = shared.give_back.cancelled() => Failure::Stopped,
    };
    supervision.cancelled.store(true, Ordering::Relaxed);
    if tokio::time::timeout(STOPPING, thread).await.is_err() {
        tracing::error!("a conversion does not stop");
    }
    Err(failure)
}

fn panicked(error: &tokio::task::JoinError) -> Failure {
    Failure::Infrastructure(format!("the conversion's thread ended: {error}"))
}

/// Writes the result to the bucket under a key that only this claim has.
async fn store(shared: &Shared, key: &ObjectKey, path: &Path) -> Result<u64, Failure> {
    shared.db.intend_object(key).await?;
    let file = tokio::fs::File::open(path).await?;
    let stored = shared.bucket.put(key, ReaderStream::with_capacity(file, BLOCK)).await;
    if stored.is_err() {
        // Should this fail too, the intent is collected an hour later.
        let _ = shared.db.discard_object(key).await;
    }
    Ok(stored?)
}

/// Processor time of this thread so far.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let (seconds, nanoseconds) = (u64::try_from(time.tv_sec), u32::try_from(time.tv_nsec));
    Duration::new(seconds.unwrap_or(0), nanoseconds.unwrap_or(0))
}

/// SHA-256 of a file, hexadecimal.
fn digest(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut checksum = Checksum::default();
    let mut block = vec![0; BLOCK];
    loop {
        match file.read(&mut block)? {
            0 => break,
            count => checksum.update(&block[..count]),
        }
    }
    Ok(checksum.finish())
}

/// What a conversion is watched by.
struct Supervision {
    cancelled: AtomicBool,
    /// 0 to 100.
    progress: Arc<AtomicU8>,
}

impl codec::Control for Supervision {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 99")]
    fn progress(&self, fraction: f64) {
        // 100 is said by the row that names the result.
        self.progress.store((fraction * 100.0).clamp(0.0, 99.0) as u8, Ordering::Relaxed);
    }

    fn cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

fn target(format: Format) -> Target {
    match format {
        Format::Mp3 => Target::Mp3,
        Format::Aac => Target::Aac,
        Format::Ogg => Target::Ogg,
        Format::Wav => Target::Wav,
        Format::Wma => Target::Wma,
    }
}

fn options(options: &ConversionOptions) -> codec::Options {
    codec::Options {
        bitrate: options.bitrate,
        sample_rate: options.sample_rate,
        channels: options.channels,
        bit_depth: options.bit_depth.map(|depth| match depth {
            BitDepth::Int16 => codec::BitDepth::Int16,
            BitDepth::Int24 => codec::BitDepth::Int24,
            BitDepth::Int32 => codec::BitDepth::Int32,
            BitDepth::Float => codec::BitDepth::Float32,
        }),
        trim_start: options.trim_start,
        trim_end: options.trim_end,
        gain: options.gain,
        keep_tags: options.keep_tags.unwrap_or(true),
        keep_art: options.keep_art.unwrap_or(true),
    }
}
