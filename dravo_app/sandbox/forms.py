"""Reads what an API was sent, in any of the shapes that servers take: JSON, a form, or a form with files."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser
from urllib.parse import parse_qsl

from dravo_app.sandbox.wire import Request, read_json_object

_LIST = re.compile(r"([\w.\-]+)\[(\d*)\]")
_KEY = re.compile(r"([\w.\-]+)\[([\w.\-]+)\](\[\d*\])?")
_MOST_FIELDS = 200


@dataclass(frozen=True, slots=True)
class Upload:
    """A file in a form, with the type its sender claims."""

    name: str
    content_type: str
    content: bytes


Fields = dict[str, object]


def read_fields(request: Request) -> Fields | None:
    """The parameters of a request: text, Upload, lists (`ids[]`) and objects (`poll[multiple]`). None when unreadable."""
    kind, boundary = _content_type(request)
    match kind:
        case "application/json":
            return read_json_object(request.body) if request.body.strip() else {}
        case "multipart/form-data":
            parts = read_parts(request.body, boundary)
            return None if parts is None else _nest(parts)
        case "application/x-www-form-urlencoded" | "":
            return _nest(_pairs(request.body))
    return {}


def read_parts(body: bytes, boundary: str) -> list[tuple[str, object]] | None:
    """The parts of a multipart body in order, None when it isn't one."""
    if not boundary:
        return None
    line = b"--" + boundary.encode("latin-1", "replace")
    pieces = (b"\r\n" + body).split(b"\r\n" + line)
    if len(pieces) < 2 or not pieces[-1].startswith(b"--") or len(pieces) > _MOST_FIELDS:
        return None
    parts = [_part(piece) for piece in pieces[1:-1]]
    return [part for part in parts if part is not None]


def _content_type(request: Request) -> tuple[str, str]:
    header = Message()
    header["content-type"] = request.headers.get("content-type", "") or "application/x-www-form-urlencoded"
    boundary = header.get_param("boundary")
    return header.get_content_type(), boundary if isinstance(boundary, str) else ""


def _pairs(body: bytes) -> list[tuple[str, object]]:
    return [*parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)]


def _part(piece: bytes) -> tuple[str, object] | None:
    head, mark, content = piece.partition(b"\r\n\r\n")
    if not mark:
        return None
    headers = BytesHeaderParser().parsebytes(head.lstrip(b"\r\n") + b"\r\n\r\n")
    name = headers.get_param("name", header="content-disposition")
    if not isinstance(name, str):
        return None
    if headers.get_filename() is None:
        return name, content.decode("utf-8", "replace")
    return name, Upload(headers.get_filename() or "", headers.get_content_type(), content)


def _nest(pairs: Iterable[tuple[str, object]]) -> Fields:
    """`a[]` and `a[0]` make a list, `a[b]` an object, `a[b][]` a list in one; as Rails reads them."""
    fields: Fields = {}
    for name, value in pairs:
        in_list, in_object = _LIST.fullmatch(name), _KEY.fullmatch(name)
        if in_list:
            _append(fields, in_list[1], value)
        elif in_object:
            inner = fields.setdefault(in_object[1], {})
            if not isinstance(inner, dict):
                continue
            if in_object[3]:
                _append(inner, in_object[2], value)
            else:
                inner[in_object[2]] = value
        else:
            fields[name] = value
    return fields


def _append(fields: Fields, name: str, value: object) -> None:
    values = fields.setdefault(name, [])
    if isinstance(values, list):
        values.append(value)
