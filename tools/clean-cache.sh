#!/usr/bin/env bash
# Removes what the scripts made. The folder must be one of ours: a mistyped SWITCHBOARD_CACHE must not cost a person their files.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[[ -d $CACHE/tools && -d $CACHE/logs && $CACHE != "$HOME" && $CACHE != / ]] || die "$CACHE does not look like Switchboard's cache." "Remove it by hand."
step "Removing tools, packages and outputs from $CACHE"
rm -rf "$CACHE"/{tools,npm,web,logs,target} "$CACHE"/*.lock
rmdir --ignore-fail-on-non-empty "$CACHE"
