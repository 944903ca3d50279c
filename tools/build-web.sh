#!/usr/bin/env bash
# Builds the console for the browser into <cache>/web/<profile>: WASM split by lazy route, its glue script, the style sheet and the
# files of public/, under a folder name made of their content.
# Usage: build-web.sh [release|dev]     release: smallest, with compressed siblings; dev: quickest
# Each stage is skipped while its inputs are the same.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

profile=${1:-release}
[[ $profile == release || $profile == dev ]] || die "Unknown profile: $profile" "Use release or dev."
own_target
alone "web-$profile"
work=$CACHE/web/work-$profile
site=$CACHE/web/$profile
node_bin=$ROOT/style/node_modules/.bin
mkdir -p "$work"
wasm=$CARGO_TARGET_DIR/wasm32-unknown-unknown/$([[ $profile == release ]] && echo wasm-release || echo debug)/client.wasm

# unchanged STAGE KEY: true when the stage has been finished with this key.
unchanged() { [[ $(cat "$work/$1.key" 2>/dev/null || true) == "$2" ]]; }
finished() { echo "$2" >"$work/$1.key"; }

compile() {
    local flags=(--package client --lib --target wasm32-unknown-unknown)
    [[ $profile == dev ]] || flags+=(--profile wasm-release)
    step "Compiling the console for the browser ($profile)"
    # leptos reads the variable while it is compiled.
    (cd "$ROOT" && LEPTOS_OUTPUT_NAME=switchboard cargo build "${flags[@]}") ||
        die "The console does not compile for the browser." "See the compiler's message above."
}

# A build with lazy routes must be split, also for development: the loader that the lazy functions import is written here.
split_and_bind() {
    local wasm=$1 out=$work/wasm
    rm -rf "$out"
    mkdir -p "$out/pkg"
    step "Splitting the WASM by lazy route"
    quietly wasm-split wasm-split-cli "$wasm" "$out/pkg" --out-name switchboard || die "The splitter failed." "See the log above."
    mv "$out/pkg/switchboard.wasm" "$out/main.wasm"
    quietly wasm-bindgen wasm-bindgen --target web --keep-lld-exports --no-demangle --remove-producers-section --no-typescript \
        --out-name switchboard --out-dir "$out/pkg" "$out/main.wasm" || die "wasm-bindgen failed." "See the log above."
    if [[ $profile == release ]]; then optimise "$out/pkg"; fi
}

# The features are those that rustc 1.95 uses for wasm32-unknown-unknown.
optimise() {
    local features=(--enable-bulk-memory --enable-bulk-memory-opt --enable-nontrapping-float-to-int --enable-reference-types
        --enable-sign-ext --enable-mutable-globals --enable-multivalue)
    step "Shrinking $(find "$1" -name '*.wasm' | wc -l) WASM files"
    shrink() {
        find "$1" -name '*.wasm' -print0 |
            xargs -0 -P "$(nproc)" -I{} "$node_bin/wasm-opt" -Oz "${features[@]}" --strip-debug --strip-producers {} -o {}
    }
    quietly wasm-opt shrink "$1" || die "wasm-opt failed." "See the log above."
}

style_sheet() {
    local minify=()
    [[ $profile == dev ]] || minify=(--minify)
    step "Making the style sheet"
    (cd "$ROOT/style" && quietly tailwind "$node_bin/tailwindcss" --input main.css --output "$work/switchboard.css" "${minify[@]}") ||
        die "Tailwind could not make the style sheet." "See the log above."
}

bash "$ROOT/tools/setup.sh"
compile
wasm_key=$(cat "$wasm" "$ROOT/tools/build-web.sh" "$ROOT/tools/versions.env" "$ROOT/style/package-lock.json" | sha256sum | cut -d' ' -f1)
if ! unchanged wasm "$wasm_key"; then
    split_and_bind "$wasm"
    finished wasm "$wasm_key"
fi
style_key=$(fingerprint "$ROOT/style" "$ROOT/app" "$ROOT/tools/build-web.sh")
if ! unchanged style "$style_key"; then
    style_sheet
    finished style "$style_key"
fi
site_key=$(cat "$work/wasm.key" "$work/style.key" <(fingerprint "$ROOT/public") "$ROOT/tools/lay-out-web.mjs" | sha256sum | cut -d' ' -f1)
if ! unchanged site "$site_key" || [[ ! -e $site/manifest.json ]]; then
    step "Laying out the web folder"
    NODE_PATH=$ROOT/style/node_modules node "$ROOT/tools/lay-out-web.mjs" "$profile" "$ROOT" "$work" "$site" ||
        die "The web folder could not be laid out." "See the message above."
    finished site "$site_key"
fi
