#!/usr/bin/env bash
# Puts the self-contained binary into dist/, and proves that it serves the console from an empty folder.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

bash "$ROOT/tools/build-server.sh"
mkdir -p "$ROOT/dist"
install -m 755 "$CARGO_TARGET_DIR/release/switchboard" "$ROOT/dist/switchboard"

step "Trying the binary alone in an empty folder"
empty=$(mktemp -d)
server=
clean_up() {
    [[ -z $server ]] || kill "$server" 2>/dev/null || true
    [[ -z $server ]] || wait "$server" 2>/dev/null || true
    rm -rf "$empty"
}
trap clean_up EXIT
cp "$ROOT/dist/switchboard" "$empty/"
http=$(free_port) smtp=$(free_port)
(cd "$empty" && exec env -u SWITCHBOARD_WEB_DIR -u DATABASE_URL SWITCHBOARD_HTTP_ADDR="127.0.0.1:$http" SWITCHBOARD_SMTP_ADDR="127.0.0.1:$smtp" \
    ./switchboard serve >"$LOGS/dist.log" 2>&1) &
server=$!
node "$ROOT/tools/try-console.mjs" "http://127.0.0.1:$http" "$CACHE/web/release/manifest.json" || {
    tail -n 20 "$LOGS/dist.log" >&2
    die "The binary alone does not serve the console." "See the log above."
}
note "dist/switchboard: $(du -h "$ROOT/dist/switchboard" | cut -f1)"
