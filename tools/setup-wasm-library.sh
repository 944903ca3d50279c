#!/usr/bin/env bash
# The compiler's standard library for WASM: by rustup, else built from the library sources that Debian packages.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

target=wasm32-unknown-unknown
sysroot=$(rustc --print sysroot)
destination=$sysroot/lib/rustlib/$target/lib

# compgen instead of a test on the folder: an interrupted copy leaves the folder without the library.
installed() { compgen -G "$destination/libstd-*.rlib" >/dev/null && compgen -G "$destination/libcore-*.rlib" >/dev/null; }
installed && exit 0

step "Installing the Rust library for WASM"
alone wasm-library
if has rustup && rustup target add "$target" >"$LOGS/rustup-target.log" 2>&1 && installed; then
    exit 0
fi

# --- without rustup's server ------------------------------------------------------------------------------------------
version=$(rustc --version | cut -d' ' -f2)
note "rustup did not deliver it; building it from Debian's rust-src $version ($RUST_SOURCE_SUITE)"
has apt-get || die "Neither rustup nor apt-get can deliver the WASM library." "Run on a machine with network: rustup target add $target"
[[ -w $sysroot/lib/rustlib ]] || die "$sysroot is not writable by this user." "Run as the owner of the toolchain: rustup target add $target"

work=$(mktemp -d "$CACHE/wasm-library.XXXXXX")
source_was_there=
[[ ! -e $sysroot/lib/rustlib/src ]] || source_was_there=yes
clean_up() {
    rm -rf "$work"
    [[ -n $source_was_there ]] || rm -rf "$sysroot/lib/rustlib/src"
}
trap clean_up EXIT

# The mirror that this machine's own sources name; the distribution's entry, not a third party's.
debian_mirror() {
    cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
        sed -n 's/^deb \(\[[^]]*\] \)\?\([^ ]*\) .*/\2/p' >"$work/mirrors"
    cat /etc/apt/sources.list.d/*.sources 2>/dev/null | sed -n 's/^URIs: *\([^ ]*\).*/\1/p' >>"$work/mirrors"
    grep -E '/debian/?$' "$work/mirrors" | head -n 1
}
mirror=$(debian_mirror) || die "No Debian mirror stands in /etc/apt." "Run on a machine with network: rustup target add $target"

# apt with a configuration, lists and a cache of its own: it checks the suite's signature and the file's SHA256, needs no root, and
# leaves the machine's own configuration alone.
mkdir -p "$work"/apt/{lists/partial,cache/archives/partial,parts}
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $RUST_SOURCE_SUITE main" >"$work/apt/sources.list"
touch "$work/apt/status"
apt_options=(
    -o "Dir::Etc::sourcelist=$work/apt/sources.list" -o "Dir::Etc::sourceparts=$work/apt/parts"
    -o "Dir::Etc::preferencesparts=$work/apt/parts" -o "Dir::State::lists=$work/apt/lists" -o "Dir::State::status=$work/apt/status"
    -o "Dir::Cache=$work/apt/cache" -o "APT::Sandbox::User=$(id -un)"
)
quietly rust-source-list apt-get "${apt_options[@]}" update ||
    die "The package list of $RUST_SOURCE_SUITE could not be read." "Run on a machine with network: rustup target add $target"
package_version=$(apt-cache "${apt_options[@]}" madison rust-src | awk -F' *[|] *' -v want="$version" 'index($2, want) == 1 { print $2; exit }')
[[ -n $package_version ]] ||
    die "$RUST_SOURCE_SUITE has no rust-src $version." "Use a compiler that it has: $(apt-cache "${apt_options[@]}" madison rust-src | awk -F' *[|] *' '{print $2}' | xargs)"
download() { cd "$work" && apt-get "${apt_options[@]}" download "rust-src=$package_version"; }
quietly rust-source download || die "rust-src $package_version could not be downloaded." "Check the network, then run again."
dpkg-deb -x "$work"/rust-src_*.deb "$work/package"

if [[ -z $source_was_there ]]; then
    mkdir -p "$sysroot/lib/rustlib/src/rust"
    cp -r "$work/package/usr/src/rustc-$version/library" "$sysroot/lib/rustlib/src/rust/library"
fi
mkdir -p "$work/empty/src"
printf '[package]\nname = "empty"\nversion = "0.0.0"\nedition = "2024"\n[workspace]\n' >"$work/empty/Cargo.toml"
echo '#![no_std]' >"$work/empty/src/lib.rs"
# -Cembed-bitcode: without it link-time optimisation later fails with "failed to get bitcode from object file".
build() {
    cd "$work/empty" && env -u CARGO_BUILD_TARGET RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Cembed-bitcode=yes \
        CARGO_TARGET_DIR="$work/target" cargo build --release --target "$target" -Zbuild-std=std,panic_abort,panic_unwind,proc_macro,test
}
quietly rust-library build || die "The WASM library did not compile." "See the log above; the machine needs a network to the Rust registry."
mkdir -p "$destination"
for library in "$work/target/$target"/release/deps/lib*.rlib; do
    [[ $(basename "$library") == libempty-* ]] || cp "$library" "$destination/"
done
installed || die "The build made no library." "Look into $LOGS/rust-library.log"
note "installed into $destination"
