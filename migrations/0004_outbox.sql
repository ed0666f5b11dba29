-- One mail per task generation, written in the transaction that ends the task.
create table outbox (
    id bigint primary key,
    task_id bigint not null,
    generation bigint not null,
    attempt bigint not null,
    not_before timestamptz not null, -- also the lease of the sender that took it
    sent_at timestamptz,
    error text,

    unique (task_id, generation)
);

create index outbox_waiting on outbox (not_before) where sent_at is null;
create index outbox_sent on outbox (sent_at) where sent_at is not null;
