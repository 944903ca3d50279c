#!/usr/bin/env bash
# Builds the release and becomes it. Usage: run.sh [SUBCOMMAND [ARGUMENT…]]     without one: serve
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

started=$SECONDS
bash "$ROOT/tools/build-server.sh"
note "built in $((SECONDS - started)) s"
cd "$ROOT"
(($# > 0)) || set -- serve
step "switchboard $*"
exec "$CARGO_TARGET_DIR/release/switchboard" "$@"
