"""The product's own API as the web start mounts it, without the dashboard around it."""

from starlette.applications import Starlette

from dravo_app.api.app import v1_mount

app = Starlette(routes=[v1_mount()])
