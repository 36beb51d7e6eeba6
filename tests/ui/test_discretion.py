import io
import json
import logging
from collections.abc import Iterator

import pytest

from dravo_app.ui.discretion import keep_secrets_out_of_logs

SECRET = "aVerySecretTokenOf43CharactersOrSo-_123456789"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What a logger writes once it is discreet."""
    before, written = logging.getLogRecordFactory(), io.StringIO()
    keep_secrets_out_of_logs()
    handler, logger = logging.StreamHandler(written), logging.getLogger("tests.discretion")
    logger.addHandler(handler)
    yield written
    logger.removeHandler(handler)
    logging.setLogRecordFactory(before)


@pytest.mark.parametrize(
    "line",
    [
        f"cookie: dravo_session={SECRET}; a=b",
        f"Authorization: Bearer {SECRET}",
        f"key dra_live_{SECRET}",
        f"/_event?token={SECRET}",
        str({"token": SECRET}),
        str({"form_data": {"app_password": SECRET, "identifier": "ada"}}),
        json.dumps({"form_data": {"identifier": "ada", "client_secret": SECRET}}),
        json.dumps(json.dumps({"access_token": SECRET})),
        str({"password": f"with spaces and 'marks' {SECRET}"}),
    ],
)
def test_a_secret_is_blotted_out_of_a_line(written: io.StringIO, line: str) -> None:
    logging.getLogger("tests.discretion").error("a request with %s", {"headers": line})

    assert SECRET not in written.getvalue()
    assert "a request with" in written.getvalue()


def test_a_secret_is_blotted_out_of_a_traceback(written: io.StringIO) -> None:
    try:
        raise KeyError(f"no handler for event with cookie dravo_session={SECRET}")
    except KeyError:
        logging.getLogger("tests.discretion").exception("it broke")

    assert SECRET not in written.getvalue()
    assert "KeyError" in written.getvalue()
