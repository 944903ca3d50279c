#!/usr/bin/env bash
# Runs a command beside a throw-away PostgreSQL on a free loopback port, and ends that server with the command, whatever happens.
# Usage: with-postgres.sh COMMAND…      The command finds it in SWITCHBOARD_TEST_POSTGRES_URL.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# An address given from outside wins: a person may test against a server of their own.
[[ -z ${SWITCHBOARD_TEST_POSTGRES_URL:-} ]] || exec "$@"

programs=$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
[[ -x $programs/initdb ]] || die "PostgreSQL's programs are missing." "On Debian: apt-get install postgresql"

# Not under the cache: PostgreSQL refuses to run as root, and its user may not look into root's home.
folder=$(mktemp -d /tmp/switchboard-postgres.XXXXXX)
as_owner=(env)
if ((EUID == 0)); then
    as_owner=(runuser -u postgres -- env)
    chown postgres: "$folder"
fi

server=
child=
clean_up() {
    local status=$?
    trap - EXIT INT TERM
    [[ -z $child ]] || kill "$child" 2>/dev/null || true
    if [[ -n $server ]]; then
        kill -INT "$server" 2>/dev/null || true
        # Not `wait`: as root it is the child of another process.
        for _ in $(seq 100); do
            kill -0 "$server" 2>/dev/null || break
            sleep 0.1
        done
    fi
    rm -rf "$folder"
    exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

port=$(free_port)
cd /
quietly postgres-initdb "${as_owner[@]}" "$programs/initdb" --pgdata="$folder/data" --username=postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync ||
    die "PostgreSQL could not make its folder." "See the log above."
# Durability is off: these data are thrown away.
"${as_owner[@]}" "$programs/postgres" -D "$folder/data" -p "$port" -k "$folder" -c listen_addresses=127.0.0.1 -c fsync=off -c synchronous_commit=off \
    -c full_page_writes=off -c max_connections=300 -c shared_buffers=128MB -c timezone=UTC >"$LOGS/postgres.log" 2>&1 </dev/null 8>&- 9>&- &
server=$!
ready=
for _ in $(seq 100); do
    if "$programs/pg_isready" --quiet --host=127.0.0.1 --port="$port"; then
        ready=yes
        break
    fi
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
done
[[ -n $ready ]] || { tail -n 20 "$LOGS/postgres.log" >&2; die "PostgreSQL did not start." "See the log above."; }
# runuser may stand between: the signal at the end must reach the server itself.
server=$(head -n 1 "$folder/data/postmaster.pid")
note "PostgreSQL $("$programs/postgres" --version | cut -d' ' -f3) on 127.0.0.1:$port, process $server"

cd "$OLDPWD"
export SWITCHBOARD_TEST_POSTGRES_URL="postgres://postgres@127.0.0.1:$port/postgres"
"$@" &
child=$!
status=0
wait "$child" || status=$?
child=
exit "$status"
