use model::{
    people::{Capability, Role},
    tenant::sso::SsoForm,
};

use super::{get, remove, save, suggested};
use crate::testing::{refusal, worlds};

#[test]
fn a_sign_in_name_is_made_of_the_tenants() {
    let check = |name: &str, expected: &str| assert_eq!(suggested(name), expected);
    check("Harbour Clinic", "harbour-clinic");
    check("  Acme & Söhne GmbH ", "acme-s-hne-gmbh");
    check("日本", "organisation");
    check(&"x".repeat(60), &"x".repeat(40));
}

#[tokio::test]
async fn a_provider_inside_is_refused_at_the_field() {
    for (name, world) in worlds().await {
        let ctx = world.acme.ctx(Role::Owner, Capability::TenantWrite);
        let check = async |issuer: &str, words: &str| {
            let form = SsoForm { slug: "acme".into(), issuer: issuer.into(), client: "x".into(), ..SsoForm::default() };
            let problem = refusal(save(&world.services, &ctx, form).await);
            assert!(problem.for_field("issuer").is_some_and(|sentence| sentence.contains(words)), "{name}: {issuer}: {problem:?}");
        };
        check("https://127.0.0.1:9", "private or reserved network").await;
        check("https://169.254.169.254", "private or reserved network").await;
        check("https://[::ffff:10.0.0.1]", "private or reserved network").await;
        check("http://8.8.8.8", "only reached over https").await;
        check("ftp://x.example", "begins with https://").await;
        assert!(get(&world.services, &ctx).await.unwrap().sso.is_none(), "{name}");
        assert!(refusal(remove(&world.services, &ctx).await).for_field("issuer").is_some(), "{name}");
    }
}
