"""The page on which a person lets an app act for a sandbox account, or doesn't; the same for every OAuth network."""

import html
from collections.abc import Mapping

from dravo_app.sandbox.wire import Reply, html_reply

_STYLE = """
:root{color-scheme:light dark;--ink:#16181d;--soft:#5b6270;--paper:#f6f6f3;--card:#fff;--line:#dedfd9;--go:#1f5fbf}
@media(prefers-color-scheme:dark){:root{--ink:#ececea;--soft:#a3a8b3;--paper:#121316;--card:#1b1d21;--line:#32353c;
--go:#8ab4f8}.go{color:#10141c}}
*{box-sizing:border-box}body{margin:0;min-height:100vh;display:grid;place-items:center;padding:16px;
background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:28px;width:100%;max-width:420px}
h1{font-size:20px;margin:0 0 8px}p{margin:0 0 16px;color:var(--soft)}b{color:var(--ink)}ul{margin:0 0 20px;padding-left:20px}
label{display:block;font-weight:600;margin-bottom:6px}input{width:100%;font:inherit;padding:10px 12px;color:inherit;
background:var(--paper);border:1px solid var(--line);border-radius:9px;margin-bottom:20px}
button{font:inherit;font-weight:600;padding:10px 18px;border-radius:9px;border:1px solid var(--line);cursor:pointer;
background:none;color:inherit}.go{background:var(--go);border-color:var(--go);color:var(--card)}
button:focus-visible,input:focus-visible{outline:3px solid var(--go);outline-offset:2px}div{display:flex;gap:10px}
"""

_BROWSER_RULES = (
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cache-control", "no-store"),
    ("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'"),
)


def ask(network: str, app: str, scopes: list[str], given: Mapping[str, str]) -> Reply:
    """The form: which account, and yes or no. `given` are the app's parameters, sent along with the decision."""
    kept = "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
        for name, value in given.items()
    )
    wishes = "".join(f"<li>{html.escape(scope)}</li>" for scope in scopes)
    return _page(
        200,
        f"Let this app use your {network} account?",
        f"<p>The app <b>{html.escape(app)}</b> asks a sandbox account for:</p><ul>{wishes}</ul>"
        f'<form method="post">{kept}<label for="handle">Account</label>'
        '<input id="handle" name="handle" value="alice" required pattern="[A-Za-z0-9_.\\-]{1,64}" autocomplete="off">'
        '<div><button class="go" name="decision" value="allow">Authorize app</button>'
        '<button name="decision" value="deny" formnovalidate>Cancel</button></div></form>',
    )


def refuse(network: str, why: str) -> Reply:
    """The page when the app's own request makes no sense, so there is nobody to send the person back to."""
    return _page(400, f"This app can't ask for your {network} account", f"<p>{html.escape(why)}</p>")


def send_back(address: str) -> Reply:
    """Off to the app with the decision."""
    return Reply(302, b"", (("location", address), *_BROWSER_RULES))


def _page(status: int, title: str, content: str) -> Reply:
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{html.escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body><main><h1>{html.escape(title)}</h1>{content}</main></body></html>"
    )
    return html_reply(status, page, *_BROWSER_RULES)
