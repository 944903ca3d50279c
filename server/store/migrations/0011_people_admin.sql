-- People: licences, invitations, teams, imports, and the address that system mail leaves from.
ALTER TABLE people_user ADD COLUMN contact_center BIGINT NOT NULL DEFAULT 0;
ALTER TABLE people_user ADD COLUMN interact BIGINT NOT NULL DEFAULT 0;
-- 1 until the person has accepted the invitation; until then the account is not active.
ALTER TABLE people_user ADD COLUMN invited BIGINT NOT NULL DEFAULT 0;
-- The row of a deleted person stays, without address and password, so that what they did keeps a name.
ALTER TABLE people_user ADD COLUMN deleted_micros BIGINT;

-- How many of a licence the operator gave a tenant; no row means as many as it likes.
CREATE TABLE people_licence (
    tenant_id TEXT NOT NULL REFERENCES tenant (id),
    licence TEXT NOT NULL,
    total BIGINT NOT NULL,
    updated_micros BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, licence)
);

CREATE TABLE people_team (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenant (id),
    name TEXT NOT NULL,
    -- The name lower-cased by us: the databases differ in what they lower.
    name_key TEXT NOT NULL,
    lead_id TEXT REFERENCES people_user (id),
    created_micros BIGINT NOT NULL,
    updated_micros BIGINT NOT NULL
);
CREATE UNIQUE INDEX people_team_name ON people_team (tenant_id, name_key);

CREATE TABLE people_team_member (
    tenant_id TEXT NOT NULL,
    team_id TEXT NOT NULL REFERENCES people_team (id),
    user_id TEXT NOT NULL REFERENCES people_user (id),
    PRIMARY KEY (team_id, user_id)
);
CREATE INDEX people_team_member_user ON people_team_member (tenant_id, user_id);

-- Links are stored as hashes. What has ended stays, so that an old link can say why it is one.
CREATE TABLE people_invitation (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenant (id),
    user_id TEXT NOT NULL REFERENCES people_user (id),
    secret_hash TEXT NOT NULL,
    -- `open`, `used`, `revoked` or `replaced`.
    status TEXT NOT NULL,
    by_mail BIGINT NOT NULL,
    mailed_micros BIGINT,
    -- Why the mail could not be sent; empty when there is nothing to tell.
    mail_problem TEXT NOT NULL,
    expires_micros BIGINT NOT NULL,
    created_micros BIGINT NOT NULL,
    ended_micros BIGINT
);
CREATE UNIQUE INDEX people_invitation_secret ON people_invitation (secret_hash);
CREATE UNIQUE INDEX people_invitation_open ON people_invitation (user_id) WHERE status = 'open';
CREATE INDEX people_invitation_user ON people_invitation (tenant_id, user_id, id);

-- A file of people: checked, then run in batches; `next_line` is what a batch commits together with its people.
CREATE TABLE people_import (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenant (id),
    user_id TEXT,
    file_name TEXT NOT NULL,
    -- `checked`, `running`, `done` or `stopped`.
    status TEXT NOT NULL,
    -- `good` or `all`; empty until it is started.
    mode TEXT NOT NULL,
    send_mail BIGINT NOT NULL,
    total BIGINT NOT NULL,
    wrong BIGINT NOT NULL,
    imported BIGINT NOT NULL,
    next_line BIGINT NOT NULL,
    why TEXT NOT NULL,
    created_micros BIGINT NOT NULL,
    finished_micros BIGINT
);
CREATE INDEX people_import_tenant ON people_import (tenant_id, id);
CREATE INDEX people_import_age ON people_import (created_micros);

CREATE TABLE people_import_line (
    tenant_id TEXT NOT NULL,
    import_id TEXT NOT NULL REFERENCES people_import (id),
    line BIGINT NOT NULL,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    role TEXT NOT NULL,
    contact_center BIGINT NOT NULL,
    interact BIGINT NOT NULL,
    -- Ids of teams as a JSON list.
    teams TEXT NOT NULL,
    wrong BIGINT NOT NULL,
    -- JSON list of column, value and cure.
    problems TEXT NOT NULL,
    PRIMARY KEY (import_id, line)
);
CREATE INDEX people_import_line_wrong ON people_import_line (import_id, line) WHERE wrong = 1;

-- The email asset that invitations and other mail of the system leave from; without a row, the first active one.
CREATE TABLE people_post_office (
    tenant_id TEXT PRIMARY KEY REFERENCES tenant (id),
    asset_id TEXT NOT NULL,
    updated_micros BIGINT NOT NULL
);
