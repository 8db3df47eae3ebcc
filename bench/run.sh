#!/usr/bin/env bash
# Runs Ferry and others side by side and prints what each took. `bench/run.sh --help` says more.
set -euo pipefail

usage() {
    cat <<'TXT'
usage: bench/run.sh [--rounds N] [--long] [--small] [--write] [--dir DIR] [--no-install] [--no-build] [ROW…]

Publishes Ferry as people install it (and builds it), starts a Prosody and an sshd of its own on free loopback ports, and measures whole programs from outside, ours and theirs
taking turns: wall time, processor time and peak memory. Without ROW all rows are run and docs/performance.md is written.

  s5b        1 GiB by a direct SOCKS5 bytestream, beside scp, slixmpp, libpurple and a bare program that hashes, too
  proxy      256 MiB through Prosody's proxy65, beside slixmpp and beside plain sockets: what that proxy can carry
  ibb        in-band: 20 MB through Prosody, beside libpurple and slixmpp; 50 and 200 MB through `ferry up`
  firstbyte  from acceptance to the end of a file of one byte: on a good path, and behind ten dead streamhosts
  many       100 transfers of 1 MiB side by side, by the library
  startup    `ferry --help`, as published and as built
  relay      ferryd's SOCKS5 relay beside HAProxy, Prosody's and ejabberd's proxies: one stream and twenty
  relayidle  9,000 idle streams, 50,000 silent connections
  index      a million files of a thousand owners in SQLite and in PostgreSQL, searches, publishing

  --rounds N    how often each is run (5); medians are reported
  --long        also 10 GiB, to see that memory stays flat
  --small       a sixteenth of the bytes: to try the harness
  --write       put the rows that are run into docs/performance.md though not all are
  --dir DIR     where files come from and go to (a temporary folder)
  --no-install  take what is installed; what is missing is left out
  --no-build    take what is built

Debian's packages that are missing are installed by apt, as root or with sudo: prosody, lua-sec, openssl, python3-slixmpp, openssh-client,
openssh-server, libpurple0, libpurple-dev, libssl-dev, gcc, libc6-dev, pkg-config, haproxy, ejabberd, postgresql. None of them is left running, and none starts as a service.
TXT
}

rows=() install=yes build=yes options=()
while [ $# -gt 0 ]; do
    case $1 in
        --rounds | --dir) [ $# -gt 1 ] || { usage >&2; exit 2; }; options+=("$1" "$2"); shift ;;
        --long | --small | --write) options+=("$1") ;;
        --no-install) install=no ;;
        --no-build) build=no ;;
        -h | --help) usage; exit 0 ;;
        s5b | proxy | ibb | firstbyte | many | startup | relay | relayidle | index) rows+=("$1") ;;
        *) printf 'bench/run.sh: unknown option or row %s\n\n' "$1" >&2; usage >&2; exit 2 ;;
    esac
    shift
done

cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1
export HOME="${HOME:-$PWD/artifacts/home}"

readonly packages=(prosody lua-sec openssl python3-slixmpp openssh-client openssh-server libpurple0 libpurple-dev libssl-dev gcc libc6-dev pkg-config haproxy ejabberd postgresql)
readonly policy=/usr/sbin/policy-rc.d
temporary=$(mktemp -d)
policy_is_ours=no

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
put_back() {
    if [ "$policy_is_ours" = yes ]; then as_root rm -f "$policy"; fi
    rm -rf "$temporary"
}
trap put_back EXIT
die() { printf 'bench/run.sh: error: %s\n' "$*" >&2; exit 1; }

is_installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null || true)" = installed ]; }

# As test.sh does: no server starts as a service by being installed here.
install_peers() {
    command -v apt-get >/dev/null || die "Debian's packages are needed: ${packages[*]}; or use --no-install"
    local missing=() package
    for package in "${packages[@]}"; do is_installed "$package" || missing+=("$package"); done
    if [ ${#missing[@]} = 0 ]; then return; fi
    printf '== installing: %s\n' "${missing[*]}"
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\n# Put here by bench/run.sh while it installs; safe to delete.\nexit 101\n' >"$temporary/policy-rc.d"
        policy_is_ours=yes
        as_root install -m 755 "$temporary/policy-rc.d" "$policy"
    else
        local answer=0
        "$policy" prosody start >/dev/null 2>&1 || answer=$?
        [ "$answer" = 101 ] || die "$policy of this machine would let servers start as services; install by hand: ${missing[*]}"
    fi
    as_root apt-get update -q || die 'apt-get update failed'
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}" || die "apt-get could not install ${missing[*]}"
    if [ "$policy_is_ours" = yes ]; then as_root rm -f "$policy"; policy_is_ours=no; fi
}

build_all() {
    mkdir -p artifacts/bench
    printf '== building\n'
    dotnet build bench/Ferry.IndexBench -c Release --nologo -v quiet || die 'the build failed'
    if [ "${rows[*]}" = index ]; then return; fi
    dotnet build src/Ferry.Cli -c Release --nologo -v quiet || die 'the build failed'
    dotnet build src/Ferry.Daemon -c Release --nologo -v quiet || die 'the build failed'
    dotnet build bench/Ferry.Bench -c Release --nologo -v quiet || die 'the build failed'
    # Everything compiled ahead, the framework too: this takes a minute or two.
    dotnet publish src/Ferry.Cli -c Release -r linux-x64 -o artifacts/bench/published --nologo -v quiet || die 'the publish failed'
    gcc -std=gnu11 -O2 -pthread -o artifacts/bench/relay_load bench/measure/relay_load.c || die 'the load of the relays does not build'
    gcc -std=gnu11 -O2 -pthread -o artifacts/bench/direct_least bench/measure/direct_least.c -lcrypto || die 'the bare program does not build'
    # shellcheck disable=SC2046 # the flags are words
    gcc -std=gnu11 -O2 -o artifacts/bench/purple_peer tests/Ferry.Interop.Tests/Peers/purple_peer.c $(pkg-config --cflags --libs purple) ||
        printf 'bench/run.sh: no libpurple peer: it is left out\n' >&2
}

if [ "$install" = yes ]; then install_peers; fi
if [ "$build" = yes ]; then build_all; fi
# Not exec: the trap above has to run.
/usr/bin/python3 -B bench/measure "${options[@]}" "${rows[@]}"
