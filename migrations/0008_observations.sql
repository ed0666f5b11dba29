-- When the present generation of a task was asked for: by the upload, or by the last PUT.
alter table tasks add column asked_at timestamptz;
update tasks set asked_at = uploaded_at;

create index tasks_by_asking on tasks (asked_at);
create index tasks_by_start on tasks (started_at) where started_at is not null;
create index tasks_by_end on tasks (processed_at, status, asked_at, started_at)
    where processed_at is not null;
create index outbox_unsent on outbox (id) where sent_at is null;

-- What a converter says of itself besides: its machine, where its metrics are, and what its
-- conversions took by pair of formats since it started.
alter table converters add column host text not null default '';
alter table converters add column metrics_url text;
alter table converters add column costs jsonb not null default '[]';

-- What conversions took, by pair of formats, over all converters; older ones count less and less.
create table conversion_costs (
    source text not null,
    target text not null,
    conversions bigint not null,
    cpu_seconds double precision not null,
    slot_seconds double precision not null,
    audio_seconds double precision not null,
    source_bytes double precision not null,
    measured_at timestamptz not null,

    primary key (source, target)
);

-- One row for each period, written once, by the sweeper that came first.
create table observations (
    started_at timestamptz primary key,
    seconds bigint not null,
    arrived bigint not null,
    started bigint not null,
    finished bigint not null,
    failed bigint not null,
    -- In seconds, of the tasks that finished; null when none did.
    mean_response double precision,
    p95_response double precision,
    mean_service double precision,
    p95_service double precision,
    -- As they were when the period was recorded.
    waiting bigint not null,
    running bigint not null,
    oldest_waiting double precision not null,
    converters bigint not null,
    slots bigint not null
);
