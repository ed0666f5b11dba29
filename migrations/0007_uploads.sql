-- An offer to put a file into the bucket without the API between. It names an object that is pending
-- until a task is made of it or the offer ends.
create table uploads (
    id uuid primary key,
    user_id bigint not null references users (id),
    object_key text not null unique,
    filename text not null,
    size bigint, -- as announced, if it was
    session text, -- a secret by which the bucket takes the file, to be given back
    task_id bigint, -- null until used
    created_at timestamptz not null,
    expires_at timestamptz not null
);

create index uploads_by_user on uploads (user_id, expires_at);
create index uploads_by_expiry on uploads (expires_at);
