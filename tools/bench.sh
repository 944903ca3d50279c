#!/usr/bin/env bash
# Measures the release binary against the yardsticks, on this machine, one after the other.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

bash "$ROOT/tools/setup-test.sh"
own_target
bash "$ROOT/tools/build-server.sh" release
export SWITCHBOARD_BIN=$CARGO_TARGET_DIR/release/switchboard
# The binary serves the files that it carries, compressed beforehand, as at people's.
unset SWITCHBOARD_WEB_DIR
export CHROMIUM=${CHROMIUM:-/usr/bin/chromium}
cd "$ROOT"
step "Measuring"
# The tool that loads and measures is a development build: what is measured is the release binary.
bash tools/with-postgres.sh cargo run --package tests --bin bench -- "$@"
