#!/bin/sh
# The tests run behind a real nginx and in a real Chromium. On a bare Debian as root they are installed; elsewhere this
# says what is missing.
set -eu
missing=
command -v nginx >/dev/null || missing="$missing nginx-light"
[ -n "${CHROMIUM:-}" ] || command -v chromium >/dev/null || command -v google-chrome >/dev/null || missing="$missing chromium"
[ -n "$missing" ] || exit 0
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  echo "Installing$missing for the tests …"
  # shellcheck disable=SC2086 - a list of packages
  apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
  echo "Some tests need what is not here: install$missing." >&2
fi
