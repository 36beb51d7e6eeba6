"""A Bluesky PDS below `/bluesky`: its XRPC methods for repositories and names. Sessions are in `bluesky_sessions`."""

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from sqlite3 import Connection

from dravo_app.sandbox import credentials, media, store
from dravo_app.sandbox.credentials import Account
from dravo_app.sandbox.networks import bluesky_blobs as blobs
from dravo_app.sandbox.networks import bluesky_errors as errors
from dravo_app.sandbox.networks import bluesky_records as records
from dravo_app.sandbox.networks import bluesky_sessions as sessions
from dravo_app.sandbox.publishing import converse
from dravo_app.sandbox.wire import Later, Reply, Request, Step, json_reply, read_json_object

Method = Callable[[Connection, Request], Step]


class _Refused(Exception):
    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


@dataclass(frozen=True, slots=True)
class _Write:
    """One record on its way into a repository."""

    account: Account
    collection: str
    key: str
    record: dict[str, object]
    is_create: bool

    @property
    def uri(self) -> str:
        return f"at://{self.account.native_id}/{self.collection}/{self.key}"

    @property
    def text(self) -> str:
        return str(self.record.get("text", "")) if self.collection == records.POST else ""


def answer(connection: Connection, request: Request) -> Step:
    """What the PDS answers to one call."""
    name = request.path.removeprefix("/xrpc/") if request.path.startswith("/xrpc/") else ""
    verb, method = METHODS.get(name, ("", _not_implemented))
    if verb and request.method != verb:
        return errors.invalid(f"Incorrect HTTP method ({request.method}) expected {verb}")
    try:
        step = method(connection, request)
    except _Refused as refusal:
        step = refusal.reply
    if isinstance(step, Later) or step.status == 429:
        return step
    return step.with_headers(*errors.rate_headers(3000, 2999)) if step.ending == "answer" else step


def _not_implemented(_connection: Connection, _request: Request) -> Reply:
    return errors.error(501, "MethodNotImplemented", "Method Not Implemented")


def _create_record(connection: Connection, request: Request) -> Step:
    return _write(connection, request, is_create=True)


def _put_record(connection: Connection, request: Request) -> Step:
    return _write(connection, request, is_create=False)


def _write(connection: Connection, request: Request, *, is_create: bool) -> Step:
    write = _read_write(connection, request, is_create=is_create)
    complaint = records.complaint_about(write.collection, write.record)
    if complaint:
        return errors.invalid(complaint)

    def show(connection: Connection) -> Reply:
        return _store(connection, request, write)

    if write.collection != records.POST:
        return show(connection)
    return converse(connection, request, errors.VOICE, write.account.key, write.text, show)


def _read_write(connection: Connection, request: Request, *, is_create: bool) -> _Write:
    account = _me(connection, request)
    body = _body(request)
    _own_repo(body, account)
    collection = _collection(_text(body, "collection"))
    key = records.new_tid() if is_create and "rkey" not in body else _text(body, "rkey")
    if not records.is_record_key(collection, key):
        raise _Refused(errors.invalid(f"Invalid record key for {collection}: {key[:100]}"))
    record = body.get("record")
    if not isinstance(record, dict):
        raise _Refused(errors.invalid('Input must have the property "record"'))
    return _Write(account, collection, key, {"$type": collection, **record}, is_create)


def _store(connection: Connection, request: Request, write: _Write) -> Reply:
    """Visible now. The same record under the same key again changes nothing and answers the same."""
    body = records.canonical(write.record)
    row = connection.execute(
        "SELECT body, deleted_at FROM posts WHERE network = 'bluesky' AND post_id = ?", (write.uri,)
    ).fetchone()
    is_there = row is not None and row[1] is None
    if is_there and write.is_create:
        return errors.broken()
    refusal = blobs.refuse(connection, write.account, write.record)
    if refusal is not None:
        return refusal
    connection.execute(
        "INSERT INTO posts (network, post_id, account, text, body, posted_at) VALUES ('bluesky', ?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET text = excluded.text, body = excluded.body, deleted_at = NULL",
        (write.uri, write.account.key, write.text, body, time.time()),
    )
    if write.collection == records.POST and not is_there:
        permalink = f"https://bsky.app/profile/{sessions.public_handle(write.account)}/post/{write.key}"
        shown = media.as_logged(blobs.shown_by(connection, write.account, write.record))
        store.append_to_log(connection, request, write.account.handle, write.uri, write.text, permalink, shown)
    stored: dict[str, object] = {"uri": write.uri, "cid": records.content_id(write.record)}
    if not is_there or row[0] != body:
        stored["commit"] = {"cid": records.content_id([write.uri, body]), "rev": records.new_tid()}
    status = "valid" if write.collection == records.POST else "unknown"
    return json_reply(200, {**stored, "validationStatus": status})


def _upload_blob(connection: Connection, request: Request) -> Step:
    return blobs.upload(connection, request, _me(connection, request))


def _get_blob(connection: Connection, request: Request) -> Reply:
    return blobs.get(connection, _repo(connection, _parameter(request, "did")), _parameter(request, "cid"))


def _get_record(connection: Connection, request: Request) -> Reply:
    account = _repo(connection, _parameter(request, "repo"))
    collection, key = _collection(_parameter(request, "collection")), _parameter(request, "rkey")
    uri = f"at://{account.native_id}/{collection}/{key}"
    row = connection.execute(
        "SELECT body FROM posts WHERE network = 'bluesky' AND post_id = ? AND deleted_at IS NULL", (uri,)
    ).fetchone()
    if row is None:
        return errors.error(400, "RecordNotFound", f"Could not locate record: {uri}")
    return json_reply(200, _item(uri, row[0]))


def _list_records(connection: Connection, request: Request) -> Reply:
    account = _repo(connection, _parameter(request, "repo"))
    prefix = f"at://{account.native_id}/{_collection(_parameter(request, 'collection'))}/"
    is_reverse = request.query.get("reverse", "false") == "true"
    bounds = [prefix, prefix[:-1] + "0"]  # "0" is the character after "/"
    if "cursor" in request.query:
        bounds[0 if is_reverse else 1] = prefix + request.query["cursor"]
    rows = connection.execute(
        "SELECT post_id, body FROM posts WHERE network = 'bluesky' AND post_id > ? AND post_id < ?"
        f" AND deleted_at IS NULL ORDER BY post_id {'ASC' if is_reverse else 'DESC'} LIMIT ?",
        (*bounds, _limit(request)),
    ).fetchall()
    page: dict[str, object] = {"records": [_item(uri, body) for uri, body in rows]}
    if rows:
        page["cursor"] = rows[-1][0].removeprefix(prefix)
    return json_reply(200, page)


def _delete_record(connection: Connection, request: Request) -> Reply:
    """Idempotent: deleting what isn't there is a success. The log keeps what the world saw."""
    account, body = _me(connection, request), _body(request)
    _own_repo(body, account)
    uri = f"at://{account.native_id}/{_collection(_text(body, 'collection'))}/{_text(body, 'rkey')}"
    changed = connection.execute(
        "UPDATE posts SET deleted_at = ? WHERE network = 'bluesky' AND post_id = ? AND deleted_at IS NULL",
        (time.time(), uri),
    ).rowcount
    commit = {"commit": {"cid": records.content_id([uri]), "rev": records.new_tid()}}
    return json_reply(200, commit if changed else {})


def _describe_repo(connection: Connection, request: Request) -> Reply:
    account = _repo(connection, _parameter(request, "repo"))
    rows = connection.execute(
        "SELECT post_id FROM posts WHERE network = 'bluesky' AND account = ? AND deleted_at IS NULL", (account.key,)
    )
    about: dict[str, object] = {
        "handle": sessions.public_handle(account),
        "did": account.native_id,
        "didDoc": sessions.did_document(request, account),
        "collections": sorted({row[0].split("/")[3] for row in rows}),
        "handleIsCorrect": True,
    }
    return json_reply(200, about)


def _resolve_handle(connection: Connection, request: Request) -> Reply:
    account = credentials.find_account(connection, "bluesky", _parameter(request, "handle"))
    if account is None:
        return errors.invalid("Unable to resolve handle")
    return json_reply(200, {"did": account.native_id})


def _describe_server(_connection: Connection, _request: Request) -> Reply:
    return json_reply(200, {"did": "did:web:localhost", "availableUserDomains": [".test"], "inviteCodeRequired": False})


def _health(_connection: Connection, _request: Request) -> Reply:
    return json_reply(200, {"version": "sandbox"})


def _me(connection: Connection, request: Request) -> Account:
    account = sessions.who_asks(connection, request)
    if isinstance(account, Reply):
        raise _Refused(account)
    return account


def _repo(connection: Connection, name: str) -> Account:
    account = credentials.find_account(connection, "bluesky", name)
    if account is None:
        raise _Refused(errors.error(400, "RepoNotFound", f"Could not find repo: {name[:200]}"))
    return account


def _own_repo(body: dict[str, object], account: Account) -> None:
    repo = _text(body, "repo")
    if repo != account.native_id and credentials.account_key("bluesky", repo) != account.key:
        raise _Refused(errors.not_yours())


def _body(request: Request) -> dict[str, object]:
    encoding = request.headers.get("content-type", "")
    if encoding.partition(";")[0].strip().lower() != "application/json":
        raise _Refused(errors.invalid(f"Wrong request encoding (Content-Type): {encoding[:100]}"))
    body = read_json_object(request.body)
    if body is None:
        raise _Refused(errors.invalid("Input must be a JSON object"))
    return body


def _text(body: dict[str, object], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise _Refused(errors.invalid(f'Input must have the property "{name}"'))
    return value


def _parameter(request: Request, name: str) -> str:
    if not request.query.get(name):
        raise _Refused(errors.invalid(f'Params must have the property "{name}"'))
    return request.query[name]


def _collection(name: str) -> str:
    if not records.is_collection(name):
        raise _Refused(errors.invalid("collection must be a valid nsid"))
    return name


def _limit(request: Request) -> int:
    given = request.query.get("limit", "50")
    if not re.fullmatch("[0-9]{1,3}", given) or not 1 <= int(given) <= 100:
        raise _Refused(errors.invalid("limit must be from 1 to 100"))
    return int(given)


def _item(uri: str, body: str) -> dict[str, object]:
    record: object = json.loads(body)
    return {"uri": uri, "cid": records.content_id(record), "value": record}


METHODS: dict[str, tuple[str, Method]] = {
    "com.atproto.server.createSession": ("POST", sessions.create),
    "com.atproto.server.refreshSession": ("POST", sessions.refresh),
    "com.atproto.server.getSession": ("GET", sessions.get),
    "com.atproto.server.deleteSession": ("POST", sessions.delete),
    "com.atproto.server.describeServer": ("GET", _describe_server),
    "com.atproto.repo.createRecord": ("POST", _create_record),
    "com.atproto.repo.putRecord": ("POST", _put_record),
    "com.atproto.repo.getRecord": ("GET", _get_record),
    "com.atproto.repo.listRecords": ("GET", _list_records),
    "com.atproto.repo.deleteRecord": ("POST", _delete_record),
    "com.atproto.repo.describeRepo": ("GET", _describe_repo),
    "com.atproto.repo.uploadBlob": ("POST", _upload_blob),
    "com.atproto.sync.getBlob": ("GET", _get_blob),
    "com.atproto.identity.resolveHandle": ("GET", _resolve_handle),
    "_health": ("GET", _health),
}
