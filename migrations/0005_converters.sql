-- The heartbeat of every converter process; one that stopped is forgotten by its age.
create table converters (
    id text primary key,
    version text not null,
    slots bigint not null,
    running bigint not null,
    seen_at timestamptz not null
);
