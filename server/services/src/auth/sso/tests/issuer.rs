//! The made-up issuer: tells whatever it is given.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rcgen::{KeyPair, PublicKeyData};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

pub(super) struct MadeUpIssuer {
    pub base: String,
    answers: Arc<Mutex<Answers>>,
    /// How often keys were asked for.
    pub key_requests: Arc<AtomicUsize>,
}

struct Answers {
    token: (u16, String),
    key: KeyPair,
    kid: String,
    /// The last form that the token endpoint got, with its `Authorization`.
    traded: (String, String),
}

impl MadeUpIssuer {
    pub async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let base = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let key = KeyPair::generate().unwrap();
        let answers = Answers { token: (400, "{}".into()), key, kid: "k-1".into(), traded: (String::new(), String::new()) };
        let issuer = Self { base, answers: Arc::new(Mutex::new(answers)), key_requests: Arc::new(AtomicUsize::new(0)) };
        let (base, answers, count) = (issuer.base.clone(), Arc::clone(&issuer.answers), Arc::clone(&issuer.key_requests));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (base, answers, count) = (base.clone(), Arc::clone(&answers), Arc::clone(&count));
                tokio::spawn(async move {
                    let mut request = Vec::new();
                    let mut part = [0; 4096];
                    while !whole(&request) {
                        match stream.read(&mut part).await {
                            Ok(length) if length > 0 => request.extend_from_slice(&part[..length]),
                            _ => return,
                        }
                    }
                    let (status, body) = answer(&base, &answers, &count, &String::from_utf8_lossy(&request));
                    let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
                    let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
                    let _ = stream.shutdown().await;
                });
            }
        });
        issuer
    }

    /// What the token endpoint answers from now on.
    pub fn give(&self, token: &str) {
        self.answers.lock().unwrap().token = (200, json!({ "id_token": token, "token_type": "Bearer" }).to_string());
    }

    /// What it refuses with.
    pub fn give_error(&self, status: u16, error: &str) {
        self.answers.lock().unwrap().token = (status, json!({ "error": error }).to_string());
    }

    /// A token signed with the listed key.
    pub fn signed(&self, claims: &Value) -> String {
        let answers = self.answers.lock().unwrap();
        sign(&answers.key, &answers.kid, claims)
    }

    /// Signs with a new key from now on, and lists that one alone.
    pub fn rotate(&self, kid: &str) {
        let mut answers = self.answers.lock().unwrap();
        (answers.key, answers.kid) = (KeyPair::generate().unwrap(), kid.to_owned());
    }

    /// The last form of the token endpoint, and its `Authorization`.
    pub fn traded(&self) -> (String, String) {
        self.answers.lock().unwrap().traded.clone()
    }
}

/// A token signed with any key.
pub(super) fn sign(key: &KeyPair, kid: &str, claims: &Value) -> String {
    let header = Header { kid: Some(kid.to_owned()), ..Header::new(Algorithm::ES256) };
    jsonwebtoken::encode(&header, claims, &EncodingKey::from_ec_der(&key.serialize_der())).unwrap()
}

fn whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length:").and_then(|rest| rest.trim().parse::<usize>().ok()));
    body.len() >= length.unwrap_or(0)
}

fn answer(base: &str, answers: &Mutex<Answers>, key_requests: &AtomicUsize, request: &str) -> (u16, String) {
    let mut answers = answers.lock().unwrap();
    match request.split(' ').nth(1).unwrap_or_default() {
        "/.well-known/openid-configuration" => {
            let document = json!({
                "issuer": base, "authorization_endpoint": format!("{base}/auth"), "token_endpoint": format!("{base}/token"),
                "jwks_uri": format!("{base}/jwks"), "response_types_supported": ["code"], "id_token_signing_alg_values_supported": ["ES256"],
            });
            (200, document.to_string())
        }
        "/jwks" => {
            key_requests.fetch_add(1, Ordering::SeqCst);
            let point = answers.key.der_bytes();
            let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..65]));
            let key = json!({ "kty": "EC", "crv": "P-256", "kid": answers.kid, "use": "sig", "alg": "ES256", "x": x, "y": y });
            (200, json!({ "keys": [{ "kty": "new-kind", "kid": "?" }, key] }).to_string())
        }
        "/token" => {
            let (head, body) = request.split_once("\r\n\r\n").unwrap_or_default();
            let header = head.lines().find_map(|line| line.to_lowercase().starts_with("authorization:").then(|| line.to_owned()));
            answers.traded = (body.to_owned(), header.unwrap_or_default());
            answers.token.clone()
        }
        _ => (404, String::new()),
    }
}
