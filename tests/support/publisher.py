"""A process that publishes once, as the API does, so that a test can end it in the middle: `publisher TEXT ACCOUNT…`."""

import sys

from dravo_app import db
from dravo_app.models import Environment, Role
from dravo_app.services.caller import Caller
from dravo_app.services.publishing.plan import PublishRequest, publish
from dravo_app.starting.lifeline import die_with_parent


def main() -> None:
    die_with_parent()
    text, *accounts = sys.argv[1:]
    caller = Caller(workspace_key=1, environment=Environment.TEST, actor="key_tester", role=Role.ADMIN)
    with db.transaction() as session:
        publish(session, caller, PublishRequest(account_ids=accounts, text=text))


if __name__ == "__main__":
    main()
