//! Making a link and using it.

use ::store::{SecretText, Tx};
use model::{
    Problem,
    access::{Access, LINK_REFUSED, LinkPreview, VisitKind, acts_as},
    ids::{OperatorId, TenantId, UserId, VisitId},
};

use super::{
    partners,
    store::{self, Standing},
    token::{self, Claims, Refused, Subject},
    visit,
};
use crate::{
    Ctx, Fault, Principal, RequestInfo, Services,
    auth::{SignedIn, fingerprint, open_owner_session},
    clock::{MINUTE, SECOND},
    operator,
};

/// How long a quick link works: it is followed at once, by the browser that asked for it.
const QUICK_MICROS: i64 = 60 * SECOND;
/// How long a provisioned owner's link works: somebody has to carry it over.
const OWNER_MICROS: i64 = 10 * MINUTE;

/// Who shows a link. A quick link is good in the hands of whoever asked for it and of nobody else.
#[derive(Clone, Copy, Debug, Default)]
pub struct Claimant {
    operator: Option<OperatorId>,
    user: Option<(TenantId, UserId)>,
}

impl Claimant {
    /// Whoever is signed in with one browser.
    pub fn of(operator: Option<&operator::Pass>, principal: Option<&Principal>) -> Self {
        Self { operator: operator.map(operator::Pass::id), user: principal.and_then(|principal| Some((principal.tenant, principal.user?))) }
    }

    fn is(&self, subject: Subject) -> bool {
        match subject {
            Subject::Operator { id, .. } => self.operator == Some(id),
            Subject::Partner { organisation, user, .. } => self.user == Some((organisation, user)),
            // Nobody is signed in yet; that is what the link is for.
            Subject::Owner { .. } => true,
        }
    }
}

/// A visit just begun.
pub struct NewVisit {
    /// The value for the visitor's cookie; it exists nowhere else.
    pub cookie_secret: SecretText,
    /// When the visit ends at the latest, in microseconds UTC.
    pub expires_micros: i64,
}

/// What a link led to.
pub enum Entered {
    /// A visit.
    Visit(NewVisit),
    /// An owner's own session.
    Owner(Box<SignedIn>),
}

/// A quick link for an operator into a tenant that allows the help desk: the token that goes behind `/launch/<tenant>/`.
///
/// # Errors
/// [`Problem::NotFound`] when the tenant does not allow the help desk, or there is none; [`Problem::Invalid`] on `access` when it is more
/// than the operator's own.
pub async fn launch_as_operator(services: &Services, pass: &operator::Pass, tenant: TenantId, access: Access) -> Result<String, Fault> {
    if access > pass.access() {
        return Err(more_than_granted(pass.access()));
    }
    let subject = Subject::Operator { id: pass.id(), access };
    if standing(services, tenant, subject).await?.is_none() {
        return Err(Problem::NotFound.into());
    }
    make(services, tenant, subject, QUICK_MICROS).await
}

/// A quick link for one of the caller's organisation into a customer's tenant. For holders of `access.customers`.
///
/// # Errors
/// [`Problem::NotFound`] when the organisation is no accepted partner of the tenant; [`Problem::Invalid`] on `access` when it is more than
/// was granted; [`Problem::Conflict`] while the customer has no open channel.
pub async fn launch_as_partner(services: &Services, ctx: &Ctx, tenant: TenantId, access: Access) -> Result<String, Fault> {
    let user = ctx.user().ok_or(Problem::NotFound)?;
    let tie = partners::tie(services, ctx.tenant(), tenant).await?.ok_or(Problem::NotFound)?;
    if access > tie.access {
        return Err(more_than_granted(tie.access));
    }
    let subject = Subject::Partner { link: tie.id, organisation: ctx.tenant(), user, access };
    if standing(services, tenant, subject).await?.is_none() {
        return Err(Problem::NotFound.into());
    }
    if !tie.ready {
        return Err(Problem::Conflict { what: "This customer has no open channel yet, so there is nothing to enter.".into() }.into());
    }
    make(services, tenant, subject, QUICK_MICROS).await
}

fn more_than_granted(granted: Access) -> Fault {
    Problem::field("access", format!("At most {} access is granted.", granted.phrase())).into()
}

/// The whole link that signs an owner in without a password. For provisioning, on the command line.
///
/// # Errors
/// [`Fault::Store`].
pub async fn owner_link(services: &Services, tenant: TenantId, owner: UserId) -> Result<String, Fault> {
    let token = make(services, tenant, Subject::Owner { user: owner }, OWNER_MICROS).await?;
    Ok(format!("{}/launch/{tenant}/{token}", services.settings.public_url))
}

async fn make(services: &Services, tenant: TenantId, subject: Subject, lifetime_micros: i64) -> Result<String, Fault> {
    let now = services.now();
    let claims = Claims { subject, nonce: services.entropy.uuid(now), expires_micros: now + lifetime_micros };
    let text = token::seal(&services.secrets, tenant, &claims, services.entropy.bytes())?;
    let mut tx = services.db.write().await?;
    store::insert_link(&mut tx, tenant, &claims, now).await?;
    tx.commit().await?;
    Ok(text)
}

/// The sentence for every reason; which it was is in the log.
fn refused(why: Refused, info: &RequestInfo) -> Fault {
    tracing::info!(?why, request = %info.request_id, "a link was refused");
    Problem::field("token", LINK_REFUSED).into()
}

/// What a link would lead to. Uses nothing up.
///
/// # Errors
/// [`Problem::Invalid`] on `token` with [`LINK_REFUSED`], whatever is wrong with it.
pub async fn look(services: &Services, tenant: &str, text: &str, claimant: &Claimant, info: &RequestInfo) -> Result<LinkPreview, Fault> {
    let (tenant, claims) = opened(services, tenant, text, claimant).map_err(|why| refused(why, info))?;
    if !store::link_waits(&services.db, tenant, claims.nonce, services.now()).await? {
        return Err(refused(Refused::Used, info));
    }
    let standing = standing(services, tenant, claims.subject).await?.ok_or_else(|| refused(Refused::Revoked, info))?;
    let access = match claims.subject {
        Subject::Operator { access, .. } | Subject::Partner { access, .. } => Some(access),
        Subject::Owner { .. } => None,
    };
    Ok(LinkPreview { organisation: standing.tenant_name, access, who: standing.visitor })
}

fn opened(services: &Services, tenant: &str, text: &str, claimant: &Claimant) -> Result<(TenantId, Claims), Refused> {
    let tenant = tenant.parse::<TenantId>().map_err(|_| Refused::Foreign)?;
    let claims = token::open(&services.secrets, tenant, text, services.now())?;
    if claimant.is(claims.subject) { Ok((tenant, claims)) } else { Err(Refused::Stranger) }
}

/// Uses a link up and goes in.
///
/// # Errors
/// As [`look`].
pub async fn enter(services: &Services, tenant: &str, text: &str, claimant: &Claimant, info: &RequestInfo) -> Result<Entered, Fault> {
    let (tenant, claims) = opened(services, tenant, text, claimant).map_err(|why| refused(why, info))?;
    // Read before the transaction, which holds the only writer: a visit is judged again at every request anyway.
    let standing = standing(services, tenant, claims.subject).await?.ok_or_else(|| refused(Refused::Revoked, info))?;
    let mut tx = services.db.write().await?;
    // Only one of several callers changes the row: the others wait for this transaction and find it consumed.
    if !store::consume_link(&mut tx, tenant, claims.nonce, services.now()).await? {
        return Err(refused(Refused::Used, info));
    }
    let entered = match claims.subject {
        Subject::Owner { user } => {
            let signed_in = open_owner_session(&mut tx, services, tenant, user, info).await?;
            Entered::Owner(Box::new(signed_in.ok_or_else(|| refused(Refused::Revoked, info))?))
        }
        subject => Entered::Visit(begin(&mut tx, services, tenant, subject, &standing, info).await?),
    };
    tx.commit().await?;
    Ok(entered)
}

async fn begin(
    tx: &mut Tx,
    services: &Services,
    tenant: TenantId,
    subject: Subject,
    standing: &Standing,
    info: &RequestInfo,
) -> Result<NewVisit, Fault> {
    let now = services.now();
    let (kind, operator, partner, access) = match subject {
        Subject::Operator { id, access } => (VisitKind::HelpDesk, Some(id), None, access),
        Subject::Partner { link, user, access, .. } => (VisitKind::Partner, None, Some((link, user)), access),
        Subject::Owner { .. } => return Err(Problem::NotFound.into()),
    };
    let secret = services.entropy.secret();
    let user_agent: String = info.user_agent.chars().take(200).collect();
    let row = store::NewVisit {
        id: VisitId::new(services.entropy.uuid(now)),
        kind,
        operator,
        partner,
        visitor: &standing.visitor,
        organisation: &standing.organisation,
        acts_as: &acts_as(kind, &standing.visitor, tenant),
        access,
        secret_hash: &fingerprint(&secret),
        remote_address: &info.remote_address,
        user_agent: &user_agent,
        now,
        expires_micros: now + visit::ABSOLUTE_MICROS,
    };
    store::insert_visit(tx, tenant, &row).await?;
    visit::tell_started(tx, services, tenant, standing, &row, info).await?;
    Ok(NewVisit { cookie_secret: SecretText::from(secret), expires_micros: row.expires_micros })
}

/// Who the subject is and where it would get to, when that is allowed now; `None` when it is not.
async fn standing(services: &Services, tenant: TenantId, subject: Subject) -> Result<Option<Standing>, Fault> {
    let now = services.now();
    match subject {
        Subject::Operator { id, access } => {
            let found = store::operator_standing(&services.db, tenant, id, now).await?;
            Ok(found.filter(|(granted, _)| access <= *granted).map(|(_, standing)| standing))
        }
        Subject::Partner { link, organisation, user, access } => {
            let found = store::partner_standing(&services.db, tenant, link, organisation, user).await?;
            Ok(found.filter(|(granted, _)| access <= *granted).map(|(_, standing)| standing))
        }
        Subject::Owner { user } => store::owner_standing(&services.db, tenant, user).await,
    }
}
