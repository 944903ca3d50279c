#!/usr/bin/env bash
# Gets everything that a build needs. Fast when all is there. Touches nothing outside the cache but the compiler's WASM library.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$ROOT/tools/cargo-tool.sh"

check_toolchain() {
    has cargo && has rustc || die "Rust is missing." "Install Rust $RUST_MINIMUM or newer (https://rustup.rs), then run again."
    local rust node
    rust=$(rustc --version | cut -d' ' -f2)
    at_least "$RUST_MINIMUM" "$rust" || die "rustc is $rust; Switchboard needs $RUST_MINIMUM or newer." "Run: rustup update stable"
    has cc || die "A C compiler is missing." "On Debian: apt-get install build-essential"
    has node && has npm || die "Node.js is missing." "Install Node.js $NODE_MINIMUM or newer with npm, then run again."
    node=$(node --version | tr -d v)
    at_least "$NODE_MINIMUM" "$node" || die "Node.js is $node; Switchboard needs $NODE_MINIMUM or newer." "Install a newer Node.js, then run again."
}

check_versions_agree() {
    local locked
    locked=$(grep -A1 '^name = "wasm-bindgen"$' "$ROOT/Cargo.lock" | sed -n 's/^version = "\(.*\)"/\1/p')
    [[ $locked == "$WASM_BINDGEN_VERSION" ]] ||
        die "Cargo.lock has wasm-bindgen $locked, tools/versions.env has $WASM_BINDGEN_VERSION." "Make the two equal."
}

check_toolchain
check_versions_agree
bash "$ROOT/tools/setup-wasm-library.sh"
alone setup
# wasm-bindgen-cli without --locked: its lock file asks for a newer compiler.
cargo_tool wasm-bindgen wasm-bindgen-cli "$WASM_BINDGEN_VERSION"
cargo_tool wasm-split-cli wasm_split_cli_support "$WASM_SPLIT_VERSION" --features build-binary
rm -rf "$TOOLS/target"
need_node_packages "$ROOT/style"
