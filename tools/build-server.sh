#!/usr/bin/env bash
# Usage: build-server.sh [release|dev]
# release: the web folder, and then the binary with that folder inside: <target>/release/switchboard
# dev: the binary alone, which serves the folder that SWITCHBOARD_WEB_DIR names when it runs: <target>/debug/switchboard
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

profile=${1:-release}
[[ $profile == release || $profile == dev ]] || die "Unknown profile: $profile" "Use release or dev."
own_target
unset SWITCHBOARD_WEB_DIR
flags=()
if [[ $profile == release ]]; then
    bash "$ROOT/tools/build-web.sh" release
    export SWITCHBOARD_WEB_DIR=$CACHE/web/release
    flags=(--release)
fi
step "Compiling the server ($profile)"
(cd "$ROOT" && cargo build --package server "${flags[@]}") || die "The server does not compile." "See the compiler's message above."
