"""Judges messages with the published `standardwebhooks` library.

One JSON object a line on stdin: {"headers", "body", "secret", "good"}. Ends with 1 at the first message whose
verdict is not the one that is expected.
"""

import json
import sys

from standardwebhooks.webhooks import Webhook, WebhookVerificationError


def accepts(message):
    try:
        Webhook(message["secret"]).verify(message["body"], message["headers"])
    except WebhookVerificationError:
        return False
    return True


def main():
    count = 0
    for line in sys.stdin:
        message = json.loads(line)
        if accepts(message) != message["good"]:
            sys.exit(f"expected {message['good']}: {line[:500]}")
        count += 1
    print(f"{count} judged")


main()
