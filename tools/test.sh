#!/usr/bin/env bash
# Everything that must be true before a change goes in. Usage: test.sh     ONLY="format lint rust api browser" picks parts.
# Every part runs even when an earlier one failed, unless it needs what failed; the table at the end says what happened.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

ONLY=${ONLY:-format lint rust api browser}
# release: the files that people get. dev: quicker to make.
WEB=${WEB:-release}
# All packages but the WASM entry: in one native build its features would switch the console to browser mode for the server too.
native=(--workspace --exclude client)
table=()
failed=0
passed_count=0
failed_count=0

wants() { [[ " $ONLY " == *" $1 "* ]]; }

# part NAME COMMAND…: runs it and keeps its result and time for the table.
part() {
    local name=$1 started=$SECONDS status=0
    shift
    step "$name"
    "$@" || status=$?
    if ((status == 0)); then
        table+=("$(printf '  passed  %5d s  %s' $((SECONDS - started)) "$name")")
    else
        table+=("$(printf '  FAILED  %5d s  %s' $((SECONDS - started)) "$name")")
        failed=1
    fi
    return "$status"
}

# shown LOG COMMAND…: the output on the screen and in a log that the counts are read from.
shown() {
    local log=$LOGS/$1.log
    shift
    "$@" 2>&1 | tee "$log"
}

# number LOG PATTERN: the number before the words in the last line that has them, 0 without one.
number() {
    local found
    found=$(sed 's/\x1b\[[0-9;]*m//g' "$LOGS/$1.log" | grep -oE "$2" | tail -n 1 | grep -oE '[0-9]+ [a-z ]+$' | cut -d' ' -f1 || true)
    echo "${found:-0}"
}

# The runners' closing lines: nextest "Summary […] 9 tests run: 7 passed, 1 failed, 1 timed out, 0 skipped"; Playwright one line each.
count_rust() {
    local word
    passed_count=$((passed_count + $(number nextest 'Summary \[.*: [0-9]+ passed')))
    for word in failed 'timed out' 'exec failed'; do
        failed_count=$((failed_count + $(number nextest "Summary \\[.* [0-9]+ $word")))
    done
}
count_browser() {
    local word
    passed_count=$((passed_count + $(number playwright '^ +[0-9]+ passed')))
    for word in failed flaky interrupted 'did not run'; do
        failed_count=$((failed_count + $(number playwright "^ +[0-9]+ $word")))
    done
}

rust_tests() {
    local status=0
    shown nextest bash "$ROOT/tools/with-postgres.sh" cargo nextest run "${native[@]}" --no-fail-fast || status=$?
    count_rust
    return "$status"
}

# Without the variable the binary serves the files that it carries, as at people's.
browser_tests() {
    local status=0
    (cd "$ROOT/end2end" && shown playwright bash "$ROOT/tools/with-postgres.sh" env -u SWITCHBOARD_WEB_DIR node_modules/.bin/playwright test) || status=$?
    count_browser
    return "$status"
}

# Short, with a seed: the same requests each time. `make fuzz-api` takes five minutes and others.
api_requests() { bash "$ROOT/tools/fuzz-api.sh" 40 20260101; }

browser_types() { (cd "$ROOT/end2end" && node_modules/.bin/tsc --noEmit); }
web_build() { bash "$ROOT/tools/build-web.sh" "$WEB"; }
# The test targets and the binary in one go, so that both share one set of dependencies.
native_build() { cargo build "${native[@]}" --bins --tests; }

cd "$ROOT"
bash tools/setup-test.sh
own_target
export SWITCHBOARD_WEB_DIR=$CACHE/web/$WEB
# The server's build script reads this folder, and the lints come before there is a console to put into it.
mkdir -p "$SWITCHBOARD_WEB_DIR"
export SWITCHBOARD_BIN=$CARGO_TARGET_DIR/debug/switchboard
export CHROMIUM=${CHROMIUM:-/usr/bin/chromium}

if wants format; then part "Formatting" cargo fmt --all --check || true; fi
if wants lint; then
    part "Clippy, server side" cargo clippy "${native[@]}" --all-targets -- -D warnings || true
    part "Clippy, browser side" cargo clippy --package client --target wasm32-unknown-unknown -- -D warnings || true
fi
if wants rust || wants browser || wants api; then
    web_ready=yes
    part "The console for the browser ($WEB)" web_build || web_ready=
    if part "Binary and tests" native_build; then
        if wants rust; then part "Rust tests: unit, SQLite and PostgreSQL, black box, real peers" rust_tests || true; fi
        if wants api; then part "REST endpoints under generated requests" api_requests || true; fi
        if wants browser && [[ -n $web_ready ]]; then
            part "Types of the browser tests" browser_types || true
            part "Browser tests in Chromium" browser_tests || true
        fi
    fi
fi

step "Result"
printf '%s\n' "${table[@]}"
if ((failed != 0 && failed_count == 0)); then failed_count=1; fi
printf '%d passed, %d failed\n' "$passed_count" "$failed_count"
exit "$failed"
