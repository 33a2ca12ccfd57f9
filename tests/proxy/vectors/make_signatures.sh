#!/bin/sh
# Make signatures.json with OpenSSL, so that no signature comes from the code that it tests. The
# secrets are made up; one looks like base64 and is not to be decoded, one is not ASCII.
#
#     sh tests/proxy/vectors/make_signatures.sh >tests/proxy/vectors/signatures.json
set -eu

FIRST='whsec_a secret of nobody, with ä'
SECOND='YW5vdGhlciBzZWNyZXQgb2Ygbm9ib2R5'
STRANGER='a secret that nobody has listed'
AT=1795867200
AT_MS=1795867200123
EARLIER=1795863600

# Not all of it is UTF-8, and it ends in a line break: what is signed are bytes.
body() { printf '{"id":"1","note":"caf\303\251","raw":"\377"}\r\n'; }

dated() { printf %s "$1"; body; }

# hmac SECRET [DIGEST [ENCODING]] <message
hmac() {
    if [ "${3:-hex}" = base64 ]; then
        openssl dgst -"$2" -hmac "$1" -binary | openssl base64 -A
    else
        openssl dgst -"${2:-sha256}" -hmac "$1" -r | cut -d ' ' -f 1 | tr -d '\n'
    fi
}

# of WHOSE SECRET: all signatures of one who has this secret
of() {
    printf '  "%s": {\n' "$1"
    printf '    "body": "%s",\n' "$(body | hmac "$2")"
    printf '    "body in base64": "%s",\n' "$(body | hmac "$2" sha256 base64)"
    printf '    "body with SHA-512": "%s",\n' "$(body | hmac "$2" sha512)"
    printf '    "body with SHA-1": "%s",\n' "$(body | hmac "$2" sha1)"
    printf '    "t.body": "%s",\n' "$(dated "$AT." | hmac "$2")"
    printf '    "earlier t.body": "%s",\n' "$(dated "$EARLIER." | hmac "$2")"
    printf '    "t:body": "%s",\n' "$(dated "$AT:" | hmac "$2")"
    printf '    "t:body in milliseconds": "%s",\n' "$(dated "$AT_MS:" | hmac "$2")"
    printf '    "time and word": "%s"\n' "$(printf %s "${AT}signed" | hmac "$2")"
    printf '  }'
}

printf '{\n'
of first "$FIRST"
printf ',\n'
of second "$SECOND"
printf ',\n'
of stranger "$STRANGER"
printf '\n}\n'
