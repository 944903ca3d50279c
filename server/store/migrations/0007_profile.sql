-- Profile keys: the present one of each tenant (no end), and those that a rotation left valid for a while.
CREATE TABLE tenant_profile_key (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenant (id),
    prefix TEXT NOT NULL,
    secret_hash TEXT NOT NULL,
    -- Sealed: holders of the capability may see it again.
    secret BYTEA NOT NULL,
    created_by TEXT NOT NULL,
    created_micros BIGINT NOT NULL,
    -- Written once an hour at most.
    last_used_micros BIGINT,
    ends_micros BIGINT
);
CREATE UNIQUE INDEX tenant_profile_key_secret ON tenant_profile_key (secret_hash);
CREATE UNIQUE INDEX tenant_profile_key_present ON tenant_profile_key (tenant_id) WHERE ends_micros IS NULL;
CREATE INDEX tenant_profile_key_tenant ON tenant_profile_key (tenant_id, id);
CREATE INDEX tenant_profile_key_end ON tenant_profile_key (ends_micros) WHERE ends_micros IS NOT NULL;

-- Customers as the tenant's own systems know them. The customer id is the tenant's, and the only unique thing about one.
CREATE TABLE people_profile (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenant (id),
    customer_id TEXT NOT NULL,
    name TEXT NOT NULL,
    -- Lower-cased; empty for none, as the number.
    email TEXT NOT NULL,
    -- Digits only.
    msisdn TEXT NOT NULL,
    -- Everything else: a JSON object of texts.
    attributes TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_micros BIGINT NOT NULL,
    updated_micros BIGINT NOT NULL
);
CREATE UNIQUE INDEX people_profile_customer ON people_profile (tenant_id, customer_id);
CREATE INDEX people_profile_name ON people_profile (tenant_id, lower(name), id);

-- The numbers that the profile API gives the names of attributes.
CREATE TABLE people_profile_attribute (
    tenant_id TEXT NOT NULL REFERENCES tenant (id),
    name TEXT NOT NULL,
    number BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, name)
);
CREATE UNIQUE INDEX people_profile_attribute_number ON people_profile_attribute (tenant_id, number);

-- Requests of the profile API, accepted and then carried out in the order of their ids.
CREATE TABLE people_profile_batch (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenant (id),
    -- `create`, `update` or `delete`.
    operation TEXT NOT NULL,
    -- `queued` or `done`.
    status TEXT NOT NULL,
    remote_address TEXT NOT NULL,
    request_id TEXT NOT NULL,
    created_micros BIGINT NOT NULL,
    finished_micros BIGINT
);
CREATE INDEX people_profile_batch_queued ON people_profile_batch (tenant_id, id) WHERE status = 'queued';
CREATE INDEX people_profile_batch_finished ON people_profile_batch (finished_micros) WHERE status = 'done';

CREATE TABLE people_profile_item (
    batch_id TEXT NOT NULL REFERENCES people_profile_batch (id),
    position BIGINT NOT NULL,
    tenant_id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    -- JSON, emptied when the item is done: who the customer is stands in the profile alone.
    attributes TEXT NOT NULL,
    code TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (batch_id, position)
);

-- Mails from and to a customer.
CREATE INDEX email_inbound_from ON email_inbound (tenant_id, lower(from_address));
CREATE INDEX email_receipt_recipient ON email_receipt (tenant_id, lower(recipient));
