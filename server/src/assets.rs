//! The console's own files: embedded in the binary, or a folder while developing.

use std::{collections::HashMap, path::PathBuf};

use app::shell::WebBuild;
use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, Response, StatusCode, header},
};
use leptos::{WasmSplitManifest, prelude::ArcStoredValue};
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// One file of the web build inside the binary.
struct Embedded {
    path: &'static str,
    hash: &'static str,
    plain: &'static [u8],
    br: Option<&'static [u8]>,
    gz: Option<&'static [u8]>,
}

mod embedded {
    use super::Embedded;
    include!(concat!(env!("OUT_DIR"), "/web_files.rs"));
}

/// `manifest.json` of the web build. Paths are relative to its folder.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Manifest {
    hash: String,
    js: String,
    wasm: String,
    css: String,
    splits: HashMap<String, Vec<String>>,
}

/// Where the files come from.
pub struct Assets {
    folder: Option<PathBuf>,
    by_path: HashMap<&'static str, &'static Embedded>,
    build: WebBuild,
}

/// A file with its content type, ready to be sent.
struct File {
    content: Bytes,
    encoding: Option<&'static str>,
    etag: String,
}

impl Assets {
    /// Files of `folder` when given, else those inside the binary.
    pub fn new(folder: Option<PathBuf>) -> Self {
        let by_path = embedded::FILES.iter().map(|file| (file.path, file)).collect::<HashMap<_, _>>();
        let manifest = by_path.get("manifest.json").map(|file| file.plain.to_vec());
        let build = manifest.map(|text| web_build(&text)).unwrap_or_default();
        Self { folder, by_path, build }
    }

    /// Whether there is a console to serve beyond plain pages.
    pub fn has_web_build(&self) -> bool {
        !self.build().js.is_empty()
    }

    /// The addresses for the document. A folder is read again each time: while developing it changes under the running server.
    pub fn build(&self) -> WebBuild {
        match &self.folder {
            None => self.build.clone(),
            Some(folder) => std::fs::read(folder.join("manifest.json")).map(|text| web_build(&text)).unwrap_or_default(),
        }
    }

    /// Answers with a file; `None` when there is none at this path (without its leading slash).
    pub async fn answer(&self, path: &str, headers: &HeaderMap) -> Option<Response<Body>> {
        if path.is_empty() || path == "manifest.json" {
            return None;
        }
        let file = match &self.folder {
            Some(folder) => on_disk(folder, path).await?,
            None => self.embedded(path, headers)?,
        };
        Some(respond(path, file, headers))
    }

    fn embedded(&self, path: &str, headers: &HeaderMap) -> Option<File> {
        let file = self.by_path.get(path)?;
        let accepts = |coding: &str| accepts(headers, coding);
        let (content, encoding) = match (file.br, file.gz) {
            (Some(br), _) if accepts("br") => (br, Some("br")),
            (_, Some(gz)) if accepts("gzip") => (gz, Some("gzip")),
            _ => (file.plain, None),
        };
        // Each coding is a representation of its own, so each has its own tag (RFC 9110 section 8.8.3.3).
        let etag = format!("\"{}{}\"", file.hash, encoding.map(|coding| format!("-{coding}")).unwrap_or_default());
        Some(File { content: Bytes::from_static(content), encoding, etag })
    }
}

fn web_build(manifest: &[u8]) -> WebBuild {
    let manifest: Manifest = serde_json::from_slice(manifest).unwrap_or_default();
    let address = |path: &str| if path.is_empty() { String::new() } else { format!("/{path}") };
    let split = (!manifest.splits.is_empty()).then(|| {
        let script = manifest.js.rsplit('/').next().unwrap_or_default().to_owned();
        WasmSplitManifest(ArcStoredValue::new((format!("/pkg/{}", manifest.hash), manifest.splits, script)))
    });
    WebBuild { css: address(&manifest.css), js: address(&manifest.js), wasm: address(&manifest.wasm), split }
}

async fn on_disk(folder: &std::path::Path, path: &str) -> Option<File> {
    // Nothing outside the folder, nothing hidden, no compressed copies.
    let inside = path.split('/').all(|part| !part.is_empty() && !part.starts_with('.') && !part.contains('\\'));
    if !inside || path.ends_with(".br") || path.ends_with(".gz") {
        return None;
    }
    let content = tokio::fs::read(folder.join(path)).await.ok()?;
    let hash: String = Sha256::digest(&content).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    Some(File { content: content.into(), encoding: None, etag: format!("\"{hash}\"") })
}

fn respond(path: &str, file: File, headers: &HeaderMap) -> Response<Body> {
    let unchanged = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).is_some_and(|tags| tags.contains(&file.etag));
    let mut answer = if unchanged { Response::new(Body::empty()) } else { Response::new(Body::from(file.content)) };
    if unchanged {
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let out = answer.headers_mut();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(path)));
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    // A hash in the path: what stands there never changes.
    let caching = if path.starts_with("pkg/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    if let Ok(etag) = HeaderValue::from_str(&file.etag) {
        out.insert(header::ETAG, etag);
    }
    if let Some(encoding) = file.encoding {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    answer
}

/// Whether the caller takes a content coding (RFC 9110 section 12.5.3); `q=0` means no.
fn accepts(headers: &HeaderMap, coding: &str) -> bool {
    let Some(list) = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()) else { return false };
    list.split(',').any(|item| {
        let mut parts = item.split(';').map(str::trim);
        parts.next().is_some_and(|name| name.eq_ignore_ascii_case(coding))
            && parts.all(|weight| !matches!(weight, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

/// The types of what a web build holds.
fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        // The exact type is needed for compiling while the file is still arriving.
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coding_is_taken_unless_it_weighs_nothing() {
        let check = |list: &str, coding: &str, expected: bool| {
            let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_str(list).unwrap())]);
            assert_eq!(accepts(&headers, coding), expected, "{list} {coding}");
        };
        check("gzip, deflate, br", "br", true);
        check("gzip, br;q=0", "br", false);
        check("BR;q=0.5", "br", true);
        check("", "gzip", false);
    }

    #[tokio::test]
    async fn a_folder_serves_what_is_in_it_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("web/pkg/abc")).unwrap();
        std::fs::write(folder.path().join("secret.txt"), "no").unwrap();
        std::fs::write(folder.path().join("web/pkg/abc/a.js"), "let a;").unwrap();
        std::fs::write(folder.path().join("web/.hidden"), "no").unwrap();
        let assets = Assets::new(Some(folder.path().join("web")));
        let none = HeaderMap::new();
        for path in ["../secret.txt", "pkg/../../secret.txt", ".hidden", "", "pkg", "nothing.js"] {
            assert!(assets.answer(path, &none).await.is_none(), "{path}");
        }
        let answer = assets.answer("pkg/abc/a.js", &none).await.unwrap();
        assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/javascript; charset=utf-8");
        assert_eq!(answer.headers()[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
        let again = HeaderMap::from_iter([(header::IF_NONE_MATCH, answer.headers()[header::ETAG].clone())]);
        assert_eq!(assets.answer("pkg/abc/a.js", &again).await.unwrap().status(), StatusCode::NOT_MODIFIED);
    }
}
