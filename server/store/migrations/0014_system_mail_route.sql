-- 1 while the server that the asset sends through was set, or the asset chosen for system mail, by somebody who may change the tenant's settings.
-- Personal links of owners leave through no other: whoever names the server can read what passes it.
ALTER TABLE email_asset ADD COLUMN route_trusted BIGINT NOT NULL DEFAULT 1;
