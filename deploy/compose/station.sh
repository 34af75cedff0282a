#!/usr/bin/env bash
# The workstation's first process: does not begin where there is another way out than the gate, has
# Chromium trust what the shell trusts, and stays, for `exec`.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

/usr/bin/python3 "$here/walls.py"

store=$HOME/.pki/nssdb
rm -rf "$store"
mkdir -p "$store"
certutil -N -d "sql:$store" --empty-password
awk -v store="$store" '/BEGIN CERTIFICATE/ { number++ } { print > store "/" number ".pem" }' \
  "$SSL_CERT_FILE"
for certificate in "$store"/*.pem; do
  certutil -A -d "sql:$store" -t C,, -n "$(basename "$certificate" .pem)" -i "$certificate"
done

exec sleep infinity
