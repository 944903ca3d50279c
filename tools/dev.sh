#!/usr/bin/env bash
# Live reload: see dev.mjs. Usage: dev.sh
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

bash "$ROOT/tools/setup.sh"
export SWITCHBOARD_WEB_DIR=$CACHE/web/dev
export SWITCHBOARD_BIN=$CARGO_TARGET_DIR/debug/switchboard
cd "$ROOT"
exec node tools/dev.mjs
