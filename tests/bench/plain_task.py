"""The task of plain RQ, in a module that imports next to nothing: a forking worker imports it anew for every task."""

import json
import urllib.request


def post(url: str, handle: str, text: str) -> None:
    """The task: what Dravo's X adapter sends."""
    request = urllib.request.Request(f"{url}/2/tweets", json.dumps({"text": text}).encode(), method="POST")
    request.add_header("Authorization", f"Bearer sandbox_{handle}")
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=30) as answer:
        answer.read()
