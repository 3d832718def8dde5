#!/bin/sh
# Programs of the system that tests use as tools or oracles. As root on Debian or Ubuntu this installs those that are
# missing; elsewhere it says which command would. Tests whose program is missing are skipped, with their reason told.
set -u
wanted="faketime:faketime xmlsec1:xmlsec1 softhsm2-util:softhsm2 chromium:chromium"
missing=""
for pair in $wanted; do
    command -v "${pair%%:*}" >/dev/null 2>&1 || missing="$missing ${pair##*:}"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    # shellcheck disable=SC2086
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing; } \
        >/dev/null 2>&1 && exit 0
fi
echo "missing, and the tests that use them are skipped:$missing"
echo "to install them: sudo apt-get install$missing"
