"""The engine's invariants after a test: `./dravo verify`, run on the test's database and on what its sandbox saw."""

from dravo_app.services.verifying.sightings import log_of_server
from dravo_app.services.verifying.verify import verify
from tests.support.sandbox_server import Sandbox


def check_invariants(sandbox: Sandbox, *, is_settled: bool = True) -> None:
    """Fail with every broken invariant; `is_settled`: everything should have come to an end (I1)."""
    found = verify(log_of_server(sandbox.url), is_settled=is_settled)
    assert found.is_ok, "\n".join(found.broken())
