//! SQL of single sign-on's settings.

use ::store::{Db, Row, SecretText, StoreError, Tx, args, sql};
use model::{
    Problem,
    ids::TenantId,
    people::Role,
    tenant::sso::{CheckedSso, RoleGroups},
};
use serde::{Deserialize, Serialize};

use crate::{Fault, Services};

/// What the last test found, as stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct StoredTest {
    pub at_micros: i64,
    pub good: bool,
    pub sentence: String,
    pub email: String,
    pub groups: Vec<String>,
}

/// The settings of one tenant.
#[derive(Clone)]
pub(crate) struct SsoRow {
    pub tenant: TenantId,
    pub active: bool,
    pub slug: String,
    pub issuer: String,
    pub client: String,
    pub client_secret: Option<Vec<u8>>,
    pub client_secret_set_micros: Option<i64>,
    pub scopes: String,
    pub label: String,
    pub group_claim: String,
    pub groups: Vec<RoleGroups>,
    pub default_role: Option<Role>,
    pub makes_users: bool,
    pub only_sso: bool,
    pub last_test: Option<StoredTest>,
}

impl SsoRow {
    fn read(row: &Row) -> Result<Self, Fault> {
        let groups: Vec<(Role, Vec<String>)> = serde_json::from_str(row.str("groups")?).map_err(|_| Fault::Stored { place: "tenant_sso.groups" })?;
        let default_role = match row.str("default_role")? {
            "" => None,
            word => Some(word.parse().map_err(|_| Fault::Stored { place: "tenant_sso.default_role" })?),
        };
        let last_test = row.opt_str("last_test")?.map(serde_json::from_str).transpose();
        Ok(Self {
            tenant: row.parse("tenant_id")?,
            active: row.flag("active")?,
            slug: row.text("slug")?,
            issuer: row.text("issuer")?,
            client: row.text("client")?,
            client_secret: row.opt_bytes("client_secret")?,
            client_secret_set_micros: row.opt_int("client_secret_set_micros")?,
            scopes: row.text("scopes")?,
            label: row.text("label")?,
            group_claim: row.text("group_claim")?,
            groups: groups.into_iter().map(|(role, groups)| RoleGroups { role, groups }).collect(),
            default_role,
            makes_users: row.flag("makes_users")?,
            only_sso: row.flag("only_sso")?,
            last_test: last_test.map_err(|_| Fault::Stored { place: "tenant_sso.last_test" })?,
        })
    }

    /// The client secret, for the one call that sends it.
    pub fn unsealed_secret(&self, services: &Services) -> Result<Option<SecretText>, Fault> {
        let Some(sealed) = &self.client_secret else { return Ok(None) };
        Ok(Some(services.secrets.unseal(sealed, &secret_place(self.tenant))?.into_text()?))
    }
}

/// The associated data of a sealed client secret: moving it to another row makes it unreadable.
pub(super) fn secret_place(tenant: TenantId) -> String {
    format!("tenant_sso/client_secret/{tenant}")
}

pub(crate) async fn find(db: &Db, tenant: TenantId) -> Result<Option<SsoRow>, Fault> {
    let found = db
        .read_optional(
            sql!(
                "SELECT tenant_id, active, slug, issuer, client, client_secret, client_secret_set_micros, scopes, label, group_claim,
                        groups, default_role, makes_users, only_sso, last_test
                 FROM tenant_sso WHERE tenant_id = $1"
            ),
            args![tenant.uuid()],
        )
        .await?;
    found.as_ref().map(SsoRow::read).transpose()
}

pub(super) async fn find_in(tx: &mut Tx, tenant: TenantId) -> Result<Option<SsoRow>, Fault> {
    let found = tx
        .optional(
            sql!(
                "SELECT tenant_id, active, slug, issuer, client, client_secret, client_secret_set_micros, scopes, label, group_claim,
                        groups, default_role, makes_users, only_sso, last_test
                 FROM tenant_sso WHERE tenant_id = $1"
            ),
            args![tenant.uuid()],
        )
        .await?;
    found.as_ref().map(SsoRow::read).transpose()
}

/// The settings behind a sign-in address: of a tenant that is not shut out.
pub(crate) async fn find_by_slug(db: &Db, slug: &str) -> Result<Option<SsoRow>, Fault> {
    let found = db
        .read_optional(
            sql!(
                "SELECT s.tenant_id, s.active, s.slug, s.issuer, s.client, s.client_secret, s.client_secret_set_micros, s.scopes,
                        s.label, s.group_claim, s.groups, s.default_role, s.makes_users, s.only_sso, s.last_test
                 FROM tenant_sso s JOIN tenant t ON t.id = s.tenant_id WHERE s.slug = $1 AND t.active = 1"
            ),
            args![slug],
        )
        .await?;
    found.as_ref().map(SsoRow::read).transpose()
}

/// The sign-in names of the tenants that list this domain and let people in by single sign-on; two at most are looked at.
pub(crate) async fn slugs_of_domain(db: &Db, domain: &str) -> Result<Vec<String>, Fault> {
    let rows = db
        .read_all(
            sql!(
                "SELECT s.slug FROM tenant_domain d
                 JOIN tenant_sso s ON s.tenant_id = d.tenant_id
                 JOIN tenant t ON t.id = d.tenant_id
                 WHERE d.domain = $1 AND s.active = 1 AND t.active = 1 ORDER BY s.slug LIMIT 2"
            ),
            args![domain],
        )
        .await?;
    rows.iter().map(|row| Ok(row.text("slug")?)).collect()
}

/// What is written of a secret: the sealed value and when it was set.
pub(super) type SealedSecret = (Option<Vec<u8>>, Option<i64>);

pub(super) async fn put(tx: &mut Tx, tenant: TenantId, sso: &CheckedSso, secret: SealedSecret, now: i64) -> Result<(), Fault> {
    let groups: Vec<_> = sso.groups.iter().map(|one| (one.role, &one.groups)).collect();
    let groups = serde_json::to_string(&groups).map_err(|_| Fault::Stored { place: "tenant_sso.groups" })?;
    let (client_secret, set_micros) = secret;
    let done = tx
        .execute(
            sql!(
                "INSERT INTO tenant_sso (tenant_id, active, slug, issuer, client, client_secret, client_secret_set_micros, scopes, label,
                     group_claim, groups, default_role, makes_users, only_sso, last_test, created_micros, updated_micros)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, NULL, $15, $15)
                 ON CONFLICT (tenant_id) DO UPDATE SET active = excluded.active, slug = excluded.slug, issuer = excluded.issuer,
                     client = excluded.client, client_secret = excluded.client_secret,
                     client_secret_set_micros = excluded.client_secret_set_micros, scopes = excluded.scopes, label = excluded.label,
                     group_claim = excluded.group_claim, groups = excluded.groups, default_role = excluded.default_role,
                     makes_users = excluded.makes_users, only_sso = excluded.only_sso, updated_micros = excluded.updated_micros"
            ),
            args![
                tenant.uuid(),
                sso.active,
                sso.slug.as_str(),
                sso.issuer.as_str(),
                sso.client.as_str(),
                client_secret,
                set_micros,
                sso.scopes.as_str(),
                sso.label.as_str(),
                sso.group_claim.as_str(),
                groups,
                sso.default_role.map_or("", Role::word),
                sso.makes_users,
                sso.only_sso,
                now,
            ],
        )
        .await;
    done.map(drop).map_err(taken)
}

/// The one unique index that a person can run into.
fn taken(error: StoreError) -> Fault {
    if error.is_conflict_on("tenant_sso_slug") {
        return Problem::field("slug", "This sign-in name is taken; choose another one.").into();
    }
    error.into()
}

pub(super) async fn delete(tx: &mut Tx, tenant: TenantId) -> Result<(), Fault> {
    tx.execute(sql!("DELETE FROM auth_sso_state WHERE tenant_id = $1"), args![tenant.uuid()]).await?;
    tx.execute(sql!("DELETE FROM tenant_sso WHERE tenant_id = $1"), args![tenant.uuid()]).await?;
    Ok(())
}

/// Notes what a test found.
pub(crate) async fn set_last_test(services: &Services, tenant: TenantId, test: &StoredTest) -> Result<(), Fault> {
    let json = serde_json::to_string(test).map_err(|_| Fault::Stored { place: "tenant_sso.last_test" })?;
    let note = sql!("UPDATE tenant_sso SET last_test = $2 WHERE tenant_id = $1");
    services.db.execute(note, args![tenant.uuid(), json]).await?;
    Ok(())
}
