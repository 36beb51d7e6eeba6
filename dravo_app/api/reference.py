"""The reference page at /v1/docs: the OpenAPI document as one plain HTML page, made here, without a script or another host."""

import base64
import hashlib
import json
from html import escape
from typing import Any

_METHODS = ("get", "post", "put", "patch", "delete")

_STYLE = """
:root{color-scheme:light dark;--line:#8884;--soft:#8881;--accent:#3b5bdb}
body{font:16px/1.55 system-ui,sans-serif;margin:0 auto;max-width:62rem;padding:2rem 1.25rem 6rem}
h1{font-size:2rem;margin:0 0 .5rem}h2{margin:3rem 0 .5rem}h3{font-size:1.05rem;margin:0}
code,pre{font:.875rem/1.5 ui-monospace,monospace}pre{background:var(--soft);border-radius:.5rem;overflow:auto;padding:.75rem}
nav ul{columns:2;list-style:none;padding:0}nav a{text-decoration:none}a{color:var(--accent)}
section.operation{border-top:1px solid var(--line);padding:1.25rem 0}
.method{border:1px solid var(--line);border-radius:.375rem;display:inline-block;font-weight:600;min-width:3.6rem;
padding:0 .4rem;text-align:center}
table{border-collapse:collapse;margin:.5rem 0;width:100%}
td,th{border-bottom:1px solid var(--line);padding:.35rem .5rem;text-align:left;vertical-align:top}
details{margin:.5rem 0}summary{cursor:pointer}
@media(max-width:40rem){nav ul{columns:1}table{display:block;overflow:auto}}
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

CONTENT_SECURITY_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def render(document: dict[str, Any]) -> str:
    """The page for an OpenAPI document."""
    sections = [_tag(document, tag) for tag in document["tags"]]
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width,initial-scale=1'>"
        f"<title>{escape(document['info']['title'])} API</title><style>{_STYLE}</style></head><body>"
        f"<header><h1>{escape(document['info']['title'])} API</h1>{_paragraphs(document['info']['description'])}"
        "<p>For machines: <a href='openapi.json'>openapi.json</a></p></header>"
        f"<nav aria-label='Operations'><ul>{_contents(document)}</ul></nav><main>{''.join(sections)}{_schemas(document)}</main>"
        "</body></html>"
    )


def _operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, operations[method])
        for path, operations in document["paths"].items()
        for method in _METHODS
        if method in operations
    ]


def _contents(document: dict[str, Any]) -> str:
    return "".join(
        f"<li><a href='#{escape(operation['operationId'])}'><code>{method.upper()} /v1{escape(path)}</code></a></li>"
        for method, path, operation in _operations(document)
    )


def _tag(document: dict[str, Any], tag: dict[str, str]) -> str:
    inside = [one for one in _operations(document) if tag["name"] in one[2].get("tags", [])]
    body = "".join(_operation(document, *one) for one in inside)
    return f"<h2>{escape(tag['name'])}</h2><p>{escape(tag['description'])}</p>{body}"


def _operation(document: dict[str, Any], method: str, path: str, operation: dict[str, Any]) -> str:
    return (
        f"<section class='operation' id='{escape(operation['operationId'])}'>"
        f"<h3><span class='method'>{method.upper()}</span> <code>/v1{escape(path)}</code></h3>"
        f"{_paragraphs(operation.get('description', ''))}{_parameters(document, operation)}"
        f"{_body(operation)}{_responses(operation)}</section>"
    )


def _parameters(document: dict[str, Any], operation: dict[str, Any]) -> str:
    rows = []
    for parameter in operation.get("parameters", []):
        name = parameter.get("$ref", "").rpartition("/")[2]
        found = document["components"]["parameters"][name] if name else parameter
        rows.append(_row(f"<code>{escape(found['name'])}</code>", found["in"], found.get("description", "")))
    return _table(("Parameter", "In", "Meaning"), rows)


def _body(operation: dict[str, Any]) -> str:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    return f"<p>Body: {_schema_link(content['schema'])}</p>" if content else ""


def _responses(operation: dict[str, Any]) -> str:
    rows = []
    for status, response in operation["responses"].items():
        schemas = [_schema_link(kind["schema"]) for kind in response.get("content", {}).values() if kind.get("schema")]
        rows.append(
            f"<tr><td><code>{escape(status)}</code></td><td>{escape(response['description'])}</td><td>{', '.join(schemas)}</td></tr>"
        )
    return _table(("Status", "Meaning", "Body"), rows)


def _schemas(document: dict[str, Any]) -> str:
    shown = "".join(
        f"<details id='schema-{escape(name)}'><summary><code>{escape(name)}</code></summary>"
        f"<pre>{escape(json.dumps(schema, indent=2, ensure_ascii=False))}</pre></details>"
        for name, schema in sorted(document["components"]["schemas"].items())
    )
    return f"<h2>Schemas</h2>{shown}"


def _schema_link(schema: dict[str, Any]) -> str:
    name = schema.get("$ref", "").rpartition("/")[2]
    return f"<a href='#schema-{escape(name)}'><code>{escape(name)}</code></a>" if name else "<code>JSON</code>"


def _table(heads: tuple[str, ...], rows: list[str]) -> str:
    if not rows:
        return ""
    head = "".join(f"<th scope='col'>{escape(one)}</th>" for one in heads)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _row(first: str, second: str, third: str) -> str:
    return f"<tr><td>{first}</td><td>{escape(second)}</td><td>{escape(third)}</td></tr>"


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{_with_code(part)}</p>" for part in text.strip().split("\n\n") if part)


def _with_code(text: str) -> str:
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts))
