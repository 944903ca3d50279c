#!/usr/bin/env bash
# Drives every endpoint of the OpenAPI document of the built binary with generated requests: none may answer 5xx, or anything that the document
# does not say. Usage: fuzz-api.sh [SECONDS] [SEED]      Without SWITCHBOARD_BIN it builds the binary first.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

seconds=${1:-300}
seed=${2:-}
CHECKS=not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance,ignored_auth

# The tool in a folder of its own, once per version of everything it brings.
install_tool() {
    grep -qx "schemathesis==$SCHEMATHESIS_VERSION" "$ROOT/tools/schemathesis.txt" ||
        die "tools/versions.env and tools/schemathesis.txt name different versions of schemathesis." "Make the two equal."
    tool=$TOOLS/schemathesis-$(sha256sum <"$ROOT/tools/schemathesis.txt" | cut -c1-16)
    [[ ! -x $tool/bin/schemathesis ]] || return 0
    step "Installing schemathesis $SCHEMATHESIS_VERSION"
    has curl || need_debian curl
    has python3 && python3 -c 'import ensurepip, venv' 2>/dev/null || need_debian python3 python3-venv
    rm -rf "$tool"
    python3 -m venv "$tool"
    quietly schemathesis "$tool/bin/pip" install --quiet --disable-pip-version-check --no-deps --requirement "$ROOT/tools/schemathesis.txt" || {
        rm -rf "$tool"
        die "pip could not install schemathesis." "Check that pip reaches its registry, then run again."
    }
}

folder=
server=
clean_up() {
    local status=$?
    trap - EXIT INT TERM
    if [[ -n $server ]]; then
        kill -TERM "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    [[ -z $folder ]] || rm -rf "$folder"
    exit "$status"
}

# post PATH JSON: calls a server function with the owner's token.
post() {
    curl --silent --show-error --fail-with-body --header "Authorization: Bearer $token" --header 'Content-Type: application/json' --data "$2" "$url$1"
}

start_server() {
    folder=$(mktemp -d /tmp/switchboard-fuzz.XXXXXX)
    local http smtp
    http=$(free_port)
    smtp=$(free_port)
    url=http://127.0.0.1:$http
    export DATABASE_URL=sqlite://$folder/switchboard.db SWITCHBOARD_DATA_DIR=$folder SWITCHBOARD_HTTP_ADDR=127.0.0.1:$http
    export SWITCHBOARD_SMTP_ADDR=127.0.0.1:$smtp SWITCHBOARD_PUBLIC_URL=$url SWITCHBOARD_INBOUND_DOMAIN=inbound.example
    echo 'a sentence that nobody else uses' | "$binary" owner create --tenant Acme --email owner@acme.example --password-stdin >/dev/null
    token=$("$binary" token create --user owner@acme.example --name fuzz | grep -o 'sbt_[A-Za-z0-9_-]*')
    "$binary" serve >"$LOGS/fuzz-server.log" 2>&1 &
    server=$!
    local tries
    for tries in $(seq 200); do
        ! curl --silent --fail "$url/readyz" >/dev/null 2>&1 || break
        kill -0 "$server" 2>/dev/null || die "The server ended." "See $LOGS/fuzz-server.log"
        ((tries < 200)) || die "The server does not get ready." "See $LOGS/fuzz-server.log"
        sleep 0.1
    done
    # The sender of the document's example; nothing listens at its server.
    post /api/email/create_asset '{"name":"Care","email_address":"care@acme.example","from_name":"Acme","smtp_host":"127.0.0.1","smtp_port":"9","security":"none","username":"","password":"","max_connections":"1"}' >/dev/null
    key=$(post /api/tenant/reveal_profile_key '{}' | tr -d '"')
}

install_tool
binary=${SWITCHBOARD_BIN:-}
if [[ -z $binary ]]; then
    bash "$ROOT/tools/setup.sh"
    own_target
    (cd "$ROOT" && cargo build --package server)
    binary=$CARGO_TARGET_DIR/debug/switchboard
fi
trap clean_up EXIT INT TERM
start_server
step "schemathesis for $seconds s"
status=0
# Any FORCE_COLOR, even 0, makes it draw its progress bars into a log, thousands of lines of them.
(cd "$folder" && env -u FORCE_COLOR "$tool/bin/schemathesis" run "$url/openapi.json" --header "Authorization: Bearer $token" --header "key: $key" --checks "$CHECKS" \
    --max-time "$seconds" ${seed:+--seed "$seed"} --generation-database none --continue-on-failure --no-color --request-timeout 20 --warnings off) ||
    status=$?
kill -0 "$server" 2>/dev/null || { note "the server ended meanwhile; see $LOGS/fuzz-server.log"; status=1; }
if grep -q 'panic' "$LOGS/fuzz-server.log"; then
    note "the server's log tells of a panic; see $LOGS/fuzz-server.log"
    status=1
fi
exit "$status"
