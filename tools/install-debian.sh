#!/usr/bin/env bash
# As root: installs Debian packages without a question. Services they bring are neither started now nor enabled for the next boot.
# Usage: install-debian.sh PACKAGE…
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
export DEBIAN_FRONTEND=noninteractive

policy=/usr/sbin/policy-rc.d
policy_is_ours=
clean_up() { [[ -z $policy_is_ours ]] || rm -f "$policy"; }
trap clean_up EXIT
if [[ ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
    policy_is_ours=yes
fi

quietly apt-update apt-get update || die "apt-get update failed." "Check the network and /etc/apt, then run again."

# --no-remove: never take another mail server or tool away from a person's machine.
apt_install() {
    apt-get install --yes --no-install-recommends --no-remove -o Dpkg::Options::=--force-confold "$@"
}

for package in "$@"; do
    case $package in
        postfix)
            echo 'postfix postfix/main_mailer_type select No configuration' | debconf-set-selections
            ;;
        postgresql)
            # The tests make a throw-away cluster of their own; Debian's package would make and start one.
            quietly apt-postgresql-common apt_install postgresql-common || die "apt-get could not install postgresql-common." "See the log above."
            if [[ -f /etc/postgresql-common/createcluster.conf ]]; then
                sed -i 's/^#\?create_main_cluster *=.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf
            fi
            ;;
    esac
done
quietly apt-install apt_install "$@" ||
    die "apt-get could not install: $*" "See the log above. When it wants to remove another package (as another mail server), install these by hand."

if [[ -d /run/systemd/system ]]; then
    for service in postfix dovecot postgresql; do
        for package in "$@"; do
            case $package in "$service" | "$service"-core) systemctl disable --quiet "$service" 2>/dev/null || true ;; esac
        done
    done
fi
