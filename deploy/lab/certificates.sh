#!/usr/bin/env bash
# The public CA of the lab's internet, and what its origins show.
# usage: certificates.sh FOLDER     ca.pem, aws.pem, aws.key, attacker.pem, attacker.key
set -euo pipefail
cd "${1:?usage: certificates.sh FOLDER}"
[[ -e ca.pem ]] && exit 0

days=30
new_key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)

# leaf FILE NAME...
leaf() {
  local file=$1 names
  shift
  names=$(printf ',DNS:%s' "$@")
  openssl req "${new_key[@]}" -subj "/CN=$file" -keyout "$file.key" -out "$file.csr"
  openssl x509 -req -in "$file.csr" -CA ca.new -CAkey ca.key -CAcreateserial -days "$days" \
    -extfile <(printf 'subjectAltName=%s\nbasicConstraints=CA:FALSE\n' "${names:1}") \
    -out "$file.pem"
  rm "$file.csr"
}

{
  openssl req -x509 "${new_key[@]}" -days "$days" -subj "/CN=the lab's public CA" \
    -keyout ca.key -out ca.new
  leaf aws aws.amazon.com '*.aws.amazon.com' '*.console.aws.amazon.com' '*.signin.aws.amazon.com' \
    '*.studio.us-east-1.sagemaker.aws' api.sagemaker.us-east-1.amazonaws.com \
    sts.amazonaws.com '*.us-east-1.amazonaws.com' s3.amazonaws.com '*.s3.amazonaws.com' \
    '*.s3.us-east-1.amazonaws.com' code.acme.example
  leaf attacker evil.example '*.evil.example'
} 2>openssl.log || {
  cat openssl.log >&2
  exit 1
}
rm ca.key ca.srl openssl.log # nobody signs anything more
chmod 644 ./*.key            # the lab's own, worth nothing elsewhere
mv ca.new ca.pem  # last: who waits for it finds the rest
