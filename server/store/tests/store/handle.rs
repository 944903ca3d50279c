//! Values, rows, transactions, errors.

use store::{
    Args, Dialect, Statement, StoreError, args, sql,
    testing::{TestDb, databases},
};

async fn tables(db: &TestDb) {
    for create in [
        sql!("CREATE TABLE owner (id TEXT PRIMARY KEY)"),
        sql!(
            "CREATE TABLE item (id TEXT PRIMARY KEY, owner_id TEXT REFERENCES owner (id), number BIGINT, part DOUBLE PRECISION, content BYTEA, label TEXT)"
        ),
        sql!("CREATE UNIQUE INDEX item_number ON item (owner_id, number)"),
        sql!("CREATE UNIQUE INDEX item_label ON item (lower(label))"),
    ] {
        db.execute(create, args![]).await.unwrap();
    }
    db.execute(sql!("INSERT INTO owner (id) VALUES ($1)"), args!["o"]).await.unwrap();
}

const INSERT: Statement = sql!("INSERT INTO item (id, owner_id, number, part, content, label) VALUES ($1, $2, $3, $4, $5, $6)");

fn item(id: &str, owner: &str, number: i64) -> Args {
    args![id, owner, number, None::<f64>, None::<Vec<u8>>, None::<String>]
}

#[tokio::test]
async fn values_come_back_as_they_went_in() {
    for (name, db) in databases().await {
        tables(&db).await;
        db.execute(INSERT, args!["full", "o", i64::MIN, 0.5, vec![0_u8, 255], "grüße\0👋"]).await.unwrap();
        db.execute(INSERT, args!["null", None::<String>, None::<i64>, None::<f64>, None::<Vec<u8>>, None::<&str>]).await.unwrap();
        let rows = db.read_all(sql!("SELECT id, owner_id, number, part, content, label FROM item ORDER BY id"), args![]).await.unwrap();
        let [full, null] = &rows[..] else { panic!("{name}: {rows:?}") };
        assert_eq!(full.int("number").unwrap(), i64::MIN, "{name}");
        assert_eq!(full.real("part").unwrap(), 0.5, "{name}");
        assert_eq!(full.bytes("content").unwrap(), [0, 255], "{name}");
        assert_eq!(full.text("label").unwrap(), "grüße\u{fffd}👋", "{name}");
        assert_eq!(null.opt_text("owner_id").unwrap(), None, "{name}");
        assert_eq!(null.opt_int("number").unwrap(), None, "{name}");
        assert_eq!(null.opt_real("part").unwrap(), None, "{name}");
        assert_eq!(null.opt_bytes("content").unwrap(), None, "{name}");
        let refused = |result: Result<(), StoreError>, column: &str| {
            assert!(matches!(&result, Err(StoreError::Column { name, .. }) if name == column), "{name}: {result:?}");
        };
        refused(null.text("label").map(drop), "label");
        refused(full.int("label").map(drop), "label");
        refused(full.text("nothing").map(drop), "nothing");
        refused(full.parse::<u8>("id").map(drop), "id");
    }
}

#[tokio::test]
async fn counts_and_comparisons_are_integers_on_both() {
    for (name, db) in databases().await {
        tables(&db).await;
        let row = db
            .read_one(sql!("SELECT count(*) AS n, EXISTS (SELECT 1 FROM owner WHERE id = $1) AS has, 1 AS one FROM item"), args!["o"])
            .await
            .unwrap();
        assert_eq!((row.int("n").unwrap(), row.flag("has").unwrap(), row.int("one").unwrap()), (0, true, 1), "{name}");
    }
}

#[tokio::test]
async fn a_violated_index_is_named_alike_on_both() {
    for (name, db) in databases().await {
        tables(&db).await;
        db.execute(INSERT, args!["a", "o", 1_i64, None::<f64>, None::<Vec<u8>>, "Label"]).await.unwrap();
        let check = async |args: Args, index: &str| {
            let error = db.execute(INSERT, args).await.unwrap_err();
            assert!(error.is_conflict_on(index), "{name}: {error:?}");
        };
        check(item("a", "o", 2), "item_pkey").await;
        check(item("b", "o", 1), "item_number").await;
        check(args!["b", "o", 2_i64, None::<f64>, None::<Vec<u8>>, "LABEL"], "item_label").await;
        let error = db.execute(INSERT, item("b", "nobody", 1)).await.unwrap_err();
        assert!(matches!(error, StoreError::Reference), "{name}: {error:?}");
        let error = db.execute(sql!("DELETE FROM owner WHERE id = $1"), args!["o"]).await.unwrap_err();
        assert!(matches!(error, StoreError::Reference), "{name}: {error:?}");
    }
}

#[tokio::test]
async fn a_dropped_transaction_leaves_nothing_and_a_failed_one_cannot_be_committed() {
    for (name, db) in databases().await {
        tables(&db).await;
        let count = async || db.read_one(sql!("SELECT count(*) AS n FROM item"), args![]).await.unwrap().int("n").unwrap();
        let mut dropped = db.write().await.unwrap();
        dropped.execute(INSERT, item("a", "o", 1)).await.unwrap();
        drop(dropped);
        let mut failed = db.write().await.unwrap();
        failed.execute(INSERT, item("a", "o", 1)).await.unwrap();
        assert!(failed.execute(INSERT, item("a", "o", 2)).await.is_err(), "{name}");
        assert!(matches!(failed.execute(INSERT, item("b", "o", 3)).await, Err(StoreError::Internal(_))), "{name}");
        assert!(matches!(failed.commit().await, Err(StoreError::Internal(_))), "{name}");
        assert_eq!(count().await, 0, "{name}");
        let mut kept = db.write().await.unwrap();
        assert!(matches!(kept.one(sql!("SELECT id FROM item"), args![]).await, Err(StoreError::NoRow)), "{name}");
        let row = kept.one(sql!("INSERT INTO item (id) VALUES ($1) RETURNING id"), args!["a"]).await.unwrap();
        assert_eq!(row.str("id").unwrap(), "a");
        kept.commit().await.unwrap();
        assert_eq!(count().await, 1, "{name}");
    }
}

#[tokio::test]
async fn a_wrong_number_of_arguments_is_refused() {
    for (name, db) in databases().await {
        for args in [args![], args![1, 2]] {
            let result = db.read_all(sql!("SELECT 1 AS one WHERE 1 = $1"), args).await;
            assert!(matches!(result, Err(StoreError::Internal(_))), "{name}: {result:?}");
        }
    }
}

#[tokio::test]
async fn many_rows_arrive_whole_and_in_order() {
    for (name, db) in databases().await {
        tables(&db).await;
        let mut tx = db.write().await.unwrap();
        let rows = (0..203).map(|n| item(&format!("{n:04}"), "o", n)).collect();
        assert_eq!(tx.execute_many(INSERT, rows).await.unwrap(), 203, "{name}");
        let doubled = (0..203).map(|n| args![format!("{n:04}"), n * 2 + 1000]).collect();
        assert_eq!(tx.execute_many(sql!("UPDATE item SET number = $2 WHERE id = $1"), doubled).await.unwrap(), 203, "{name}");
        tx.commit().await.unwrap();
        let sum = db.read_one(sql!("SELECT count(*) AS n, CAST(sum(number) AS BIGINT) AS sum FROM item"), args![]).await.unwrap();
        assert_eq!((sum.int("n").unwrap(), sum.int("sum").unwrap()), (203, 202 * 203 + 203_000), "{name}");
    }
}

#[tokio::test]
async fn concurrent_writers_wait_for_one_another() {
    for (name, db) in databases().await {
        tables(&db).await;
        db.execute(INSERT, item("counter", "o", 0)).await.unwrap();
        let other = store::Db::open(db.url()).await.unwrap();
        let mut tasks = Vec::new();
        for n in 0..40 {
            let db = if n % 2 == 0 { db.clone() } else { other.clone() };
            tasks.push(tokio::spawn(async move {
                let mut tx = db.write().await.unwrap();
                // A read before the write: where SQLite's deferred transactions break.
                let lock = Statement::assembled(&[
                    "SELECT number FROM item WHERE id = $1",
                    if tx.dialect() == Dialect::Postgres { " FOR UPDATE" } else { "" },
                ]);
                let number = tx.one(lock, args!["counter"]).await.unwrap().int("number").unwrap();
                tx.execute(sql!("UPDATE item SET number = $1 WHERE id = $2"), args![number + 1, "counter"]).await.unwrap();
                tx.commit().await.unwrap();
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        let row = db.read_one(sql!("SELECT number FROM item WHERE id = $1"), args!["counter"]).await.unwrap();
        assert_eq!(row.int("number").unwrap(), 40, "{name}");
        other.close().await;
    }
}

#[tokio::test]
async fn statements_are_prepared_without_being_run() {
    for (name, db) in databases().await {
        tables(&db).await;
        db.prepare_only("DELETE FROM owner WHERE id = $1").await.unwrap();
        assert!(db.prepare_only("SELECT nothing FROM owner").await.is_err(), "{name}");
        db.ping().await.unwrap();
        assert!(db.size_bytes().await.unwrap() > 4096, "{name}");
        assert_eq!(db.read_one(sql!("SELECT count(*) AS n FROM owner"), args![]).await.unwrap().int("n").unwrap(), 1);
    }
}

#[tokio::test]
async fn a_backup_is_a_database_of_its_own() {
    for (name, db) in databases().await {
        tables(&db).await;
        let copy = db.folder().join("copy.db");
        let result = db.backup_to(&copy).await;
        if db.dialect() == Dialect::Postgres {
            assert!(matches!(result, Err(StoreError::Internal(cause)) if cause.to_string().contains("pg_dump")), "{name}");
            continue;
        }
        result.unwrap();
        db.execute(sql!("DELETE FROM owner"), args![]).await.unwrap();
        let copy = store::Db::open(&format!("sqlite://{}", copy.display())).await.unwrap();
        assert_eq!(copy.read_one(sql!("SELECT id FROM owner"), args![]).await.unwrap().text("id").unwrap(), "o");
        assert!(db.backup_to(&db.folder().join("copy.db")).await.is_err());
    }
}

#[tokio::test]
async fn sqlite_is_set_up_for_durability() {
    let databases = databases().await;
    let (_, db) = &databases[0];
    let pragma = async |statement| db.write().await.unwrap().one(statement, args![]).await.unwrap();
    assert_eq!(pragma(sql!("PRAGMA journal_mode")).await.text("journal_mode").unwrap(), "wal");
    assert_eq!(pragma(sql!("PRAGMA synchronous")).await.int("synchronous").unwrap(), 2);
    assert_eq!(pragma(sql!("PRAGMA foreign_keys")).await.int("foreign_keys").unwrap(), 1);
    assert!(db.read_all(sql!("CREATE TABLE reader (id TEXT)"), args![]).await.is_err(), "readers cannot write");
}

#[tokio::test]
async fn an_address_that_does_not_work_is_refused_at_once() {
    for url in ["mysql://localhost/x", "sqlite://", "sqlite::memory:", "postgres://127.0.0.1:1/x"] {
        let result = tokio::time::timeout(std::time::Duration::from_secs(5), store::Db::open(url)).await.unwrap();
        assert!(matches!(result, Err(StoreError::Unreachable(_))), "{url}");
    }
}
