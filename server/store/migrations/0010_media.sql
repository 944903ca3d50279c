-- Links to files that customers sent (spec tenant-settings, "Secure handling of Inbound media files").
CREATE TABLE tenant_media (
    tenant_id TEXT PRIMARY KEY REFERENCES tenant (id),
    -- Switched on by the operator; only then do the settings exist for the tenant.
    feature BIGINT NOT NULL,
    -- The tenant's own choice: new links expire.
    enabled BIGINT NOT NULL,
    expiry_amount BIGINT NOT NULL,
    expiry_unit TEXT NOT NULL,
    updated_micros BIGINT NOT NULL
);

-- The address of a link is made of its id and a signature over it, so no secret stands here.
CREATE TABLE media_link (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenant (id),
    -- Kind of the channel: decides which credentials open the link after its expiry.
    channel TEXT NOT NULL,
    -- `email_attachment` with the id of the attachment.
    owner_kind TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    blob TEXT NOT NULL,
    name TEXT NOT NULL,
    mimetype TEXT NOT NULL,
    -- NULL: works for ever.
    expires_micros BIGINT,
    created_micros BIGINT NOT NULL,
    revoked_micros BIGINT
);
CREATE UNIQUE INDEX media_link_owner ON media_link (owner_kind, owner_id);

-- Files that came before there were links get a persistent one, as they would have without the setting. An attachment has one link, so its id
-- serves.
INSERT INTO media_link (id, tenant_id, channel, owner_kind, owner_id, blob, name, mimetype, expires_micros, created_micros, revoked_micros)
SELECT f.id, f.tenant_id, 'email', 'email_attachment', f.id, f.blob, f.name, f.mimetype, NULL, i.received_micros, NULL
FROM email_attachment f JOIN email_inbound i ON i.id = f.owner_id
WHERE f.owner_kind = 'inbound';
