-- Which email domains people of a tenant may have; no row admits every domain. Domains are A-labels (RFC 5890), lower-case.
CREATE TABLE tenant_domain (
    tenant_id TEXT NOT NULL REFERENCES tenant (id),
    domain TEXT NOT NULL,
    created_micros BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, domain)
);
CREATE INDEX tenant_domain_domain ON tenant_domain (domain);

-- Single sign-on of a tenant: at most one OpenID provider.
CREATE TABLE tenant_sso (
    tenant_id TEXT PRIMARY KEY REFERENCES tenant (id),
    active BIGINT NOT NULL,
    -- Stands in the tenant's sign-in address.
    slug TEXT NOT NULL,
    issuer TEXT NOT NULL,
    client TEXT NOT NULL,
    -- Sealed; NULL for a public client.
    client_secret BYTEA,
    client_secret_set_micros BIGINT,
    scopes TEXT NOT NULL,
    label TEXT NOT NULL,
    -- Empty: roles are not taken from the provider.
    group_claim TEXT NOT NULL,
    -- JSON: a list of [role, [group, …]].
    groups TEXT NOT NULL,
    -- Empty: whoever is in no listed group is refused.
    default_role TEXT NOT NULL,
    makes_users BIGINT NOT NULL,
    only_sso BIGINT NOT NULL,
    -- JSON of what the last test found.
    last_test TEXT,
    created_micros BIGINT NOT NULL,
    updated_micros BIGINT NOT NULL
);
CREATE UNIQUE INDEX tenant_sso_slug ON tenant_sso (slug);

-- A sign-in under way at a provider: used once, bound to one browser, gone when it expires.
CREATE TABLE auth_sso_state (
    state_hash TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenant (id),
    browser_hash TEXT NOT NULL,
    issuer TEXT NOT NULL,
    client TEXT NOT NULL,
    -- Where the person wanted to go.
    next TEXT NOT NULL,
    -- 1: an owner tries the settings; nobody is signed in.
    trial BIGINT NOT NULL,
    created_micros BIGINT NOT NULL,
    expires_micros BIGINT NOT NULL
);
CREATE INDEX auth_sso_state_expires ON auth_sso_state (expires_micros);

-- Which person of a provider is which account.
CREATE TABLE auth_identity (
    tenant_id TEXT NOT NULL REFERENCES tenant (id),
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES people_user (id) ON DELETE CASCADE,
    created_micros BIGINT NOT NULL,
    last_used_micros BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, issuer, subject)
);
CREATE INDEX auth_identity_user ON auth_identity (tenant_id, user_id);
