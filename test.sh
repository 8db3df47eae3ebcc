#!/usr/bin/env bash
# Builds Ferry and runs every test. `./test.sh --help` says more.
set -euo pipefail

usage() {
    cat <<'TXT'
usage: ./test.sh [--unit] [--long]

Builds Ferry (Release) and runs the tests of every project under tests/.

  --unit    only the tests that need nothing but the .NET SDK: nothing is installed, nothing is asked of apt
  --long    also the tests that take minutes (sets FERRY_TEST_LONG=1)
  --help    this text

Without --unit, Ferry.Interop.Tests runs Ferry against programs that others wrote. Those are Debian packages; the missing ones are
installed by apt, as root or with sudo:

  prosody            an XMPP server   (started by the tests themselves, on free ports of the loopback address)
  lua-sec            its TLS
  ejabberd           an XMPP server   (likewise, without a node name and without epmd)
  python3-slixmpp    an XMPP client library
  libpurple0         an XMPP client library, with libpurple-dev, gcc, libc6-dev and pkg-config for the small program that drives it
  postgresql         a database     (a cluster of its own in a temporary folder, as the user postgres)
  gajim              an XMPP client of people, with xvfb for a screen that nobody looks at and dbus-daemon for a bus of its own
  libervia-backend   another, with libervia-cli
  systemd            systemd-analyze, which reads ferryd's unit file; it is not started
  curl               at the HTTP ends of the relay's bridge

No server starts as a service by being installed here: a policy-rc.d refuses it meanwhile and is taken away again.
A program that is missing fails the tests; it never skips them.

The last line is `N passed, N failed, N skipped`. The exit code is 0 only if something ran and nothing failed.
TXT
}

unit=no
while [ $# -gt 0 ]; do
    case $1 in
        --unit) unit=yes ;;
        --long) export FERRY_TEST_LONG=1 ;;
        -h | --help) usage; exit 0 ;;
        *) printf 'test.sh: unknown option %s\n\n' "$1" >&2; usage >&2; exit 2 ;;
    esac
    shift
done

cd "$(dirname "${BASH_SOURCE[0]}")"
exec </dev/null
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1
# .NET wants a home to write to; a bare CI job may have none.
export HOME="${HOME:-$PWD/artifacts/home}"

readonly packages=(curl prosody lua-sec ejabberd python3-slixmpp libpurple0 libpurple-dev gcc libc6-dev pkg-config gajim xvfb dbus-daemon libervia-backend libervia-cli
    python3-gi postgresql systemd)
readonly services=(prosody ejabberd postgresql)
readonly policy=/usr/sbin/policy-rc.d
# A project that hangs is a failure with a name, not a job that somebody has to kill.
readonly longest_seconds=$([ -n "${FERRY_TEST_LONG:-}" ] && echo 7200 || echo 1200)
passed=0 failed=0 skipped=0
temporary=$(mktemp -d)
policy_is_ours=no

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

put_back() {
    if [ "$policy_is_ours" = yes ]; then as_root rm -f "$policy"; fi
    rm -rf "$temporary"
}
trap put_back EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say_counts() { printf '\n%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"; }

# The counts stay the last line whatever happens.
die() {
    printf 'test.sh: error: %s\n' "$*" >&2
    failed=$((failed + 1))
    say_counts
    exit 1
}

missing_packages() {
    local package
    for package in "${packages[@]}"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ] || printf '%s\n' "$package"
    done
}

# Somebody else's policy is never touched: if it would let a server start, we stop before installing anything.
forbid_services() {
    if [ -e "$policy" ]; then
        local service answer
        for service in "${services[@]}"; do
            answer=0
            "$policy" "$service" start >/dev/null 2>&1 || answer=$?
            [ "$answer" = 101 ] || die "$policy of this machine would let $service start as a service; install by hand: ${packages[*]}"
        done
        return
    fi
    printf '#!/bin/sh\n# Put here by test.sh while it installs; safe to delete.\nexit 101\n' >"$temporary/policy-rc.d"
    policy_is_ours=yes
    as_root install -m 755 "$temporary/policy-rc.d" "$policy"
}

allow_services() {
    if [ "$policy_is_ours" = yes ]; then as_root rm -f "$policy"; policy_is_ours=no; fi
}

install_peers() {
    command -v apt-get >/dev/null && command -v dpkg-query >/dev/null ||
        die "the interop tests need Debian's packages (${packages[*]}); elsewhere use ./test.sh --unit"
    local missing
    mapfile -t missing < <(missing_packages)
    if [ ${#missing[@]} = 0 ]; then
        printf '== installed already: %s\n' "${packages[*]}"
        return
    fi
    printf '== installing: %s\n' "${missing[*]}"
    [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null || die "installing ${missing[*]} needs root or sudo without a password; or use ./test.sh --unit"
    forbid_services
    as_root apt-get update -q || die 'apt-get update failed'
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}" ||
        die "apt-get could not install ${missing[*]}"
    allow_services
}

# The attribute $2 of the result file's one <assembly> element, 0 without it.
count() {
    local value
    value=$(grep -o '<assembly [^>]*>' "$1" | head -n 1 | sed -n "s/.* $2=\"\([0-9]*\)\".*/\1/p")
    printf '%s' "${value:-0}"
}

run_project() {
    local project=$1 code=0 p f s e
    local program=artifacts/bin/$project/release/$project results=$temporary/$project.xml
    # What takes long is named meanwhile: the log of a run that hangs says where.
    local options=(-noColor -noLogo -reporter quiet -longRunning 60 -xml "$results")
    # There, a skipped test means a missing peer. It keeps every processor busy; in the others most tests wait for a socket most of the time.
    if [ "$project" = Ferry.Interop.Tests ]; then options+=(-failSkips); else options+=(-maxThreads 2x); fi
    printf '\n== %s\n' "$project"
    local began=$SECONDS
    timeout --kill-after=30 "$longest_seconds" "$program" "${options[@]}" || code=$?
    if ! grep -q '<assembly ' "$results" 2>/dev/null; then
        printf '%s: ended with code %s and no results\n' "$project" "$code"
        failed=$((failed + 1))
        return
    fi
    p=$(count "$results" passed) f=$(count "$results" failed) s=$(count "$results" skipped) e=$(count "$results" errors)
    f=$((f + e))
    if [ "$code" != 0 ] && [ "$f" = 0 ]; then
        printf '%s: ended with code %s though no test failed\n' "$project" "$code"
        f=1
    fi
    printf '%s: %s passed, %s failed, %s skipped (%s s)\n' "$project" "$p" "$f" "$s" "$((SECONDS - began))"
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

if [ "$unit" = no ]; then install_peers; fi

printf '\n== building\n'
# One compiler for all projects, ended afterwards: half the time of one for each.
dotnet build Ferry.slnx -c Release --nologo -v quiet -p:UseSharedCompilation=true || die 'the build failed'
dotnet build-server shutdown --vbcscompiler >/dev/null 2>&1 || true

for directory in tests/*.Tests; do
    project=${directory#tests/}
    if [ "$unit" = yes ] && [ "$project" = Ferry.Interop.Tests ]; then continue; fi
    run_project "$project"
done

if [ "$passed" = 0 ] && [ "$failed" = 0 ]; then die 'no test ran'; fi
say_counts
[ "$failed" = 0 ]
