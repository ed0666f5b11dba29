-- Whose turn it is: a worker takes the waiting task with the lowest one. In microseconds since 1970,
-- which both engines add up alike; a task made by an older version of the program has none and is
-- taken first.
alter table tasks add column turn bigint not null default 0;
-- Whether it waits for not_before; until the sweeper ends that, nobody sees it who claims.
alter table tasks add column delayed boolean not null default false;

-- An id tells when its task was made: milliseconds since 2024, twelve bits further up.
update tasks set turn = (id / 4096 + 1704067200000) * 1000
    where status = 'uploaded' or status = 'processing';
update tasks set delayed = true
    where status = 'uploaded' and published_at is null and attempt > 0;

create index tasks_by_turn on tasks (turn, id) where status = 'uploaded' and not delayed;
create index tasks_unpublished on tasks (not_before)
    where status = 'uploaded' and published_at is null;
create index tasks_published on tasks (published_at)
    where status = 'uploaded' and published_at is not null;
create index tasks_unfinished on tasks (user_id, status, turn)
    where status = 'uploaded' or status = 'processing';
create index tasks_by_status on tasks (user_id, status, id);


-- How much waits and how fast it is done, counted by one process for all of them: a single row.
create table depth (
    id bigint primary key,
    counted_at timestamptz not null,
    waiting bigint not null,
    unpublished bigint not null,
    oldest timestamptz,
    slots bigint not null,
    service_micros bigint -- null when nothing ended of late
);

insert into depth (id, counted_at, waiting, unpublished, slots)
    values (1, '1970-01-01T00:00:00+00:00', 0, 0, 0);
