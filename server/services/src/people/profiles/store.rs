//! SQL of profiles.

use std::collections::BTreeMap;

use ::store::{Args, Db, Row, Statement, Tx, args, sql};
use model::{
    ids::{ProfileId, TenantId},
    people::profile::{Attributes, CUSTOMER_ID, EMAIL, MSISDN, NAME},
};

use crate::Fault;

/// A profile as it is stored.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub id: ProfileId,
    pub customer_id: String,
    pub name: String,
    pub email: String,
    pub msisdn: String,
    pub attributes: Attributes,
    pub version: i64,
    pub created_micros: i64,
    pub updated_micros: i64,
}

impl Stored {
    fn read(row: &Row) -> Result<Self, Fault> {
        Ok(Self {
            id: row.parse("id")?,
            customer_id: row.text("customer_id")?,
            name: row.text("name")?,
            email: row.text("email")?,
            msisdn: row.text("msisdn")?,
            attributes: read_attributes(row.str("attributes")?, "people_profile.attributes")?,
            version: row.int("version")?,
            created_micros: row.int("created_micros")?,
            updated_micros: row.int("updated_micros")?,
        })
    }
}

/// Attributes from a column.
pub(super) fn read_attributes(json: &str, place: &'static str) -> Result<Attributes, Fault> {
    serde_json::from_str(json).map_err(|_| Fault::Stored { place })
}

/// Attributes for a column.
pub(super) fn write_attributes(attributes: &Attributes, place: &'static str) -> Result<String, Fault> {
    serde_json::to_string(attributes).map_err(|_| Fault::Stored { place })
}

/// Adds a profile; `false` when the customer has one.
pub(super) async fn insert(tx: &mut Tx, tenant: TenantId, profile: &Stored) -> Result<bool, Fault> {
    let added = tx
        .execute(
            sql!(
                "INSERT INTO people_profile (id, tenant_id, customer_id, name, email, msisdn, attributes, version, created_micros, updated_micros)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9) ON CONFLICT (tenant_id, customer_id) DO NOTHING"
            ),
            args![
                profile.id.uuid(),
                tenant.uuid(),
                profile.customer_id.as_str(),
                profile.name.as_str(),
                profile.email.as_str(),
                profile.msisdn.as_str(),
                write_attributes(&profile.attributes, "people_profile.attributes")?,
                profile.version,
                profile.created_micros,
            ],
        )
        .await?;
    Ok(added > 0)
}

pub(super) async fn update(tx: &mut Tx, tenant: TenantId, profile: &Stored) -> Result<(), Fault> {
    tx.execute(
        sql!(
            "UPDATE people_profile SET name = $3, email = $4, msisdn = $5, attributes = $6, version = $7, updated_micros = $8
             WHERE tenant_id = $1 AND id = $2"
        ),
        args![
            tenant.uuid(),
            profile.id.uuid(),
            profile.name.as_str(),
            profile.email.as_str(),
            profile.msisdn.as_str(),
            write_attributes(&profile.attributes, "people_profile.attributes")?,
            profile.version,
            profile.updated_micros,
        ],
    )
    .await?;
    Ok(())
}

/// Removes a profile; `false` when there is none.
pub(super) async fn delete(tx: &mut Tx, tenant: TenantId, customer_id: &str) -> Result<bool, Fault> {
    let gone = tx.execute(sql!("DELETE FROM people_profile WHERE tenant_id = $1 AND customer_id = $2"), args![tenant.uuid(), customer_id]).await?;
    Ok(gone > 0)
}

pub(super) async fn find(db: &Db, tenant: TenantId, id: ProfileId) -> Result<Option<Stored>, Fault> {
    let found = db
        .read_optional(
            sql!(
                "SELECT id, customer_id, name, email, msisdn, attributes, version, created_micros, updated_micros
                 FROM people_profile WHERE tenant_id = $1 AND id = $2"
            ),
            args![tenant.uuid(), id.uuid()],
        )
        .await?;
    found.as_ref().map(Stored::read).transpose()
}

pub(super) async fn find_in(tx: &mut Tx, tenant: TenantId, id: ProfileId) -> Result<Option<Stored>, Fault> {
    let found = tx
        .optional(
            sql!(
                "SELECT id, customer_id, name, email, msisdn, attributes, version, created_micros, updated_micros
                 FROM people_profile WHERE tenant_id = $1 AND id = $2"
            ),
            args![tenant.uuid(), id.uuid()],
        )
        .await?;
    found.as_ref().map(Stored::read).transpose()
}

pub(super) async fn by_customer(db: &Db, tenant: TenantId, customer_id: &str) -> Result<Option<Stored>, Fault> {
    let found = db
        .read_optional(
            sql!(
                "SELECT id, customer_id, name, email, msisdn, attributes, version, created_micros, updated_micros
                 FROM people_profile WHERE tenant_id = $1 AND customer_id = $2"
            ),
            args![tenant.uuid(), customer_id],
        )
        .await?;
    found.as_ref().map(Stored::read).transpose()
}

pub(super) async fn by_customer_in(tx: &mut Tx, tenant: TenantId, customer_id: &str) -> Result<Option<Stored>, Fault> {
    let found = tx
        .optional(
            sql!(
                "SELECT id, customer_id, name, email, msisdn, attributes, version, created_micros, updated_micros
                 FROM people_profile WHERE tenant_id = $1 AND customer_id = $2"
            ),
            args![tenant.uuid(), customer_id],
        )
        .await?;
    found.as_ref().map(Stored::read).transpose()
}

/// A page of the list.
pub(super) struct Query {
    /// Of name, address, number and id; empty for all.
    pub pattern: String,
    /// Of the number's digits; empty when no number was searched for.
    pub number: String,
    /// Sort key and id of the row before it.
    pub after: Option<[String; 2]>,
    pub rows: i64,
}

/// A row with the text it is ordered by.
pub(super) struct Listed {
    pub stored: Stored,
    pub sort_key: String,
}

pub(super) async fn page(db: &Db, tenant: TenantId, query: &Query) -> Result<Vec<Listed>, Fault> {
    let mut parts = vec![
        "SELECT id, customer_id, name, email, msisdn, attributes, version, created_micros, updated_micros, lower(name) AS sort_key
         FROM people_profile WHERE tenant_id = $1
         AND ($2 = '' OR lower(name) LIKE lower($2) ESCAPE '!' OR email LIKE lower($2) ESCAPE '!' OR lower(customer_id) LIKE lower($2) ESCAPE '!'
              OR ($3 <> '' AND msisdn LIKE $3 ESCAPE '!'))",
    ];
    let mut args: Args = args![tenant.uuid(), query.pattern.as_str(), query.number.as_str(), query.rows];
    if let Some([key, id]) = &query.after {
        parts.push(" AND (lower(name), id) > ($5, $6)");
        args.push(key.as_str());
        args.push(id.as_str());
    }
    parts.push(" ORDER BY lower(name), id LIMIT $4");
    let rows = db.read_all(Statement::assembled(&parts), args).await?;
    rows.iter().map(|row| Ok(Listed { stored: Stored::read(row)?, sort_key: row.text("sort_key")? })).collect()
}

/// The numbers of a tenant's attributes, as the profile API shows them.
pub(super) struct Names {
    tenant: TenantId,
    numbers: BTreeMap<String, i64>,
}

/// Every tenant has these.
const OWN_NUMBERS: [(&str, i64); 4] = [(CUSTOMER_ID, 1), (NAME, 2), (EMAIL, 3), (MSISDN, 4)];
/// The tenant's other attributes begin after it.
const BEFORE_OTHERS: i64 = 100;
/// Different names that a tenant's profiles may use: a name per customer would be a value in the wrong place.
pub(super) const MAX_NAMES: usize = 500;

impl Names {
    /// Within the transaction that may add some. The tenant is locked.
    pub(super) async fn load(tx: &mut Tx, tenant: TenantId) -> Result<Self, Fault> {
        let rows = tx.all(sql!("SELECT name, number FROM people_profile_attribute WHERE tenant_id = $1 LIMIT 1000"), args![tenant.uuid()]).await?;
        Self::of(tenant, &rows)
    }

    /// For reading.
    pub(super) async fn read(db: &Db, tenant: TenantId) -> Result<Self, Fault> {
        let rows =
            db.read_all(sql!("SELECT name, number FROM people_profile_attribute WHERE tenant_id = $1 LIMIT 1000"), args![tenant.uuid()]).await?;
        Self::of(tenant, &rows)
    }

    fn of(tenant: TenantId, rows: &[Row]) -> Result<Self, Fault> {
        let mut numbers = BTreeMap::new();
        for row in rows {
            numbers.insert(row.text("name")?, row.int("number")?);
        }
        Ok(Self { tenant, numbers })
    }

    /// The number of a name; 0 when it has none.
    pub(super) fn get(&self, name: &str) -> i64 {
        let own = OWN_NUMBERS.iter().find(|(own, _)| *own == name).map(|(_, number)| *number);
        own.or_else(|| self.numbers.get(name).copied()).unwrap_or_default()
    }

    /// Gives every name a number. The first name that gets none, because the tenant has enough of them, is told; then nothing
    /// is added.
    pub(super) async fn number(&mut self, tx: &mut Tx, attributes: &Attributes) -> Result<Option<String>, Fault> {
        let new: Vec<&String> = attributes.iter().filter(|(name, value)| !value.is_empty() && self.get(name) == 0).map(|(name, _)| name).collect();
        let room = MAX_NAMES.saturating_sub(self.numbers.len());
        if let Some(beyond) = new.get(room) {
            return Ok(Some((*beyond).clone()));
        }
        for name in new {
            let number = self.numbers.values().copied().max().unwrap_or(BEFORE_OTHERS) + 1;
            tx.execute(
                sql!("INSERT INTO people_profile_attribute (tenant_id, name, number) VALUES ($1, $2, $3)"),
                args![self.tenant.uuid(), name.as_str(), number],
            )
            .await?;
            self.numbers.insert(name.clone(), number);
        }
        Ok(None)
    }

    /// The sentence about a name that [`Names::number`] told.
    pub(super) fn full(name: &str) -> String {
        format!("Your customers have {MAX_NAMES} different attributes already, so {name} cannot be added; use one of the names you have.")
    }
}
