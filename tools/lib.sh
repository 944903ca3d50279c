# Shared by the scripts of this folder; sourced, never run.
# shellcheck shell=bash

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=versions.env
source "$ROOT/tools/versions.env"

CACHE=${SWITCHBOARD_CACHE:-$HOME/.cache/switchboard}
mkdir -p "$CACHE"
CACHE=$(cd "$CACHE" && pwd)
TOOLS=$CACHE/tools
LOGS=$CACHE/logs
mkdir -p "$TOOLS/bin" "$LOGS"

export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$CACHE/target}
export PATH="$TOOLS/bin:$PATH"

if [[ -t 1 && -z ${CI:-} ]]; then
    BOLD=$'\e[1m' DIM=$'\e[2m' RED=$'\e[31m' PLAIN=$'\e[0m'
else
    BOLD='' DIM='' RED='' PLAIN=''
    export CARGO_TERM_PROGRESS_WHEN=never NEXTEST_HIDE_PROGRESS_BAR=1
fi

# step TEXT…: the heading of a step.
step() { printf '%s▸ %s%s\n' "$BOLD" "$*" "$PLAIN"; }

# note TEXT…: a detail under the heading.
note() { printf '  %s%s%s\n' "$DIM" "$*" "$PLAIN"; }

# die WHAT [WHAT TO DO]: ends the script with both sentences.
die() {
    printf '%s✗ %s%s\n' "$RED" "$1" "$PLAIN" >&2
    [[ $# -lt 2 ]] || printf '  → %s\n' "$2" >&2
    exit 1
}

# quietly NAME COMMAND…: runs it with its output in a log and one line per 10 s, so that a long step is seen to live.
# On failure the end of the log is shown; the status is the command's.
quietly() {
    local name=$1 log=$LOGS/$1.log started=$SECONDS status=0 pid last
    shift
    "$@" >"$log" 2>&1 </dev/null &
    pid=$!
    while kill -0 "$pid" 2>/dev/null; do
        sleep 0.2
        if ((SECONDS - started > 0 && (SECONDS - started) % 10 == 0 && SECONDS != ${last:-0})); then
            last=$SECONDS
            note "$name: $((SECONDS - started)) s  $(tail -n 1 "$log" | tr -d '\r' | cut -c1-100)"
        fi
    done
    wait "$pid" || status=$?
    if ((status != 0)); then
        tail -n 40 "$log" >&2
        printf '  the whole log: %s\n' "$log" >&2
    fi
    return "$status"
}

# has COMMAND: whether it is on the PATH or among the system's programs.
has() { PATH="$PATH:/usr/sbin:/sbin" command -v "$1" >/dev/null 2>&1; }

# at_least WANTED FOUND: compares dotted versions.
at_least() { [[ $(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1) == "$1" ]]; }

# fingerprint PATH…: one hash over names and contents of files and folders.
fingerprint() {
    find "$@" \( -name node_modules -o -name target \) -prune -o -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c1-64
}

# alone NAME: takes a lock until the script ends, so that two checkouts do not work on the same folder of the cache.
alone() {
    exec 9>"$CACHE/$1.lock"
    if ! flock --nonblock 9; then
        note "waiting for another run that holds $CACHE/$1.lock"
        flock 9
    fi
}

# own_target: before cargo. Checkouts share one target folder, so that a fresh clone compiles no dependency again; but cargo names
# the workspace's own packages alike in every checkout and goes by the age of their sources, so it would take another checkout's for
# this one's. Hence one checkout at a time, and after a change of checkout their marks go. Held until the calling script ends.
own_target() {
    [[ -z ${SWITCHBOARD_BUILD_TARGET_HELD:-} ]] || return 0
    export SWITCHBOARD_BUILD_TARGET_HELD=yes
    mkdir -p "$CARGO_TARGET_DIR"
    exec 8>"$CARGO_TARGET_DIR/.checkout.lock"
    if ! flock --nonblock 8; then
        note "waiting for another run that builds in $CARGO_TARGET_DIR"
        flock 8
    fi
    local owner=$CARGO_TARGET_DIR/.checkout name
    [[ $(cat "$owner" 2>/dev/null || true) != "$ROOT" ]] || return 0
    while IFS= read -r name; do
        find "$CARGO_TARGET_DIR" -maxdepth 4 -type d -path "*/.fingerprint/$name-*" -regex ".*/$name-[0-9a-f]+" -prune -exec rm -rf {} +
    done < <(find "$ROOT/app" "$ROOT/server" -name Cargo.toml -not -path '*/node_modules/*' -exec sed -n '0,/^name = /s/^name = "\(.*\)"/\1/p' {} \;)
    echo "$ROOT" >"$owner"
}

# free_port: a loopback port that was free a moment ago.
free_port() { node -e 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})'; }

# need_debian PACKAGE…: installs those that are missing, without questions and without starting their services.
need_debian() {
    local package missing=()
    has dpkg-query || die "This is not a Debian machine." "Install what provides these and run again: $*"
    for package in "$@"; do
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true) == installed ]] || missing+=("$package")
    done
    ((${#missing[@]} > 0)) || return 0
    step "Installing Debian packages: ${missing[*]}"
    if ((EUID == 0)); then
        bash "$ROOT/tools/install-debian.sh" "${missing[@]}"
    elif has sudo; then
        sudo SWITCHBOARD_CACHE="$CACHE" bash "$ROOT/tools/install-debian.sh" "${missing[@]}"
    else
        die "These Debian packages are missing and this user may not install them." "As root: apt-get install --no-install-recommends ${missing[*]}"
    fi
}

# need_node_packages FOLDER: `npm ci` into the cache, once per lock file, linked as FOLDER/node_modules.
need_node_packages() {
    local folder=$1 name key store temporary
    name=$(basename "$folder")
    key=$(cat "$folder/package.json" "$folder/package-lock.json" | sha256sum | cut -c1-16)
    store=$CACHE/npm/$name-$key
    if [[ ! -d $store/node_modules ]]; then
        step "Installing the Node packages of $name/"
        temporary=$store.$$
        mkdir -p "$temporary"
        cp "$folder/package.json" "$folder/package-lock.json" "$temporary/"
        quietly "npm-$name" npm ci --prefix "$temporary" --omit-lockfile-registry-resolved --no-audit --no-fund --no-update-notifier ||
            die "npm could not install the packages of $name/." "Check that npm reaches its registry, then run again."
        mv -T "$temporary" "$store" 2>/dev/null || rm -rf "$temporary"
    fi
    if [[ $(readlink "$folder/node_modules" 2>/dev/null || true) != "$store/node_modules" ]]; then
        rm -rf "$folder/node_modules"
        ln -s "$store/node_modules" "$folder/node_modules"
    fi
}
