-- Mail that leaves later, or again and again.
CREATE TABLE email_schedule (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenant (id),
    -- No reference: a schedule outlives its asset, and its runs say that the asset is gone.
    asset_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    to_line TEXT NOT NULL,
    -- Recipients and texts; files are in email_attachment as `schedule`.
    content TEXT NOT NULL,
    -- Wall-clock time and how it comes back, and the zone of that clock.
    rule TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    -- What happens to missed runs: `run_once` or `skip`.
    missed TEXT NOT NULL,
    -- `active`, `paused`, `finished` or `failed`.
    status TEXT NOT NULL,
    status_note TEXT NOT NULL,
    -- Failed runs in a row.
    failures BIGINT NOT NULL,
    -- Moving this on is the claim of a run; NULL when there is no further one.
    next_run_micros BIGINT,
    last_run_micros BIGINT,
    -- Of what people change; runs leave it alone.
    version BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    created_micros BIGINT NOT NULL,
    updated_micros BIGINT NOT NULL
);
CREATE INDEX email_schedule_due ON email_schedule (next_run_micros, id) WHERE status = 'active';
CREATE INDEX email_schedule_list ON email_schedule (tenant_id, id);

CREATE TABLE email_schedule_run (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    schedule_id TEXT NOT NULL REFERENCES email_schedule (id),
    -- When it should have run; NULL when a person asked for it.
    due_micros BIGINT,
    at_micros BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    sentence TEXT NOT NULL,
    -- No reference: mails are removed with their asset, the history stays.
    message_id TEXT
);
CREATE INDEX email_schedule_run_list ON email_schedule_run (schedule_id, id);
-- One run for one due moment, whatever else goes wrong.
CREATE UNIQUE INDEX email_schedule_run_due ON email_schedule_run (schedule_id, due_micros) WHERE due_micros IS NOT NULL;
