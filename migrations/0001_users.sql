-- Names and addresses are unique without regard to case: the *_key columns hold them folded.
create table users (
    id bigint primary key,
    username text not null,
    username_key text not null unique,
    email text not null,
    email_key text not null unique,
    password_hash text not null,
    created_at timestamptz not null
);

-- Tokens that were logged out before they expired, looked up by every instance on every request.
create table revoked_tokens (
    token_id uuid primary key,
    expires_at timestamptz not null
);

create index revoked_tokens_by_expiry on revoked_tokens (expires_at);
