#!/bin/sh
# The mongod of the `embedded` extra needs two libraries of the system. Debian's slim images lack one of them.
set -eu
[ "$(uname -s)" = Linux ] || exit 0
[ -n "${MONGODB_URL:-}" ] && exit 0
has() { ldconfig -p 2>/dev/null | grep -q "$1"; }
if has libcurl.so.4 && has libssl.so.3; then exit 0; fi
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  echo "Installing libcurl4 and libssl3 for mongod …"
  apt-get update -qq && apt-get install -y -qq --no-install-recommends libcurl4 libssl3 >/dev/null
else
  echo "mongod needs libcurl.so.4 and libssl.so.3: install them, or set MONGODB_URL and REDIS_URL." >&2
fi
