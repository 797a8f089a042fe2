#!/bin/sh
# Makes every secret that docker-compose.yml and deploy/kubernetes hand in as a file: sh deploy/make-secrets.sh [folder]
# What is there already stays as it is. The folder is for its owner alone; the files in it can be read by any user
# because in a container it is another one (10001, or the databases' own) who reads them.
set -eu
folder="${1:-$(dirname "$0")/secrets}"
mkdir -p "$folder"
chmod 700 "$folder"
umask 077

command -v openssl >/dev/null || { echo "openssl is needed to make secrets" >&2; exit 1; }

keep() {  # keep <name>: writes standard input to the file, unless it is there; only smtp_url may be empty
  if [ -e "$folder/$1" ]; then cat >/dev/null; return; fi
  cat >"$folder/$1.new"
  [ -s "$folder/$1.new" ] || [ "$1" = smtp_url ]
  chmod 444 "$folder/$1.new"
  mv "$folder/$1.new" "$folder/$1"
}
value() { cat "$folder/$1"; }

openssl genpkey -algorithm ed25519 | keep token_key
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 | keep vapid_key
for name in field_key index_key refresh_key idempotency_key audit_key; do openssl rand -hex 32 | keep "$name"; done

openssl rand -base64 756 | keep mongo_keyfile
for name in mongo_root_password mongo_password mongo_sealer_password valkey_password; do openssl rand -hex 24 | keep "$name"; done

echo "mongodb://coursewire:$(value mongo_password)@mongo:27017/?replicaSet=rs0&authSource=admin" | keep mongodb_url
echo "mongodb://coursewire_sealer:$(value mongo_sealer_password)@mongo:27017/?replicaSet=rs0&authSource=admin" |
  keep sealer_mongodb_url
echo "redis://:$(value valkey_password)@valkey:6379/0" | keep redis_url
echo "requirepass $(value valkey_password)" | keep valkey_conf
printf '' | keep smtp_url  # smtp://user:password@host:587; empty: mails are kept in the database and none is sent
