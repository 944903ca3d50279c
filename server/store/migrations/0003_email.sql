-- The email room.
CREATE TABLE email_asset (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenant (id),
    name TEXT NOT NULL,
    email_address TEXT NOT NULL,
    forwarding_address TEXT NOT NULL,
    from_name TEXT NOT NULL,
    smtp_host TEXT NOT NULL,
    smtp_port BIGINT NOT NULL,
    security TEXT NOT NULL,
    username TEXT NOT NULL,
    password BYTEA,
    password_set_micros BIGINT,
    max_connections BIGINT NOT NULL,
    active BIGINT NOT NULL,
    version BIGINT NOT NULL,
    forwarding_seen_micros BIGINT,
    confirmation TEXT,
    confirmation_micros BIGINT,
    created_micros BIGINT NOT NULL,
    updated_micros BIGINT NOT NULL
);
CREATE UNIQUE INDEX email_asset_forwarding ON email_asset (forwarding_address);
CREATE UNIQUE INDEX email_asset_address ON email_asset (tenant_id, email_address);
CREATE INDEX email_asset_tenant ON email_asset (tenant_id, name, id);

-- A conversation.
CREATE TABLE email_thread (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    asset_id TEXT NOT NULL REFERENCES email_asset (id),
    subject TEXT NOT NULL,
    participants TEXT NOT NULL,
    snippet TEXT NOT NULL,
    mails BIGINT NOT NULL,
    unread BIGINT NOT NULL,
    has_attachments BIGINT NOT NULL,
    last_micros BIGINT NOT NULL,
    created_micros BIGINT NOT NULL
);
CREATE INDEX email_thread_last ON email_thread (tenant_id, last_micros, id);
CREATE INDEX email_thread_asset ON email_thread (tenant_id, asset_id, last_micros, id);
CREATE INDEX email_thread_unread ON email_thread (tenant_id, last_micros, id) WHERE unread > 0;

-- One accepted send request: content once, however many mails it makes.
CREATE TABLE email_send (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    asset_id TEXT NOT NULL REFERENCES email_asset (id),
    thread_id TEXT,
    source TEXT NOT NULL,
    actor TEXT NOT NULL,
    subject TEXT NOT NULL,
    content TEXT NOT NULL,
    total BIGINT NOT NULL,
    idempotency_key TEXT,
    created_micros BIGINT NOT NULL
);
CREATE UNIQUE INDEX email_send_idempotency ON email_send (tenant_id, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX email_send_asset ON email_send (tenant_id, asset_id, id);

-- The outbox: one row per mail, from acceptance to its end.
CREATE TABLE email_message (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    asset_id TEXT NOT NULL REFERENCES email_asset (id),
    send_id TEXT NOT NULL REFERENCES email_send (id),
    -- Place in the request, from 0.
    position BIGINT NOT NULL,
    thread_id TEXT,
    message_id_header TEXT NOT NULL,
    recipients TEXT NOT NULL,
    to_line TEXT NOT NULL,
    subject TEXT NOT NULL,
    status TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    next_attempt_micros BIGINT NOT NULL,
    lease_owner TEXT,
    lease_until_micros BIGINT,
    last_reply TEXT NOT NULL,
    correlation_id TEXT NOT NULL,
    accepted_micros BIGINT NOT NULL,
    finished_micros BIGINT
);
CREATE INDEX email_message_due ON email_message (asset_id, next_attempt_micros, id) WHERE status = 'queued';
CREATE INDEX email_message_leased ON email_message (lease_until_micros) WHERE status = 'sending';
CREATE INDEX email_message_list ON email_message (tenant_id, id);
CREATE INDEX email_message_asset ON email_message (tenant_id, asset_id, id);
CREATE INDEX email_message_send ON email_message (send_id, status);
CREATE INDEX email_message_header ON email_message (message_id_header);
CREATE INDEX email_message_thread ON email_message (thread_id, accepted_micros) WHERE thread_id IS NOT NULL;

CREATE TABLE email_receipt (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    message_id TEXT NOT NULL REFERENCES email_message (id),
    at_micros BIGINT NOT NULL,
    recipient TEXT NOT NULL,
    status TEXT NOT NULL,
    code TEXT NOT NULL,
    reply TEXT NOT NULL
);
CREATE INDEX email_receipt_message ON email_receipt (message_id, id);

-- Raw mail as received: committed before the listener answers 250. Small ones stand here, large ones in the blob store.
CREATE TABLE email_raw (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    asset_id TEXT NOT NULL REFERENCES email_asset (id),
    envelope_from TEXT NOT NULL,
    remote_address TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    content BYTEA,
    blob TEXT,
    received_micros BIGINT NOT NULL
);
CREATE INDEX email_raw_asset ON email_raw (asset_id);

-- Raw mail that is not parsed yet. A table of its own: rewriting a row of email_raw would rewrite the mail in it.
-- A worker that takes one moves its due_micros ahead; the row comes back by itself when that worker dies.
CREATE TABLE email_raw_waiting (
    raw_id TEXT PRIMARY KEY REFERENCES email_raw (id),
    attempts BIGINT NOT NULL,
    due_micros BIGINT NOT NULL
);
CREATE INDEX email_raw_waiting_due ON email_raw_waiting (due_micros);

CREATE TABLE email_inbound (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    asset_id TEXT NOT NULL REFERENCES email_asset (id),
    thread_id TEXT NOT NULL REFERENCES email_thread (id),
    raw_id TEXT NOT NULL REFERENCES email_raw (id),
    message_id_header TEXT NOT NULL,
    reference_headers TEXT NOT NULL,
    from_name TEXT NOT NULL,
    from_address TEXT NOT NULL,
    reply_to TEXT NOT NULL,
    to_line TEXT NOT NULL,
    cc_line TEXT NOT NULL,
    subject TEXT NOT NULL,
    text_body TEXT NOT NULL,
    html_body TEXT NOT NULL,
    kind TEXT NOT NULL,
    kind_detail TEXT NOT NULL,
    damage TEXT NOT NULL,
    unread BIGINT NOT NULL,
    sent_micros BIGINT,
    received_micros BIGINT NOT NULL
);
CREATE INDEX email_inbound_thread ON email_inbound (thread_id, received_micros, id);
CREATE INDEX email_inbound_header ON email_inbound (tenant_id, message_id_header);
CREATE UNIQUE INDEX email_inbound_raw ON email_inbound (raw_id);

CREATE TABLE email_attachment (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    -- `inbound` with the id of the mail, or `send` with the id of the send request.
    owner_kind TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    position BIGINT NOT NULL,
    name TEXT NOT NULL,
    mimetype TEXT NOT NULL,
    content_id TEXT NOT NULL,
    is_inline BIGINT NOT NULL,
    size_bytes BIGINT NOT NULL,
    blob TEXT NOT NULL
);
CREATE INDEX email_attachment_owner ON email_attachment (owner_kind, owner_id, position);

CREATE TABLE debuglog_line (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    asset_id TEXT NOT NULL,
    mail_id TEXT NOT NULL,
    direction TEXT NOT NULL,
    step TEXT NOT NULL,
    detail TEXT NOT NULL,
    body BYTEA,
    at_micros BIGINT NOT NULL
);
CREATE INDEX debuglog_line_asset ON debuglog_line (tenant_id, asset_id, id);
CREATE INDEX debuglog_line_mail ON debuglog_line (tenant_id, mail_id, id);
