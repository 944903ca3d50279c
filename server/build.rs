//! Puts the web build into the binary: everything under `SWITCHBOARD_WEB_DIR`, with what was compressed beforehand. Without the
//! variable the list stays empty and the binary serves the folder that the same variable names when it runs.

use std::{
    env,
    error::Error,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=SWITCHBOARD_WEB_DIR");
    let mut list = String::from("pub(super) static FILES: &[Embedded] = &[\n");
    if let Some(root) = env::var_os("SWITCHBOARD_WEB_DIR").map(PathBuf::from) {
        println!("cargo::rerun-if-changed={}", root.display());
        let mut files = Vec::new();
        collect(&root, &mut files)?;
        files.sort();
        for file in &files {
            add(&mut list, &root, file)?;
        }
    }
    list.push_str("];\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    fs::write(out.join("web_files.rs"), list)?;
    Ok(())
}

/// Every file but the compressed copies, which stand beside their originals.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if !matches!(path.extension().and_then(|extension| extension.to_str()), Some("br" | "gz")) {
            files.push(path);
        }
    }
    Ok(())
}

fn add(list: &mut String, root: &Path, file: &Path) -> Result<(), Box<dyn Error>> {
    let name = file.strip_prefix(root)?.to_str().ok_or("a file of the web build has a name that is not UTF-8")?.replace('\\', "/");
    let hash: String = Sha256::digest(fs::read(file)?).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let packed = |extension: &str| -> String {
        let path = PathBuf::from(format!("{}.{extension}", file.display()));
        if path.is_file() { format!("Some(include_bytes!({path:?}))") } else { "None".into() }
    };
    writeln!(list, "Embedded {{ path: {name:?}, hash: {hash:?}, plain: include_bytes!({file:?}), br: {}, gz: {} }},", packed("br"), packed("gz"),)?;
    Ok(())
}
