//! Lists the migration files, so that they travel inside the program.

use std::{collections::BTreeMap, env, error::Error, fmt::Write as _, fs, path::Path};

#[derive(Default)]
struct Files {
    common: Option<String>,
    sqlite: Option<String>,
    postgres: Option<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=migrations");
    println!("cargo::rerun-if-changed=build.rs");
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("migrations");
    let mut versions: BTreeMap<(u32, String), Files> = BTreeMap::new();
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        let file = path.file_name().and_then(|name| name.to_str()).ok_or("a migration's file name is not UTF-8")?;
        let refuse = || format!("{file}: a migration is called NNNN_name.sql, NNNN_name.sqlite.sql or NNNN_name.postgres.sql");
        let stem = file.strip_suffix(".sql").ok_or_else(refuse)?;
        let (stem, dialect) = stem.split_once('.').map_or((stem, None), |(stem, dialect)| (stem, Some(dialect)));
        let (number, name) = stem.split_once('_').ok_or_else(refuse)?;
        if number.len() != 4 {
            return Err(refuse().into());
        }
        let files = versions.entry((number.parse()?, name.to_owned())).or_default();
        let slot = match dialect {
            None => &mut files.common,
            Some("sqlite") => &mut files.sqlite,
            Some("postgres") => &mut files.postgres,
            Some(_) => return Err(refuse().into()),
        };
        *slot = Some(path.to_str().ok_or("the path of the migrations is not UTF-8")?.to_owned());
    }
    let mut code = String::from("&[\n");
    let mut last = 0;
    for ((version, name), files) in &versions {
        // Gaps are fine: changes that are made side by side take their numbers beforehand. A number below one that people have is too late.
        if *version <= last {
            return Err(format!("migration {version:04}_{name}: each number stands once, from 0001 on").into());
        }
        last = *version;
        writeln!(
            code,
            "    Migration {{ version: {version}, name: {name:?}, common: {}, sqlite: {}, postgres: {} }},",
            include(&files.common),
            include(&files.sqlite),
            include(&files.postgres)
        )?;
    }
    code.push_str("]\n");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("migrations.rs"), code)?;
    Ok(())
}

fn include(path: &Option<String>) -> String {
    path.as_ref().map_or_else(|| "\"\"".to_owned(), |path| format!("include_str!({path:?})"))
}
