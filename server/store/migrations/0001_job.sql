-- Background work. A finished job leaves no row; a dead one stays until somebody revives or discards it.
CREATE TABLE job (
    id TEXT PRIMARY KEY,
    queue TEXT NOT NULL,
    payload TEXT NOT NULL,
    -- `queued`, `running` or `dead`.
    status TEXT NOT NULL,
    unique_key TEXT,
    run_at_micros BIGINT NOT NULL,
    -- How often it was claimed; also tells a worker whether a claim is still its own.
    attempts BIGINT NOT NULL,
    lease_owner TEXT,
    lease_until_micros BIGINT,
    last_error TEXT NOT NULL,
    created_micros BIGINT NOT NULL
);
-- A running job may have read its input before the new cause: only a waiting one makes another needless.
CREATE UNIQUE INDEX job_waiting_key ON job (queue, unique_key) WHERE unique_key IS NOT NULL AND status = 'queued';
CREATE INDEX job_due ON job (queue, run_at_micros, id) WHERE status = 'queued';
CREATE INDEX job_leased ON job (queue, lease_until_micros, id) WHERE status = 'running';
CREATE INDEX job_dead ON job (queue, id) WHERE status = 'dead';
