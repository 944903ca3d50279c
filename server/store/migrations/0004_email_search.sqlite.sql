-- Words of mails; the rowid is internal, the ids are carried along.
CREATE VIRTUAL TABLE email_search USING fts5(
    mail_id UNINDEXED, thread_id UNINDEXED, tenant_id UNINDEXED, words,
    tokenize = "unicode61 remove_diacritics 2", prefix = '2 3'
);
