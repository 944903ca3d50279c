//! Each SQL statement is written once: every one of them is prepared on both databases.

use std::path::Path;

use anyhow::Result;
use store::Dialect;

#[tokio::test]
async fn every_statement_prepares_on_both_databases() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut statements = Vec::new();
    let mut folders = vec![root.join("services/src"), root.join("store/src"), root.join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            // Tests make tables of their own.
            if path.ends_with("tests") || path.ends_with("tests.rs") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = std::fs::read_to_string(&path)?;
                let (text, _tests) = text.split_once("#[cfg(test)]").unwrap_or((&text, ""));
                for statement in store::statement::extract_from_source(text) {
                    statements.push((format!("{}:{}", path.display(), statement.line), statement));
                }
            }
        }
    }
    assert!(statements.len() > 60, "only {} statements found: the scanner is broken", statements.len());
    for (name, db) in store::testing::migrated().await {
        for (place, statement) in &statements {
            let text = match db.dialect() {
                Dialect::Sqlite => &statement.sqlite,
                Dialect::Postgres => &statement.postgres,
            };
            if let Err(why) = db.prepare_only(text).await {
                panic!("{name} refuses the statement at {place}: {why}\n{text}");
            }
        }
    }
    Ok(())
}
