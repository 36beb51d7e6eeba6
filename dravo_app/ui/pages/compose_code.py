"""The same post for programs: the draft as a command for a shell and as a few lines of Python."""

import json
import shlex
from dataclasses import dataclass

from dravo_app.models import Environment
from dravo_app.services.publishing.plan import PublishRequest
from dravo_app.settings import get_settings


@dataclass(frozen=True)
class Code:
    """Ready to be copied; the key is left as $DRAVO_KEY."""

    curl: str
    python: str


def code_of(request: PublishRequest, key: str, environment: Environment) -> Code:
    """What asks the API for exactly this; `key` lets it be run twice and post once."""
    body = request.model_dump(mode="json", exclude_defaults=True)
    address = f"{get_settings().public_url}/v1/publish"
    needs = f"# DRAVO_KEY: an API key of the {environment.value} environment"
    return Code(_curl(address, body, key, needs), _python(address, body, key, needs))


def _curl(address: str, body: dict[str, object], key: str, needs: str) -> str:
    # One argument in single quotes keeps new lines, quotes, dollar signs and emoji as they are.
    said = shlex.quote(json.dumps(body, ensure_ascii=False))
    return (
        f"{needs}\ncurl {shlex.quote(address)} \\\n"
        '  -H "Authorization: Bearer $DRAVO_KEY" \\\n'
        "  -H 'Content-Type: application/json' \\\n"
        f"  -H 'Idempotency-Key: {key}' \\\n"
        f"  --data-raw {said}"
    )


def _python(address: str, body: dict[str, object], key: str, needs: str) -> str:
    return (
        f"{needs}\nimport json, os, urllib.request\n\n"
        f"body = {body!r}\n"
        "request = urllib.request.Request(\n"
        f"    {address!r},\n"
        "    json.dumps(body).encode(),\n"
        "    {\n"
        '        "Authorization": f"Bearer {os.environ[\'DRAVO_KEY\']}",\n'
        '        "Content-Type": "application/json",\n'
        f'        "Idempotency-Key": "{key}",\n'
        "    },\n"
        ")\n"
        "print(urllib.request.urlopen(request).read().decode())"
    )
