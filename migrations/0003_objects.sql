-- Every object in the bucket has a row here before its first byte is written, and keys are never
-- used twice, so that whatever dies in between leaves a row from which the object is collected.
create table objects (
    key text primary key,
    state text not null, -- pending, live, deleting, gone
    changed_at timestamptz not null
);

create index objects_by_state on objects (state, changed_at);
