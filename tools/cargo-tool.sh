# Sourced after lib.sh.
# shellcheck shell=bash

# cargo_tool BINARY CRATE VERSION [cargo install option…]: into the cache, unless cargo's own record there has that version. The
# tools run for seconds, so they are compiled for a short build, not for speed.
cargo_tool() {
    local binary=$1 crate=$2 version=$3
    shift 3
    if [[ -x $TOOLS/bin/$binary ]] && grep -q "^\"$crate $version " "$TOOLS/.crates.toml" 2>/dev/null; then
        return 0
    fi
    step "Installing $crate $version (a minute or two, once)"
    CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
        CARGO_PROFILE_RELEASE_STRIP=true CARGO_TARGET_DIR=$TOOLS/target \
        quietly "install-$binary" cargo install "$crate" --version "$version" --root "$TOOLS" --force "$@" ||
        die "cargo could not install $crate $version." "Check that cargo reaches its registry and that the disk has 2 GB free, then run again."
}
