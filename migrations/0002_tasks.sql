-- The row is the truth about a task; a queue message is only a hint that it may be claimed.
create table tasks (
    id bigint primary key,
    file_id uuid not null unique,
    user_id bigint not null references users (id),
    idempotency_key text,
    request_id text,

    uploaded_filename text not null,
    new_format text not null,
    options jsonb not null,

    source_key text, -- null once its retention ended
    source_size bigint not null,
    source_digest text not null, -- SHA-256, hexadecimal
    source_format text, -- known once a converter looked at the bytes
    duration_seconds double precision,

    result_key text, -- null until converted, and again once its retention ended
    result_size bigint,
    result_digest text,

    status text not null, -- uploaded, processing, processed, failed
    progress bigint not null, -- 0 to 100
    generation bigint not null, -- raised by every PUT: messages and mails of an older one are stale
    claim bigint not null, -- fencing token: raised by every claim, never reset
    attempt bigint not null,
    crashes bigint not null,
    worker text,
    lease_until timestamptz,
    not_before timestamptz not null,
    published_at timestamptz, -- null: the sweeper must publish it

    uploaded_at timestamptz not null,
    started_at timestamptz,
    processed_at timestamptz, -- when it ended, well or not
    expires_at timestamptz, -- when its files are deleted

    error_code text,
    error_message text,

    unique (user_id, idempotency_key)
);

create index tasks_by_user on tasks (user_id, id);
create index tasks_waiting on tasks (not_before, published_at) where status = 'uploaded';
create index tasks_leased on tasks (lease_until) where status = 'processing';
create index tasks_expiring on tasks (expires_at) where source_key is not null;
