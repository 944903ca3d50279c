#!/usr/bin/env bash
# Measures the release binary against the yardsticks, on this machine, one after the other.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

bash "$ROOT/tools/setup-test.sh"
own_target
bash "$ROOT/tools/build-server.sh" release
export SWITCHBOARD_BIN=$CARGO_TARGET_DIR/release/switchboard
export SWITCHBOARD_WEB_DIR=$CACHE/web/release
export CHROMIUM=${CHROMIUM:-/usr/bin/chromium}
cd "$ROOT"
step "Measuring"
bash tools/with-postgres.sh cargo run --release --package tests --bin bench -- "$@"
