//! A world to test use cases in: a migrated database, a clock that stands still, chance that repeats itself, and two tenants
//! with a person of every role each.

use std::{
    fmt::Debug,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, OnceLock},
    time::Duration,
};

use ::store::{Blobs, Db, GroupWriter, SecretBox, SecretText, args, sql, testing::TestDb};
use mail::{dns::Dns, smtp_out::TlsSettings};
use model::{
    Problem,
    ids::{SessionId, TenantId, UserId},
    people::{Capability, Role},
};

use crate::{
    Clock, Ctx, Entropy, Fault, Http, Principal, RequestInfo, Services, Settings,
    auth::{self, PasswordCost, SignedIn, sso::Providers},
    clock::Zone,
    ctx::Proof,
    people::{self, UserForm},
};

/// Where the clock of a new world stands: 2025-03-01 12:00:00 UTC.
pub const START_MICROS: i64 = 1_740_830_400_000_000;

/// The password of every person of a world.
pub const PASSWORD: &str = "a password for tests only";

/// A person of a tenant.
#[derive(Clone, Debug)]
pub struct Person {
    /// Id.
    pub user: UserId,
    /// Role.
    pub role: Role,
    /// Name, such as `Owner of Acme`.
    pub name: String,
    /// Sign-in address, such as `full_access@acme.example`.
    pub email: String,
}

/// A tenant with one person per role.
#[derive(Clone, Debug)]
pub struct Organisation {
    /// Id.
    pub tenant: TenantId,
    /// Name.
    pub name: &'static str,
    /// Zone.
    pub zone: Zone,
    /// In the order of [`Role::ALL`].
    pub people: Vec<Person>,
}

impl Organisation {
    /// The person of a role.
    pub fn person(&self, role: Role) -> &Person {
        match self.people.iter().find(|person| person.role == role) {
            Some(person) => person,
            None => panic!("a person of every role is made"),
        }
    }

    /// A principal as a session would give it, without a session in the database.
    pub fn principal(&self, role: Role) -> Principal {
        let person = self.person(role);
        Principal {
            tenant: self.tenant,
            tenant_name: self.name.to_owned(),
            user: Some(person.user),
            name: person.name.clone(),
            email: person.email.clone(),
            role,
            role_name: role.label().to_owned(),
            capabilities: role.capabilities(),
            zone: self.zone.clone(),
            proof: Proof::Session(SessionId::new(person.user.uuid())),
            token_name: None,
            must_enrol: false,
            info: request("192.0.2.1"),
        }
    }

    /// A pass of the person of this role. Panics when the role does not hold the capability.
    pub fn ctx(&self, role: Role, capability: Capability) -> Ctx {
        must(self.principal(role).authorise(capability), "the role holds the capability")
    }

    /// A pass of the owner, who may do everything.
    pub fn owner(&self) -> Ctx {
        self.ctx(Role::Owner, Capability::AccountOwn)
    }
}

/// Everything a test of use cases needs; the database and the files are removed when it is dropped.
pub struct World {
    /// The services; the clock is a fixed one.
    pub services: Services,
    /// A tenant in `Europe/London`.
    pub acme: Organisation,
    /// Another one, in `Asia/Kolkata`, that must never be seen from the first.
    pub zenith: Organisation,
    /// The database, with its address and its folder.
    pub db: TestDb,
}

impl World {
    /// Moves the clock.
    pub fn advance(&self, by_micros: i64) {
        self.services.clock.advance(by_micros);
    }

    /// Makes single sign-on the only way into the first tenant, at a provider that nobody asks here.
    pub async fn only_single_sign_on(&self) {
        let settings = sql!(
            "INSERT INTO tenant_sso (tenant_id, active, slug, issuer, client, scopes, label, group_claim, groups, default_role, makes_users,
                 only_sso, created_micros, updated_micros)
             VALUES ($1, 1, 'acme', 'https://id.acme.example', 'switchboard', 'openid email', 'Sign in with Acme', '', '[]', 'agent', 1, 1, $2, $2)"
        );
        must(self.services.db.execute(settings, args![self.acme.tenant.uuid(), START_MICROS]).await, "settings of single sign-on");
    }

    /// Signs a person in through the use case.
    pub async fn sign_in(&self, person: &Person) -> SignedIn {
        match must(auth::sign_in(&self.services, &person.email, secret(PASSWORD), &request("192.0.2.1")).await, "signing in") {
            auth::Entered::In(signed_in) => signed_in,
            auth::Entered::SecondStep(_) => panic!("{} has a second factor", person.email),
        }
    }
}

/// A request from a network address.
pub fn request(remote_address: &str) -> RequestInfo {
    RequestInfo { remote_address: remote_address.into(), user_agent: "test browser".into(), request_id: "r-test".into() }
}

/// A secret from a literal.
pub fn secret(text: &str) -> SecretText {
    SecretText::from(text.to_owned())
}

/// Services over a migrated database in which no tenant exists, with blobs and key in the database's folder. Another call
/// over the same database is another process on it, with a clock of its own.
pub async fn services(db: &TestDb) -> Services {
    let folder = db.folder();
    let settings = Settings {
        public_url: "http://localhost:3000".into(),
        inbound_domain: "in.switchboard.example".into(),
        mail_host_name: "mail.switchboard.example".into(),
        data_dir: folder.to_owned(),
        process_name: "test".into(),
    };
    // Nothing listens there: a test that needs names sets its own resolver.
    let nowhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 9));
    let db = Db::clone(db);
    let dns = must(Dns::with_name_servers(&[nowhere]), "a resolver");
    Services {
        http: must(Http::new(&dns, &trust(), Vec::new()), "an HTTP client"),
        providers: Providers::default(),
        group: GroupWriter::start(db.clone()),
        blobs: must(Blobs::open(folder.join("blobs"), START_MICROS, Duration::from_secs(86_400)).await, "a folder for blobs"),
        secrets: must(SecretBox::open(&folder.join("key"), Some([7; 32])), "a key file"),
        clock: Clock::fixed(START_MICROS),
        entropy: Entropy::seeded(7),
        dns,
        tls: trust(),
        settings: Arc::new(settings),
        hashing: Arc::new(tokio::sync::Semaphore::new(4)),
        password_cost: PasswordCost::trifling(),
        db,
    }
}

/// A world on each kind of database, with its name: `for (name, world) in worlds().await { … }`.
pub async fn worlds() -> Vec<(&'static str, World)> {
    let mut worlds = Vec::new();
    for (name, db) in ::store::testing::migrated().await {
        worlds.push((name, world(db).await));
    }
    worlds
}

/// A world over a migrated, empty database.
pub async fn world(db: TestDb) -> World {
    let services = services(&db).await;
    let acme = organisation(&services, "Acme", "acme.example", "Europe/London").await;
    let zenith = organisation(&services, "Zenith", "zenith.example", "Asia/Kolkata").await;
    World { services, acme, zenith, db }
}

async fn organisation(services: &Services, name: &'static str, domain: &str, time_zone: &str) -> Organisation {
    let email = format!("owner@{domain}");
    let (tenant, owner) = must(auth::create_owner(services, name, &email, secret(PASSWORD), time_zone).await, "a tenant and its owner");
    let zone = must(Zone::find(time_zone), "a zone");
    let system = Principal::system(tenant, zone.clone());
    let mut people = vec![Person { user: owner, role: Role::Owner, name: "owner".into(), email }];
    for role in Role::ALL.iter().copied().filter(|role| *role != Role::Owner) {
        let (person, email) = (format!("{role} of {name}"), format!("{}@{domain}", role.word()));
        let form = UserForm { name: person.clone(), email: email.clone(), role: role.into(), password: secret(PASSWORD) };
        let user = must(people::create_user(services, &system, form).await, "a person of every role");
        people.push(Person { user, role, name: person, email });
    }
    Organisation { tenant, name, zone, people }
}

/// Trusts one authority that has signed nothing: no outside server is trusted by accident.
fn trust() -> TlsSettings {
    static TRUST: OnceLock<TlsSettings> = OnceLock::new();
    let made = TRUST.get_or_init(|| {
        let authority = must(rcgen::generate_simple_self_signed(["authority.example".to_owned()]), "a test authority");
        must(TlsSettings::with_roots([authority.cert.der().clone()]), "trust in the test authority")
    });
    made.clone()
}

/// The refusal inside. Panics when there is none, or when it is a defect.
pub fn refusal<T>(result: Result<T, Fault>) -> Problem {
    match result {
        Err(Fault::Refused(problem)) => problem,
        Err(defect) => panic!("a defect instead of a refusal: {}", crate::error::chain(&defect)),
        Ok(_) => panic!("this should have been refused"),
    }
}

/// The value, or a panic that says what was being made.
pub fn must<T, E: Debug>(result: Result<T, E>, what: &str) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{what}: {error:?}"),
    }
}
