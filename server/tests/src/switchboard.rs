//! The built binary under test.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::{browserless::Browser, process::Process, wait};

/// Which database the binary runs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Database {
    /// A file in the instance's own folder.
    Sqlite,
    /// A database of its own on the test server.
    Postgres(String),
}

impl Database {
    /// Both, the PostgreSQL one freshly made under `name`.
    ///
    /// # Errors
    /// A sentence when `SWITCHBOARD_TEST_POSTGRES_URL` is missing or its server does not answer.
    pub async fn both(name: &str) -> Result<Vec<Self>> {
        Ok(vec![Self::Sqlite, Self::postgres(name).await?])
    }

    /// A fresh PostgreSQL database.
    ///
    /// # Errors
    /// As [`Database::both`].
    pub async fn postgres(name: &str) -> Result<Self> {
        use sqlx::{Connection, Executor};
        let server = std::env::var("SWITCHBOARD_TEST_POSTGRES_URL")
            .context("SWITCHBOARD_TEST_POSTGRES_URL is not set: run the tests through `make test`, which starts PostgreSQL")?;
        let name = format!("bb_{name}_{}", std::process::id());
        let mut connection = sqlx::PgConnection::connect(&server).await.context("the test PostgreSQL does not answer")?;
        connection.execute(sqlx::AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name}"))).await?;
        connection.execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).await?;
        let base = server.rsplit_once('/').map_or(server.as_str(), |(base, _)| base);
        Ok(Self::Postgres(format!("{base}/{name}")))
    }
}

/// How to start the binary.
pub struct Setup {
    /// Folder of its data.
    pub folder: PathBuf,
    /// Database.
    pub database: Database,
    /// HTTP port.
    pub http_port: u16,
    /// SMTP port.
    pub smtp_port: u16,
    /// More environment, as `SSL_CERT_FILE`.
    pub environment: BTreeMap<String, String>,
}

impl Setup {
    /// Free ports, data under `folder`.
    ///
    /// # Errors
    /// When the machine has no free port.
    pub fn new(folder: &Path, database: Database) -> Result<Self> {
        Ok(Self { folder: folder.to_owned(), database, http_port: wait::free_port()?, smtp_port: wait::free_port()?, environment: BTreeMap::new() })
    }

    /// A second process on the same PostgreSQL with the same keys, everything else in a folder of its own. Its key file is there once a command of
    /// the first has run.
    ///
    /// # Errors
    /// When the machine has no free port.
    pub fn beside(&self, folder: &Path) -> Result<Self> {
        let key = self.folder.join("secret.key").to_string_lossy().into_owned();
        Ok(Self::new(folder, self.database.clone())?.with("SWITCHBOARD_KEY_FILE", key))
    }

    /// Adds a variable.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.environment.insert(name.to_owned(), value.into());
        self
    }

    /// A command of the binary with this configuration.
    ///
    /// # Errors
    /// When `SWITCHBOARD_BIN` is missing.
    pub fn command(&self, arguments: &[&str]) -> Result<Command> {
        let binary = std::env::var("SWITCHBOARD_BIN").context("SWITCHBOARD_BIN is not set: run the tests through `make test`, which builds it")?;
        let url = match &self.database {
            Database::Sqlite => format!("sqlite://{}", self.folder.join("switchboard.db").display()),
            Database::Postgres(url) => url.clone(),
        };
        let mut command = Command::new(binary);
        command
            .args(arguments)
            .current_dir(&self.folder)
            .env("DATABASE_URL", url)
            .env("SWITCHBOARD_DATA_DIR", &self.folder)
            .env("SWITCHBOARD_HTTP_ADDR", format!("127.0.0.1:{}", self.http_port))
            .env("SWITCHBOARD_SMTP_ADDR", format!("127.0.0.1:{}", self.smtp_port))
            .env("SWITCHBOARD_PUBLIC_URL", self.url())
            .env("SWITCHBOARD_INBOUND_DOMAIN", "inbound.example")
            .envs(&self.environment);
        Ok(command)
    }

    /// Address of the console.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.http_port)
    }

    /// Runs a command to its end and gives its standard output.
    ///
    /// # Errors
    /// With its error output when it failed.
    pub fn run(&self, arguments: &[&str], input: &str) -> Result<String> {
        use std::io::Write;
        let mut child = self
            .command(arguments)?
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            // A command that refuses its arguments ends without reading.
            match stdin.write_all(input.as_bytes()) {
                Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {}
                other => other?,
            }
        }
        let output = child.wait_with_output()?;
        if !output.status.success() {
            bail!(
                "`switchboard {}` failed:\n{}{}",
                arguments.join(" "),
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Runs a command that has to fail, and gives everything it printed.
    ///
    /// # Errors
    /// When it succeeded.
    pub fn refused(&self, arguments: &[&str], input: &str) -> Result<String> {
        match self.run(arguments, input) {
            Ok(printed) => bail!("`switchboard {}` succeeded: {printed}", arguments.join(" ")),
            Err(why) => Ok(why.to_string()),
        }
    }

    /// Starts `serve` and waits until it is ready.
    ///
    /// # Errors
    /// With everything it printed when it does not get ready within 20 s.
    pub async fn serve(&self) -> Result<Switchboard> {
        let started = Instant::now();
        let mut process = Process::start("switchboard", self.command(&["serve"])?, &self.folder.join(format!("server-{}.log", self.http_port)))?;
        let client = reqwest::Client::builder().timeout(Duration::from_secs(2)).build()?;
        let ready = format!("{}/readyz", self.url());
        while started.elapsed() < Duration::from_secs(20) {
            if let Ok(answer) = client.get(&ready).send().await
                && answer.status().is_success()
            {
                // Somebody else's server may answer at that port.
                process.ensure_running()?;
                return Ok(Switchboard { process, url: self.url(), smtp_port: self.smtp_port, ready_after: started.elapsed() });
            }
            process.ensure_running()?;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        bail!("switchboard did not get ready:\n{}", process.output())
    }

    /// Creates a tenant with its owner on the command line and a token with every capability.
    ///
    /// # Errors
    /// From the commands.
    pub fn owner_token(&self, tenant: &str, email: &str) -> Result<String> {
        self.run(&["owner", "create", "--tenant", tenant, "--email", email, "--password-stdin"], PASSWORD)?;
        let printed = self.run(&["token", "create", "--user", email, "--name", "test"], "")?;
        printed.split_whitespace().find(|word| word.starts_with("sbt_")).map(str::to_owned).with_context(|| format!("no token in: {printed}"))
    }
}

/// The password of every owner the tests make.
pub const PASSWORD: &str = "a sentence that nobody else uses";

/// A running server.
pub struct Switchboard {
    /// The process.
    pub process: Process,
    /// Address of the console.
    pub url: String,
    /// Port of its SMTP listener.
    pub smtp_port: u16,
    /// From start to ready.
    pub ready_after: Duration,
}

impl Switchboard {
    /// A signed-out browser without WASM.
    ///
    /// # Errors
    /// From the HTTP client.
    pub fn browser(&self) -> Result<Browser> {
        Browser::new(&self.url)
    }

    /// A script with a token.
    ///
    /// # Errors
    /// From the HTTP client.
    pub fn script(&self, token: &str) -> Result<Browser> {
        Browser::with_token(&self.url, token)
    }
}
