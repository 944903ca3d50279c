//! What the sources say every server function takes, so that a new argument cannot be left out of the crossing.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use anyhow::{Context, Result};
use app::shell::ROOMS;
use syn::{Attribute, FnArg, Item, ItemFn, Pat, Type};

use crate::{call::Field, calls::calls};

fn parse_folder(folder: &str) -> Result<Vec<Item>> {
    let mut items = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                items.extend(syn::parse_file(&std::fs::read_to_string(&path)?)?.items);
            }
        }
    }
    Ok(items)
}

/// Names of the fields of every struct of the model.
fn structs() -> Result<BTreeMap<String, Vec<String>>> {
    let mut structs = BTreeMap::new();
    for item in parse_folder("app/model/src")? {
        if let Item::Struct(item) = item {
            let fields = item.fields.iter().filter_map(|field| field.ident.as_ref()).map(ToString::to_string).collect();
            structs.insert(item.ident.to_string(), fields);
        }
    }
    Ok(structs)
}

fn endpoint(attributes: &[Attribute]) -> Option<String> {
    let attribute = attributes.iter().find(|attribute| attribute.path().is_ident("server"))?;
    let tokens = quote::quote!(#attribute).to_string();
    let text = tokens.split("endpoint = \"").nth(1)?.split('"').next()?.to_owned();
    Some(format!("/api/{text}"))
}

/// Dotted names of everything one function takes.
fn arguments(function: &ItemFn, structs: &BTreeMap<String, Vec<String>>) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for input in &function.sig.inputs {
        let FnArg::Typed(input) = input else { continue };
        let Pat::Ident(name) = &*input.pat else { continue };
        let Type::Path(kind) = &*input.ty else { anyhow::bail!("{}: an argument of an unknown type", function.sig.ident) };
        let kind = kind.path.segments.last().context("a type has a name")?.ident.to_string();
        let flat =
            input.attrs.iter().any(|attribute| attribute.path().is_ident("server") && quote::quote!(#attribute).to_string().contains("flatten"));
        if kind == "MultipartData" {
            for form in forms_of(&function.sig.ident.to_string())? {
                names.extend(structs.get(*form).with_context(|| format!("there is no {form}"))?.iter().cloned());
            }
            continue;
        }
        match structs.get(&kind).filter(|fields| !fields.is_empty()) {
            None => drop(names.insert(name.ident.to_string())),
            Some(fields) if flat => names.extend(fields.iter().cloned()),
            Some(fields) => names.extend(fields.iter().map(|field| format!("{}.{field}", name.ident))),
        }
    }
    Ok(names)
}

/// The forms that an upload is read into.
fn forms_of(function: &str) -> Result<&'static [&'static str]> {
    match function {
        "compose" => Ok(&["ComposeForm", "ScheduleForm"]),
        "change_schedule_mail" => Ok(&["ComposeForm", "MailChange"]),
        "check_import" => Ok(&["ImportForm"]),
        other => anyhow::bail!("{other} takes an upload: say which forms it is read into"),
    }
}

#[test]
fn every_argument_of_every_endpoint_is_known_here() -> Result<()> {
    let structs = structs()?;
    let mut found = BTreeMap::new();
    for item in parse_folder("app/src")? {
        if let Item::Fn(function) = item
            && let Some(path) = endpoint(&function.attrs)
        {
            found.insert(path, arguments(&function, &structs)?);
        }
    }
    for path in ROOMS.iter().flat_map(|room| room.endpoints).map(|endpoint| endpoint.path) {
        let arguments = found.get(path).with_context(|| format!("no server function has the endpoint {path}"))?;
        let calls: Vec<_> = calls().filter(|call| call.path == path).collect();
        assert!(!calls.is_empty(), "{path} is not tried across tenants: list it in calls.rs");
        for call in calls {
            let listed: BTreeSet<_> = call.fields.iter().map(|(name, _)| (*name).to_owned()).collect();
            assert_eq!(&listed, arguments, "{path} takes other arguments than calls.rs lists: say which of them hold an identifier");
        }
    }
    let listed: BTreeSet<_> = calls().map(|call| call.path.to_owned()).collect();
    assert_eq!(listed, found.into_keys().collect());
    Ok(())
}

/// Look like identifiers of ours and are none: a customer's id is given by the tenant's other systems, and mail that leaves later answers no
/// conversation, so that a thread is refused whoever's it is. `send` of an import says whether invitations are mailed.
const NO_IDENTIFIERS: &[(&str, &str)] = &[
    ("/api/people/create_profile", "customer_id"),
    ("/api/people/update_profile", "customer_id"),
    ("/api/people/start_import", "send"),
    ("/api/email/change_schedule_mail", "thread"),
];

#[test]
fn what_looks_like_an_identifier_is_treated_as_one() {
    for call in calls() {
        for (name, field) in call.fields {
            let last = name.rsplit('.').next().unwrap_or_default();
            let looks = ["id", "asset", "send", "thread", "message", "user", "inbound", "attachment"].contains(&last) || last.ends_with("_id");
            let others = calls().filter(|other| other.path == call.path).flat_map(|other| other.fields);
            let treated =
                others.filter(|(other, _)| other == name).any(|(_, field)| matches!(field, Field::Id(_) | Field::Ids(_) | Field::Filter(_)));
            assert!(
                !looks || treated || NO_IDENTIFIERS.contains(&(call.path, *name)),
                "{}: {name} looks like an identifier and is listed as {field:?}",
                call.path
            );
        }
    }
}
