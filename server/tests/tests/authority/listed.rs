//! The lists that the matrix is made of hold everything that answers.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use anyhow::{Context, Result};
use app::shell::{ROOMS, pages};
use server::http::routes::{REST, registered_server_functions};
use syn::{Expr, ExprMethodCall, ItemConst, Lit, visit::Visit};

fn source(path: &str) -> Result<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
}

#[test]
fn every_server_function_stands_in_the_rooms_and_the_other_way_round() {
    let listed: BTreeSet<_> = ROOMS.iter().flat_map(|room| room.endpoints).map(|endpoint| endpoint.path).collect();
    let registered: BTreeSet<_> = registered_server_functions().into_iter().map(|(path, _)| path).collect();
    assert!(registered.len() > 20, "only {} server functions are compiled in: the registration is broken", registered.len());
    let unlisted: Vec<_> = registered.difference(&listed).collect();
    assert!(unlisted.is_empty(), "these server functions stand in no room's list: {unlisted:?}");
    let gone: Vec<_> = listed.difference(&registered).collect();
    assert!(gone.is_empty(), "these endpoints are listed and no server function has them: {gone:?}");
}

/// The text of a literal.
fn text(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

/// `const NAME: &str = "…"` of the files of the HTTP edge, and how the router is built.
#[derive(Default)]
struct Edge {
    constants: BTreeMap<String, String>,
    /// Path and methods.
    routes: Vec<(Expr, BTreeSet<String>)>,
    /// Other ways to make a router answer.
    others: BTreeSet<String>,
}

/// Functions of `axum::routing` named in an expression.
struct Methods(BTreeSet<String>);

impl<'ast> Visit<'ast> for Methods {
    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        let name = path.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        if ["get", "post", "put", "patch", "delete", "any", "on", "head", "options"].contains(&name.as_str()) {
            self.0.insert(name.to_uppercase());
        }
    }
}

impl<'ast> Visit<'ast> for Edge {
    fn visit_item_const(&mut self, item: &'ast ItemConst) {
        if let Some(value) = text(&item.expr) {
            self.constants.insert(item.ident.to_string(), value);
        }
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        let name = call.method.to_string();
        if name == "route" && call.args.len() == 2 {
            let mut methods = Methods(BTreeSet::new());
            methods.visit_expr(&call.args[1]);
            self.routes.push((call.args[0].clone(), methods.0));
        } else if ["nest", "merge", "nest_service", "route_service", "fallback_service"].contains(&name.as_str()) {
            self.others.insert(name);
        }
        syn::visit::visit_expr_method_call(self, call);
    }
}

fn edge() -> Result<Edge> {
    let mut edge = Edge::default();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src/http");
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                edge.visit_file(&syn::parse_file(&std::fs::read_to_string(&path)?)?);
            }
        }
    }
    Ok(edge)
}

#[test]
fn every_route_of_the_router_is_listed_with_a_guard() -> Result<()> {
    let edge = edge()?;
    assert!(edge.others.is_empty(), "the router gets routes by {:?}, which this test cannot see into", edge.others);
    let mut served = BTreeSet::new();
    for (path, methods) in &edge.routes {
        let known = match path {
            Expr::Path(path) => path.path.segments.last().and_then(|name| edge.constants.get(&name.ident.to_string()).cloned()),
            other => text(other),
        };
        let path = known.context("the path of a route is a literal or a constant of server/src/http")?;
        assert_eq!(methods.len(), 1, "{path} is served by {methods:?}: one method a route");
        served.extend(methods.iter().map(|method| format!("{method} {path}")));
    }
    let mut listed: BTreeSet<_> = REST.iter().map(|route| format!("{} {}", route.method, route.path)).collect();
    listed.insert("POST /api/{*path}".to_owned());
    assert_eq!(served, listed);
    Ok(())
}

#[test]
fn every_page_of_the_console_is_listed_with_a_guard() -> Result<()> {
    let routes = source("app/src/shell/app.rs")?;
    let mut routed = BTreeSet::new();
    for piece in routes.split("<Route path=path!(\"").skip(1) {
        let path = piece.split('"').next().unwrap_or_default().trim_start_matches('/');
        if path != "*any" {
            routed.insert(format!("/{path}"));
        }
    }
    assert!(routed.len() > 10, "only {} pages found: the reader of routes is broken", routed.len());
    let listed: BTreeSet<_> = pages().map(|page| page.pattern.to_owned()).collect();
    assert_eq!(routed, listed);
    Ok(())
}

#[test]
fn every_server_function_asks_for_its_pass_first() -> Result<()> {
    let mut checked = 0;
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../../app/src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let file = syn::parse_file(&std::fs::read_to_string(&path)?)?;
            for item in &file.items {
                let syn::Item::Fn(function) = item else { continue };
                if function.attrs.iter().any(|attribute| attribute.path().is_ident("server")) {
                    let first =
                        function.block.stmts.first().map(|statement| quote::quote!(#statement).to_string().replace(' ', "")).unwrap_or_default();
                    let asks = ["authorise(Capability::", "shell::public().await?", "=public().await?", "shell::operator().await?"]
                        .iter()
                        .any(|pass| first.contains(pass));
                    assert!(asks, "{} in {}: the first line obtains the pass, not `{first}`", function.sig.ident, path.display());
                    checked += 1;
                }
            }
        }
    }
    assert_eq!(checked, registered_server_functions().len());
    Ok(())
}
