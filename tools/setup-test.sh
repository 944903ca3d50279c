#!/usr/bin/env bash
# Gets what the tests need beyond a build: real peers from Debian, the test runner, the browser tests' packages.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

bash "$ROOT/tools/setup.sh"
# fonts: a bare machine has none, and pages would be measured and photographed with empty boxes.
need_debian postfix dovecot-core postgresql chromium sqlite3 swaks libnet-ssleay-perl libio-socket-ssl-perl fonts-dejavu-core fonts-liberation2
rustfmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1 ||
    rustup component add rustfmt clippy || die "rustfmt or clippy is missing." "Run: rustup component add rustfmt clippy"
if ! cargo nextest --version >/dev/null 2>&1; then
    source "$ROOT/tools/cargo-tool.sh"
    alone setup
    cargo_tool cargo-nextest cargo-nextest "$NEXTEST_VERSION" --locked
    rm -rf "$TOOLS/target"
fi
need_node_packages "$ROOT/end2end"
