//! SQL of assets, and their outbound route.

use ::store::{Args, Db, Row, SecretText, Statement, Tx, args};
use mail::smtp_out::{self, Credentials, Route, Timeouts};
use model::{
    email::asset::{Asset, CheckedAsset, Confirmation, Security},
    ids::{AssetId, TenantId},
};
use serde::{Deserialize, Serialize};

use crate::{Fault, Services, clock::Zone, cursor};

/// `email_asset.confirmation`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoredConfirmation {
    pub provider: String,
    pub code: Option<String>,
    pub link: Option<String>,
}

/// One asset with its sealed password.
#[derive(Clone, Debug)]
pub(crate) struct AssetRow {
    pub id: AssetId,
    pub name: String,
    pub email_address: String,
    pub forwarding_address: String,
    pub from_name: String,
    pub smtp_host: String,
    pub smtp_port: u16,
    pub security: Security,
    pub username: String,
    pub password: Option<Vec<u8>>,
    pub password_set_micros: Option<i64>,
    pub max_connections: u16,
    pub active: bool,
    pub version: i64,
    pub forwarding_seen_micros: Option<i64>,
    pub confirmation: Option<StoredConfirmation>,
    pub confirmation_micros: Option<i64>,
    pub created_micros: i64,
}

impl AssetRow {
    fn read(row: &Row) -> Result<Self, Fault> {
        let number = |column: &'static str, place: &'static str| -> Result<u16, Fault> {
            u16::try_from(row.int(column)?).map_err(|_| Fault::Stored { place })
        };
        Ok(Self {
            id: row.parse("id")?,
            name: row.text("name")?,
            email_address: row.text("email_address")?,
            forwarding_address: row.text("forwarding_address")?,
            from_name: row.text("from_name")?,
            smtp_host: row.text("smtp_host")?,
            smtp_port: number("smtp_port", "email_asset.smtp_port")?,
            security: row.parse("security")?,
            username: row.text("username")?,
            password: row.opt_bytes("password")?,
            password_set_micros: row.opt_int("password_set_micros")?,
            max_connections: number("max_connections", "email_asset.max_connections")?,
            active: row.flag("active")?,
            version: row.int("version")?,
            forwarding_seen_micros: row.opt_int("forwarding_seen_micros")?,
            confirmation: row.opt_str("confirmation")?.map(|json| super::super::content::from_json(json, "email_asset.confirmation")).transpose()?,
            confirmation_micros: row.opt_int("confirmation_micros")?,
            created_micros: row.int("created_micros")?,
        })
    }

    /// A form that is not saved, as a row, for the connection test.
    pub fn of_form(id: Option<AssetId>, form: CheckedAsset) -> Self {
        Self {
            id: id.unwrap_or(AssetId::new(uuid::Uuid::nil())),
            name: form.name,
            email_address: form.email_address,
            forwarding_address: String::new(),
            from_name: form.from_name,
            smtp_host: form.smtp_host,
            smtp_port: form.smtp_port,
            security: form.security,
            username: form.username,
            password: None,
            password_set_micros: None,
            max_connections: form.max_connections,
            active: true,
            version: 0,
            forwarding_seen_micros: None,
            confirmation: None,
            confirmation_micros: None,
            created_micros: 0,
        }
    }

    /// As pages show it.
    pub fn shown(self, zone: &Zone) -> Asset {
        let confirmation = self.confirmation.zip(self.confirmation_micros).map(|(stored, at)| Confirmation {
            provider: stored.provider,
            code: stored.code,
            link: stored.link,
            received: zone.stamp(at),
        });
        Asset {
            id: self.id,
            name: self.name,
            email_address: self.email_address,
            forwarding_address: self.forwarding_address,
            from_name: self.from_name,
            smtp_host: self.smtp_host,
            smtp_port: self.smtp_port,
            security: self.security,
            username: self.username,
            password_set: zone.stamp_opt(self.password_set_micros),
            max_connections: self.max_connections,
            active: self.active,
            version: self.version,
            created: zone.stamp(self.created_micros),
            forwarding_seen: zone.stamp_opt(self.forwarding_seen_micros),
            confirmation,
        }
    }

    /// The password in the clear; `None` when none is stored.
    pub fn unsealed_password(&self, services: &Services) -> Result<Option<SecretText>, Fault> {
        let Some(sealed) = &self.password else { return Ok(None) };
        Ok(Some(services.secrets.unseal(sealed, &password_place(self.id))?.into_text()?))
    }

    /// How mail leaves this asset, with the stored password or another one.
    pub fn route(&self, services: &Services, password: Option<SecretText>) -> Route {
        let credentials = match (self.username.is_empty(), password) {
            (false, Some(password)) => Some(Credentials { username: self.username.clone(), password: password.expose().to_owned().into() }),
            _ => None,
        };
        Route {
            host: self.smtp_host.clone(),
            port: self.smtp_port,
            security: match self.security {
                Security::None => smtp_out::Security::None,
                Security::StartTls => smtp_out::Security::StartTls,
                Security::Ssl => smtp_out::Security::Tls,
            },
            credentials,
            helo_name: services.settings.mail_host_name.clone(),
            timeouts: Timeouts::default(),
        }
    }
}

/// The associated data of a sealed password: moving it to another row makes it unreadable.
pub(crate) fn password_place(id: AssetId) -> String {
    format!("email_asset/password/{id}")
}

const COLUMNS: &str = "SELECT id, name, email_address, forwarding_address, from_name, smtp_host, smtp_port, security, username,
    password, password_set_micros, max_connections, active, version, forwarding_seen_micros, confirmation, confirmation_micros,
    created_micros, lower(name) AS sort_key FROM email_asset ";

pub(crate) async fn find(db: &Db, tenant: TenantId, id: AssetId) -> Result<Option<AssetRow>, Fault> {
    let statement = Statement::assembled(&[COLUMNS, "WHERE tenant_id = $1 AND id = $2"]);
    let row = db.read_optional(statement, args![tenant.uuid(), id.uuid()]).await?;
    row.as_ref().map(AssetRow::read).transpose()
}

pub(crate) async fn find_in(tx: &mut Tx, tenant: TenantId, id: AssetId) -> Result<Option<AssetRow>, Fault> {
    let statement = Statement::assembled(&[COLUMNS, "WHERE tenant_id = $1 AND id = $2"]);
    let row = tx.optional(statement, args![tenant.uuid(), id.uuid()]).await?;
    row.as_ref().map(AssetRow::read).transpose()
}

/// The active asset with this address, lower-cased.
pub(crate) async fn find_by_address(db: &Db, tenant: TenantId, address: &str) -> Result<Option<AssetRow>, Fault> {
    let statement = Statement::assembled(&[COLUMNS, "WHERE tenant_id = $1 AND email_address = $2 AND active = 1"]);
    let row = db.read_optional(statement, args![tenant.uuid(), address]).await?;
    row.as_ref().map(AssetRow::read).transpose()
}

/// For background work, which acts for every tenant: the row says whose it is.
pub(crate) async fn find_any(db: &Db, id: AssetId) -> Result<Option<AssetRow>, Fault> {
    let statement = Statement::assembled(&[COLUMNS, "WHERE id = $1"]);
    let row = db.read_optional(statement, args![id.uuid()]).await?;
    row.as_ref().map(AssetRow::read).transpose()
}

/// By lower-cased name, then id; each with the name as the database lower-cases it, for the cursor.
pub(super) async fn page(db: &Db, tenant: TenantId, search: &str, after: Option<&[String; 2]>, rows: i64) -> Result<Vec<(AssetRow, String)>, Fault> {
    let mut parts =
        vec![COLUMNS, "WHERE tenant_id = $1 AND ($2 = '' OR lower(name) LIKE lower($2) ESCAPE '!' OR email_address LIKE lower($2) ESCAPE '!')"];
    let mut args: Args = args![tenant.uuid(), cursor::contains(search), rows];
    if let Some([name, id]) = after {
        parts.push(" AND (lower(name), id) > ($4, $5)");
        args.push(name);
        args.push(id);
    }
    parts.push(" ORDER BY lower(name), id LIMIT $3");
    let rows = db.read_all(Statement::assembled(&parts), args).await?;
    rows.iter().map(|row| Ok((AssetRow::read(row)?, row.text("sort_key")?))).collect()
}
