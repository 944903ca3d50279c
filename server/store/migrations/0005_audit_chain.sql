-- The audit log as a chain: each entry carries its number and the hash of itself with the hash of the one before.
-- The previous release may still write entries without them; they are linked later, see audit_chain.adopted.
ALTER TABLE audit_entry ADD COLUMN seq BIGINT;
ALTER TABLE audit_entry ADD COLUMN hash TEXT;
CREATE UNIQUE INDEX audit_entry_seq ON audit_entry (tenant_id, seq) WHERE seq IS NOT NULL;
CREATE INDEX audit_entry_unlinked ON audit_entry (tenant_id, id) WHERE seq IS NULL;
CREATE INDEX audit_entry_at ON audit_entry (tenant_id, at_micros);

-- Both ends of a tenant's chain. Whoever appends locks this row until the commit.
CREATE TABLE audit_chain (
    tenant_id TEXT PRIMARY KEY REFERENCES tenant (id),
    last_seq BIGINT NOT NULL,
    last_hash TEXT NOT NULL,
    -- The newest entry that was removed because of its age: the oldest kept one follows it.
    removed_seq BIGINT NOT NULL,
    removed_hash TEXT NOT NULL,
    -- The four above, sealed with the installation's key: who only has the database cannot make another chain.
    seal BYTEA NOT NULL,
    -- 1: every entry is linked, so one without a number was put in by other hands.
    adopted BIGINT NOT NULL,
    created_micros BIGINT NOT NULL
);

-- `utc` or `tenant`.
ALTER TABLE tenant ADD COLUMN reports_in TEXT NOT NULL DEFAULT 'utc';
-- How long audit entries are kept; NULL for ever.
ALTER TABLE tenant ADD COLUMN audit_days BIGINT;
