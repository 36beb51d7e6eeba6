"""The same small world as in the flow tests; here the engine's steps are taken by hand."""

from tests.flow.conftest import sandbox, world

__all__ = ["sandbox", "world"]
