-- Who from outside may enter a tenant: operators of the installation (the help desk), and partners.

-- Accounts of the installation; they belong to no tenant.
CREATE TABLE operator_account (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL,
    -- `read-only`, `full` or `full-with-decrypt`: the most they may ask for.
    access TEXT NOT NULL,
    active BIGINT NOT NULL,
    password_hash TEXT NOT NULL,
    password_set_micros BIGINT NOT NULL,
    last_seen_micros BIGINT,
    created_micros BIGINT NOT NULL,
    updated_micros BIGINT NOT NULL
);
CREATE UNIQUE INDEX operator_account_email ON operator_account (email);

CREATE TABLE operator_session (
    id TEXT PRIMARY KEY,
    operator_id TEXT NOT NULL REFERENCES operator_account (id),
    secret_hash TEXT NOT NULL,
    remote_address TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    created_micros BIGINT NOT NULL,
    last_seen_micros BIGINT NOT NULL,
    expires_micros BIGINT NOT NULL,
    revoked_micros BIGINT
);
CREATE UNIQUE INDEX operator_session_secret ON operator_session (secret_hash);
CREATE INDEX operator_session_end ON operator_session (expires_micros);

-- What a tenant's owners allow the help desk. No row: allowed, without decryption (spec tenant-settings, "enabled by default").
CREATE TABLE access_setting (
    tenant_id TEXT PRIMARY KEY REFERENCES tenant (id),
    help_desk BIGINT NOT NULL,
    decrypt BIGINT NOT NULL,
    -- The help desk may enter until then; NULL: until somebody switches it off.
    until_micros BIGINT,
    updated_micros BIGINT NOT NULL
);

-- A partner of a tenant: offered by the installation, accepted by an owner of the tenant.
CREATE TABLE access_partner (
    id TEXT PRIMARY KEY,
    -- The customer.
    tenant_id TEXT NOT NULL REFERENCES tenant (id),
    partner_tenant_id TEXT NOT NULL REFERENCES tenant (id),
    access TEXT NOT NULL,
    accepted_micros BIGINT,
    created_micros BIGINT NOT NULL,
    updated_micros BIGINT NOT NULL
);
CREATE UNIQUE INDEX access_partner_pair ON access_partner (tenant_id, partner_tenant_id);
CREATE INDEX access_partner_of ON access_partner (partner_tenant_id, tenant_id);

-- A signed link into a tenant. The row is what makes it work once.
CREATE TABLE access_link (
    -- The nonce inside the link.
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenant (id),
    created_micros BIGINT NOT NULL,
    expires_micros BIGINT NOT NULL,
    consumed_micros BIGINT
);
CREATE INDEX access_link_end ON access_link (expires_micros);

-- A stay in a tenant: a session of somebody who has no account in it.
CREATE TABLE access_visit (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenant (id),
    -- `help_desk` or `partner`.
    kind TEXT NOT NULL,
    operator_id TEXT,
    partner_id TEXT,
    partner_user_id TEXT,
    -- The visitor's own address, the organisation they come from, and the id they act under in the audit log.
    visitor TEXT NOT NULL,
    organisation TEXT NOT NULL,
    acts_as TEXT NOT NULL,
    -- Asked for; what is granted at the moment bounds it at every request.
    access TEXT NOT NULL,
    secret_hash TEXT NOT NULL,
    remote_address TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    started_micros BIGINT NOT NULL,
    last_seen_micros BIGINT NOT NULL,
    expires_micros BIGINT NOT NULL,
    ended_micros BIGINT,
    ended_because TEXT NOT NULL
);
CREATE UNIQUE INDEX access_visit_secret ON access_visit (secret_hash);
CREATE INDEX access_visit_tenant ON access_visit (tenant_id, id);
CREATE INDEX access_visit_running ON access_visit (tenant_id, started_micros) WHERE ended_micros IS NULL;
