import pytest

from dravo_app.services.caller import Caller
from tests.services.verifying.books_of_a_world import Installation


@pytest.fixture
def installation(caller: Caller) -> Installation:
    return Installation(caller)
