#!/bin/sh
# Reports an order, looks at it, and approves it. Needs curl 7.76 or newer.
#
#   CASHTRAIL_URL=https://www.store-domain.com/cashtrail/api/v1 CASHTRAIL_TOKEN=… ./curl.sh 1001 "$COOKIE"
#
# COOKIE is the Cookie header of the shopper's own request. The order's number stands in URLs as it is here: letters and
# digits need no encoding there.
set -eu
number=$1
cookie=$2

# The token is read from standard input, for a command's arguments can be read by others on the machine. The same order
# twice counts once, so every call is tried again until it is answered.
call() {
  printf 'Authorization: Bearer %s\n' "$CASHTRAIL_TOKEN" |
    curl --silent --show-error --fail-with-body --max-time 10 --retry 5 --retry-connrefused \
      --header @- --header 'Content-Type: application/json' "$@"
  echo
}

json() {
  printf '"%s"' "$(printf '%s' "$1" | sed 's/[\\"]/\\&/g')"
}

call "$CASHTRAIL_URL/orders" --data '{
  "order": {
    "number": '"$(json "$number")"',
    "currency": "SEK",
    "lines": [{ "sku": "mug", "name": "Stoneware mug", "quantity": 2, "net": 20000, "vat": 5000 }],
    "discount": { "net": 1000, "vat": 250 }
  },
  "cookie": '"$(json "$cookie")"'
}'

call "$CASHTRAIL_URL/orders/$number"

call "$CASHTRAIL_URL/orders/$number/approve" --data '{ "by": "anna", "reason": "past the return period" }'
