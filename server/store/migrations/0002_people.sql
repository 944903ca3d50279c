-- Tenants, people, sign-in, audit. Instants are microseconds UTC, flags 0/1, JSON is text.
CREATE TABLE tenant (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    -- 0 shuts everybody of the tenant out at once.
    active BIGINT NOT NULL DEFAULT 1,
    created_micros BIGINT NOT NULL,
    updated_micros BIGINT NOT NULL
);

CREATE TABLE people_user (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenant (id),
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    role TEXT NOT NULL,
    active BIGINT NOT NULL,
    password_hash TEXT,
    password_set_micros BIGINT,
    last_seen_micros BIGINT,
    created_micros BIGINT NOT NULL,
    updated_micros BIGINT NOT NULL
);
-- One account per address over the whole installation: sign-in asks for no tenant.
CREATE UNIQUE INDEX people_user_email ON people_user (email);
CREATE INDEX people_user_tenant ON people_user (tenant_id, name, id);

CREATE TABLE people_token (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenant (id),
    user_id TEXT NOT NULL REFERENCES people_user (id),
    name TEXT NOT NULL,
    prefix TEXT NOT NULL,
    secret_hash TEXT NOT NULL,
    capabilities TEXT NOT NULL,
    created_micros BIGINT NOT NULL,
    last_used_micros BIGINT,
    revoked_micros BIGINT
);
CREATE UNIQUE INDEX people_token_secret ON people_token (secret_hash);
CREATE INDEX people_token_user ON people_token (tenant_id, user_id, id);

CREATE TABLE auth_session (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenant (id),
    user_id TEXT NOT NULL REFERENCES people_user (id),
    secret_hash TEXT NOT NULL,
    remote_address TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    created_micros BIGINT NOT NULL,
    last_seen_micros BIGINT NOT NULL,
    expires_micros BIGINT NOT NULL,
    revoked_micros BIGINT
);
CREATE UNIQUE INDEX auth_session_secret ON auth_session (secret_hash);
CREATE INDEX auth_session_user ON auth_session (tenant_id, user_id, created_micros);

-- Failed sign-ins per key (`email:…`, `address:…`), kept so that throttling survives a restart and is shared by processes.
CREATE TABLE auth_throttle (
    key TEXT PRIMARY KEY,
    failures BIGINT NOT NULL,
    window_start_micros BIGINT NOT NULL,
    blocked_until_micros BIGINT NOT NULL
);

-- The first-run link, stored as a hash; gone once the first tenant exists.
CREATE TABLE auth_first_run (
    id BIGINT PRIMARY KEY,
    secret_hash TEXT NOT NULL,
    created_micros BIGINT NOT NULL
);

CREATE TABLE audit_entry (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    at_micros BIGINT NOT NULL,
    actor TEXT NOT NULL,
    actor_user_id TEXT,
    remote_address TEXT NOT NULL,
    request_id TEXT NOT NULL,
    action TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    subject_name TEXT NOT NULL,
    changes TEXT NOT NULL
);
CREATE INDEX audit_entry_tenant ON audit_entry (tenant_id, id);
CREATE INDEX audit_entry_action ON audit_entry (tenant_id, action, id);
