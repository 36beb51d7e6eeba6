"""What must not be written to a log: session cookies and keys, whoever logs the request they came with."""

import logging
import re
from typing import Any

_SECRETS = re.compile(r"(dravo_session=|dra_(?:live|test)_|[Bb]earer |token(?:=|['\"]: ['\"]))[\w.\-]{8,}")
_FIELDS = re.compile(r"""(['"]\w*(?:password|token|secret)\\*['"]: ?\\*['"]).+?(?=\\*['"][,}\]])""", re.DOTALL)
"""What was typed into the field of a form, should ever an event be written out whole."""


class _Discreet(logging.LogRecord):
    """A record whose text has the secrets blotted out, whatever was put together to make it."""

    def getMessage(self) -> str:  # the standard library's name
        return blot_out(super().getMessage())

    def __setattr__(self, name: str, value: Any) -> None:
        # Formatters keep the traceback they wrote here; an error's text can hold a whole request.
        super().__setattr__(name, blot_out(value) if name == "exc_text" and isinstance(value, str) else value)


def keep_secrets_out_of_logs() -> None:
    """From now on every record of this process is discreet."""
    logging.setLogRecordFactory(_Discreet)


def blot_out(text: str) -> str:
    """The text without the secrets that have a known shape."""
    return _FIELDS.sub(r"\1…", _SECRETS.sub(r"\1…", text))
