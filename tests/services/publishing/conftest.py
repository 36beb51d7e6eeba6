"""The same small world as in the flow tests; here the engine's steps are taken by hand."""

from tests.flow.conftest import sandbox, world
from tests.services.verifying.conftest import installation

__all__ = ["installation", "sandbox", "world"]
