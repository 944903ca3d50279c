//! The house's rules that no compiler holds: arrows between packages, rooms, sizes, and what the map says exists.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

/// Package, its folder, and the only packages of ours it may name.
const ARROWS: &[(&str, &str, &[&str])] = &[
    ("model", "app/model", &[]),
    ("ui", "app/ui", &[]),
    ("app", "app", &["ui", "model", "services"]),
    ("client", "app/client", &["app"]),
    ("store", "server/store", &[]),
    ("mail", "server/mail", &[]),
    ("services", "server/services", &["model", "store", "mail"]),
    ("server", "server", &["app", "ui", "model", "services", "store", "mail"]),
    ("tests", "server/tests", &["app", "model", "services", "store", "mail", "server"]),
];

/// Async or IO crates that `model` must not know.
const NOT_IN_MODEL: &[&str] = &["tokio", "futures", "sqlx", "axum", "reqwest", "leptos", "web-sys", "rand", "jiff"];

/// Longest source file, in lines.
const MAX_LINES: usize = 420;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Every file below `folder` with the ending, build outputs left out.
fn files(folder: &Path, ending: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() && !["target", "node_modules", ".git"].contains(&name.as_str()) {
                folders.push(path);
            } else if name.ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Names in the `[dependencies]` table of a manifest.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    let mut inside = false;
    let mut names = BTreeSet::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line.trim() == "[dependencies]";
        } else if inside && let Some(name) = line.split(['.', '=', ' ']).next().filter(|name| !name.is_empty() && !name.starts_with('#')) {
            names.insert(name.to_owned());
        }
    }
    names
}

#[test]
fn arrows_point_one_way() -> Result<()> {
    let ours: BTreeSet<_> = ARROWS.iter().map(|(name, ..)| *name).collect();
    for (package, folder, allowed) in ARROWS {
        let names = dependencies(&read(&root().join(folder).join("Cargo.toml"))?);
        assert!(!names.is_empty(), "{package} names no dependency at all: the reader of manifests is broken");
        for name in names.iter().filter(|name| ours.contains(name.as_str())) {
            assert!(allowed.contains(&name.as_str()), "{package} must not depend on {name}");
        }
    }
    Ok(())
}

#[test]
fn the_console_reaches_services_on_the_server_only() -> Result<()> {
    let manifest = read(&root().join("app/Cargo.toml"))?;
    assert!(manifest.contains("services = { workspace = true, optional = true }"), "app's arrow to services is optional");
    assert!(manifest.lines().any(|line| line.contains("dep:services")), "only the ssr feature draws it in");
    let hydrate = manifest.lines().find(|line| line.starts_with("hydrate =")).context("app has a hydrate feature")?;
    assert!(!hydrate.contains("services"), "the browser build draws services in");
    Ok(())
}

#[test]
fn the_model_knows_no_io() -> Result<()> {
    let names = dependencies(&read(&root().join("app/model/Cargo.toml"))?);
    for name in NOT_IN_MODEL {
        assert!(!names.contains(*name), "model depends on {name}");
    }
    Ok(())
}

#[test]
fn every_package_forbids_unsafe_code() -> Result<()> {
    for (package, folder, _) in ARROWS {
        let manifest = read(&root().join(folder).join("Cargo.toml"))?;
        assert!(manifest.contains("[lints]\nworkspace = true"), "{package} does not take the workspace's lints");
    }
    assert!(read(&root().join("Cargo.toml"))?.contains("unsafe_code = \"forbid\""));
    Ok(())
}

#[test]
fn files_stay_short() -> Result<()> {
    for folder in ["app", "server"] {
        for path in files(&root().join(folder), ".rs")? {
            let lines = read(&path)?.lines().count();
            assert!(lines <= MAX_LINES, "{} has {lines} lines; split it", path.display());
        }
    }
    Ok(())
}

#[test]
fn a_room_has_the_same_name_everywhere() -> Result<()> {
    for room in ["auth", "people", "tenant", "email", "audit"] {
        for layer in ["app/model/src", "server/services/src", "app/src"] {
            let place = root().join(layer).join(room);
            assert!(place.is_dir(), "room {room} is missing at {layer}");
        }
    }
    Ok(())
}

#[test]
fn the_lower_packages_know_no_room() -> Result<()> {
    let rooms = ["crate::email", "crate::people", "crate::tenant", "model::", "services::", "email_asset", "people_user"];
    for folder in ["server/store/src", "server/mail/src", "app/ui/src"] {
        for path in files(&root().join(folder), ".rs")? {
            let text = read(&path)?;
            // What a test calls its examples is its own business.
            let text = text.split("#[cfg(test)]").next().unwrap_or_default();
            for room in rooms {
                assert!(!text.contains(room), "{} speaks of {room}", path.display());
            }
        }
    }
    Ok(())
}

#[test]
fn every_path_on_the_map_exists() -> Result<()> {
    for document in ["ARCHITECTURE.md", "README.md"] {
        let text = read(&root().join(document))?;
        let mut checked = 0;
        for word in text.split('`').skip(1).step_by(2) {
            let is_path = word.contains('/') && !word.contains([' ', '$', '<', '{', '*', ':', '=']) && !word.starts_with(['/', '.', '~']);
            let first = word.split('/').next().unwrap_or_default();
            if is_path && ["app", "server", "style", "public", "end2end", "tools", "docs"].contains(&first) {
                assert!(root().join(word).exists(), "{document} speaks of `{word}`, which does not exist");
                checked += 1;
            }
        }
        assert!(checked > 5, "{document} names only {checked} paths: the reader of paths is broken");
    }
    Ok(())
}

#[test]
fn the_documents_name_every_setting_and_every_room() -> Result<()> {
    let (readme, map) = (read(&root().join("README.md"))?, read(&root().join("ARCHITECTURE.md"))?);
    for key in server::config::KEYS {
        for name in [key.name, key.env] {
            assert!(readme.contains(&format!("`{name}`")), "README.md does not list the setting {name}");
        }
    }
    let mut rooms = 0;
    for folder in ["app/src", "server/services/src"] {
        for entry in std::fs::read_dir(root().join(folder))? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                let room = entry.file_name().to_string_lossy().into_owned();
                assert!(map.contains(&format!("`{room}`")), "ARCHITECTURE.md does not say what {folder}/{room} is");
                rooms += 1;
            }
        }
    }
    assert!(rooms > 15, "only {rooms} rooms found");
    Ok(())
}

#[test]
fn nothing_silences_a_lint_without_a_reason() -> Result<()> {
    for folder in ["app", "server"] {
        for path in files(&root().join(folder), ".rs")? {
            let text = read(&path)?;
            for (number, line) in text.lines().enumerate() {
                let line = line.trim_start();
                assert!(
                    !line.starts_with("#[allow(") && !line.starts_with("#![allow("),
                    "{}:{}: expect with a reason instead of allow",
                    path.display(),
                    number + 1
                );
                assert!(!line.starts_with("#[ignore"), "{}:{}: a test that does not run proves nothing", path.display(), number + 1);
            }
        }
    }
    Ok(())
}
