use super::{Holder, RelyingParty, assertion, creation_options, device::Device, registration, request_options};

fn party() -> RelyingParty {
    RelyingParty::of("https://desk.example").unwrap()
}

fn device() -> Device {
    Device::new("https://desk.example", "desk.example", b"credential")
}

#[test]
fn passkeys_belong_to_a_host_name_over_https() {
    let check = |url: &str, expected: Option<(&str, &str)>| {
        let found = RelyingParty::of(url).ok().map(|party| (party.origin, party.id));
        assert_eq!(found, expected.map(|(origin, id)| (origin.to_owned(), id.to_owned())), "{url}");
    };
    check("https://desk.example", Some(("https://desk.example", "desk.example")));
    check("https://Desk.example:8443", Some(("https://desk.example:8443", "desk.example")));
    check("https://desk.example/console", Some(("https://desk.example", "desk.example")));
    check("http://localhost:3000", Some(("http://localhost:3000", "localhost")));
    check("http://desk.example", None);
    check("https://192.0.2.7", None);
    check("http://127.0.0.1:3000", None);
    check("https://[2001:db8::1]:3000", None);
}

#[test]
fn a_passkey_is_registered_and_signs() {
    let mut device = device();
    let (registered, challenge) = registration(&device.create("c1").to_string(), &party()).unwrap();
    assert_eq!((challenge.as_str(), registered.algorithm, registered.sign_count), ("c1", -7, 0));
    let asserted = assertion(&device.get("c2").to_string(), &party()).unwrap();
    assert_eq!((asserted.challenge.as_str(), &asserted.credential_id), ("c2", &registered.credential_id));
    assert_eq!(asserted.prove(-7, &registered.public_key, 0, true), Ok(0));
    // Another key did not sign it.
    assert!(asserted.prove(-7, &self::device().public_key(), 0, true).is_err());
    assert!(asserted.prove(-8, &registered.public_key, 0, true).is_err(), "the algorithm belongs to the key");
}

#[test]
fn a_count_has_to_grow_where_there_is_one() {
    let mut device = device();
    device.count = 7;
    let key = device.public_key();
    let asserted = assertion(&device.get("c").to_string(), &party()).unwrap();
    assert_eq!(asserted.prove(-7, &key, 7, true), Ok(8));
    assert!(asserted.prove(-7, &key, 8, true).is_err() && asserted.prove(-7, &key, 9, true).is_err());
    device.count = 0;
    let silent = assertion(&device.get("c").to_string(), &party()).unwrap();
    assert!(silent.prove(-7, &key, 8, true).is_err(), "a device that counted does not stop");
}

#[test]
fn the_person_is_checked_where_there_is_no_password() {
    let mut device = device();
    device.flags = 0b001;
    let key = device.public_key();
    let asserted = assertion(&device.get("c").to_string(), &party()).unwrap();
    assert!(asserted.prove(-7, &key, 0, true).is_err());
    assert_eq!(asserted.prove(-7, &key, 0, false), Ok(0));
}

#[test]
fn other_sites_questions_and_hosts_are_refused() {
    let check = |what: &str, bend: &dyn Fn(&mut Device)| {
        let mut bent = device();
        bend(&mut bent);
        assert!(registration(&bent.create("c").to_string(), &party()).is_err(), "create {what}");
        assert!(assertion(&bent.get("c").to_string(), &party()).is_err(), "get {what}");
    };
    check("origin", &|device| device.origin = "https://evil.example".into());
    check("sub-domain", &|device| device.origin = "https://desk.example.evil.example".into());
    check("port", &|device| device.origin = "https://desk.example:444".into());
    check("host", &|device| device.party = "example".into());
    check("absent", &|device| device.flags = 0);
    let mut device = device();
    let (made, got) = (device.create("c").to_string(), device.get("c").to_string());
    assert!(assertion(&made, &party()).is_err() && registration(&got, &party()).is_err(), "an answer to another question");
}

#[test]
fn rubbish_is_refused() {
    let mut good = device().create("c");
    for text in ["", "{}", "null", "[]", &"x".repeat(100_000)] {
        assert!(registration(text, &party()).is_err() && assertion(text, &party()).is_err(), "{}", text.len());
    }
    for (part, value) in [("authenticatorData", "AAAA"), ("publicKey", "AAAA"), ("clientDataJSON", "AAAA"), ("clientDataJSON", "%%%")] {
        let mut bent = good.clone();
        bent["response"][part] = value.into();
        assert!(registration(&bent.to_string(), &party()).is_err(), "{part}");
    }
    good["id"] = "b3RoZXI".into();
    assert!(registration(&good.to_string(), &party()).is_err(), "two ids");
}

#[test]
fn the_options_name_host_person_and_known_passkeys() {
    let holder = Holder { handle: &[1, 2, 3], email: "ann@acme.example", name: "Ann" };
    let made = creation_options(&party(), "c", &holder, &["abc".into()]);
    assert_eq!(
        (made["rp"]["id"].as_str(), made["user"]["id"].as_str(), made["attestation"].as_str()),
        (Some("desk.example"), Some("AQID"), Some("none"))
    );
    assert_eq!(made["excludeCredentials"][0]["id"], "abc");
    let asked = request_options(&party(), "c", &[], true);
    assert_eq!((asked["userVerification"].as_str(), asked["allowCredentials"].as_array().map(Vec::len)), (Some("required"), Some(0)));
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
        let read = super::data::AuthenticatorData::read(&bytes);
        assert!(bytes.len() >= 37 || read.is_none());
        assert!(!super::data::signed(-7, &bytes, b"message", &bytes), "nobody signed that");
    }

    #[test]
    fn any_text_is_refused(text in ".{0,300}") {
        assert!(registration(&text, &party()).is_err() && assertion(&text, &party()).is_err());
    }
}
