"""Reports orders to Cashtrail. Needs Python 3.9 and nothing else.

    CASHTRAIL_URL=https://www.store-domain.com/cashtrail/api/v1 CASHTRAIL_TOKEN=… python3 report.py 1001

In your checkout, call report() where the order becomes final: a collector that hangs takes some eleven seconds of it. Keep an order that it
could not report, and let a cron job report it again.
"""

import http.client
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from datetime import datetime, timezone

TRIES = 2
SECONDS = 5  # a ledger that hangs is given up after three


class Problem(Exception):
    """Cashtrail said no, or did not answer. detail says what to do, and issues lists everything that is wrong."""


def cashtrail(method, path, body=None):
    """Calls Cashtrail, and once more where it does not answer: the same order twice counts once."""
    request = urllib.request.Request(
        os.environ["CASHTRAIL_URL"] + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "Authorization": "Bearer " + os.environ["CASHTRAIL_TOKEN"],
            "Content-Type": "application/json",
        },
    )
    for attempt in range(1, TRIES + 1):
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as response:
                text = response.read()
                return json.loads(text) if text else {}
        except urllib.error.HTTPError as error:
            problem = Problem(f"Cashtrail answered {error.code}: {error.read().decode()}")
            # Anything but a wish for patience would be answered the same again.
            if error.code != 429 and error.code < 500:
                raise problem from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            problem = Problem(f"Cashtrail did not answer, or not whole: {error!r}")
        if attempt < TRIES:
            time.sleep(1)
    raise problem


def report(order, cookie):
    """Reports an order with the cookies of the shopper's own request."""
    return cashtrail("POST", "/orders", {"order": order, "cookie": cookie})


def main(number):
    order = {
        "number": number,
        "currency": "SEK",
        # Integers in minor units, for the whole line and after its own discount: 20000 is 200.00 without VAT.
        "lines": [{"sku": "mug", "name": "Kåsa, blå", "quantity": 2, "net": 20000, "vat": 5000}],
        "discount": {"net": 1000, "vat": 250},
        "placedAt": datetime.now(timezone.utc).isoformat(),
    }
    # Django has it as request.headers["Cookie"], WSGI as environ["HTTP_COOKIE"].
    reported = report(order, os.environ.get("HTTP_COOKIE", ""))
    if reported["credited"]:
        print(f"{number} is credited to {', '.join(reported['credited'])}")
    else:
        print(f"{number} is credited to nobody: {reported['reason']}")
    found = cashtrail("GET", "/orders/" + urllib.parse.quote(number, safe=""))
    for conversion in found["conversions"]:
        for postback in conversion["postbacks"]:
            print(f"{postback['id']} is {postback['state']}")


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except Problem as problem:
        # Keep the order, and report it again later: this is where nothing else would.
        sys.exit(str(problem))
