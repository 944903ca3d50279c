-- Words of mails. 'simple': contact centres write many languages in one inbox.
CREATE TABLE email_search (
    mail_id TEXT PRIMARY KEY,
    thread_id TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    words TEXT NOT NULL,
    vector tsvector GENERATED ALWAYS AS (to_tsvector('simple', words)) STORED
);
CREATE INDEX email_search_vector ON email_search USING gin (vector);
