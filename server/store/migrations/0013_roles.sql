-- Roles of a tenant's own.
CREATE TABLE people_role (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenant (id),
    name TEXT NOT NULL,
    -- JSON list of words.
    capabilities TEXT NOT NULL,
    created_micros BIGINT NOT NULL,
    updated_micros BIGINT NOT NULL
);
CREATE UNIQUE INDEX people_role_name ON people_role (tenant_id, lower(name));

-- Set: what the person may do stands in that role, and `role` is without meaning. The previous release, which does not know this column, goes
-- by `role`; what is written there then is the least of the built-in roles.
ALTER TABLE people_user ADD COLUMN role_id TEXT REFERENCES people_role (id);
CREATE INDEX people_user_role ON people_user (role_id) WHERE role_id IS NOT NULL;
