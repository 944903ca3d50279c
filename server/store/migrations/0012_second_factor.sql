-- Second factors, what is pending between the two steps of a sign-in, sign-in history, reset links, and the tenant's rule.

-- How the person proved who they are (`password`, `password+totp`, …; empty: another way, such as single sign-on), and when they did last.
ALTER TABLE auth_session ADD COLUMN method TEXT NOT NULL DEFAULT '';
ALTER TABLE auth_session ADD COLUMN proved_micros BIGINT NOT NULL DEFAULT 0;

CREATE TABLE auth_totp (
    user_id TEXT PRIMARY KEY REFERENCES people_user (id) ON DELETE CASCADE,
    tenant_id TEXT NOT NULL REFERENCES tenant (id),
    -- Sealed for auth_totp/secret/USER.
    secret BYTEA NOT NULL,
    -- The last time step that was accepted: it and those before it are not accepted again.
    last_step BIGINT NOT NULL,
    -- NULL while the app has not shown a right code yet.
    confirmed_micros BIGINT,
    created_micros BIGINT NOT NULL
);
CREATE INDEX auth_totp_tenant ON auth_totp (tenant_id);

CREATE TABLE auth_recovery_code (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenant (id),
    user_id TEXT NOT NULL REFERENCES people_user (id) ON DELETE CASCADE,
    code_hash TEXT NOT NULL,
    created_micros BIGINT NOT NULL,
    used_micros BIGINT
);
CREATE UNIQUE INDEX auth_recovery_code_user ON auth_recovery_code (user_id, code_hash);

CREATE TABLE auth_passkey (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenant (id),
    user_id TEXT NOT NULL REFERENCES people_user (id) ON DELETE CASCADE,
    credential_id TEXT NOT NULL,
    -- SubjectPublicKeyInfo, DER.
    public_key BYTEA NOT NULL,
    -- COSE number: -7, -8 or -257.
    algorithm BIGINT NOT NULL,
    sign_count BIGINT NOT NULL,
    synced BIGINT NOT NULL,
    name TEXT NOT NULL,
    created_micros BIGINT NOT NULL,
    last_used_micros BIGINT
);
CREATE UNIQUE INDEX auth_passkey_credential ON auth_passkey (credential_id);
CREATE INDEX auth_passkey_user ON auth_passkey (tenant_id, user_id, id);

-- Challenges handed to browsers for passkeys, stored as a hash, each good once. Asked before anybody is known.
CREATE TABLE auth_challenge (
    secret_hash TEXT PRIMARY KEY,
    purpose TEXT NOT NULL,
    user_id TEXT,
    expires_micros BIGINT NOT NULL
);

-- Between the right password and the second factor.
CREATE TABLE auth_ticket (
    secret_hash TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenant (id),
    user_id TEXT NOT NULL REFERENCES people_user (id) ON DELETE CASCADE,
    -- Fingerprint of the password's hash: a new password makes the ticket useless.
    password_print TEXT NOT NULL,
    failures BIGINT NOT NULL,
    expires_micros BIGINT NOT NULL
);

CREATE TABLE auth_reset (
    secret_hash TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenant (id),
    user_id TEXT NOT NULL REFERENCES people_user (id) ON DELETE CASCADE,
    created_micros BIGINT NOT NULL,
    expires_micros BIGINT NOT NULL
);
CREATE INDEX auth_reset_user ON auth_reset (tenant_id, user_id);

CREATE TABLE auth_history (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenant (id),
    user_id TEXT NOT NULL REFERENCES people_user (id) ON DELETE CASCADE,
    at_micros BIGINT NOT NULL,
    remote_address TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    method TEXT NOT NULL,
    succeeded BIGINT NOT NULL
);
CREATE INDEX auth_history_user ON auth_history (tenant_id, user_id, id);
CREATE INDEX auth_history_at ON auth_history (at_micros);

-- The tenant's rule; no row: a second factor is everybody's own choice.
CREATE TABLE auth_policy (
    tenant_id TEXT PRIMARY KEY REFERENCES tenant (id),
    required BIGINT NOT NULL,
    grace_days BIGINT NOT NULL,
    required_since_micros BIGINT NOT NULL
);
