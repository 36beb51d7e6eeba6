"""START /v1 alone, on a clock that a test moves: what Granian serves as `tests.chaos.door:app`."""

from starlette.applications import Starlette

from dravo_app.api.app import v1_mount
from dravo_app.api.health import health_routes
from dravo_app.starting.lifeline import die_with_parent
from tests.chaos.moved_time import install_in_dravo

die_with_parent()
install_in_dravo()
app = Starlette(routes=[*health_routes, v1_mount()])
