"""START, build: how Reflex makes the dashboard; one build works on any port and behind any proxy."""

from typing import Unpack

import reflex as rx
from reflex.plugins import Plugin, RadixThemesPlugin, SitemapPlugin
from reflex_base.plugins import PreCompileContext

from dravo_app.ui.theme import THEME

_AS_BUILT = "const endpoint = new URL(url_str);"
_SAME_ORIGIN = """const endpoint = new URL(url_str);
  if (typeof window !== "undefined") {
    const isSecure = window.location.protocol === "https:";
    const isSocket = endpoint.protocol.startsWith("ws");
    endpoint.protocol = isSocket ? (isSecure ? "wss:" : "ws:") : window.location.protocol;
    endpoint.hostname = window.location.hostname;
    endpoint.port = window.location.port;
    return endpoint;
  }"""


_EVALUATED = "eval(event.payload.function)();"
_TOASTED = """((text) => {
            const toast = /^\\(\\(\\) => \\(refs\\['__toast'\\]\\?\\.\\["(\\w+)"\\]\\((".*")\\)\\)\\)$/s.exec(text);
            return toast ? refs["__toast"]?.[toast[1]](JSON.parse(toast[2])) : eval(text)();
          })(event.payload.function);"""


class SafeToasts(Plugin):
    """Reflex sends a toast as a script's text, which our pages' policy rightly never runs; this reads it as what it is."""

    def pre_compile(self, **context: Unpack[PreCompileContext]) -> None:
        context["add_modify_task"]("utils/state.js", toast_without_eval)


def toast_without_eval(script: str) -> str:
    """Reflex's client that shows a server's toast without evaluating text. Raises RuntimeError where Reflex has changed too much."""
    if _TOASTED in script:
        return script
    if script.count(_EVALUATED) != 1:
        raise RuntimeError("Reflex's state.js has changed: no message of the server would be seen.")
    return script.replace(_EVALUATED, _TOASTED)


class SameOrigin(Plugin):
    """Reflex bakes the backend's address into the build; the page's own address is the right one."""

    def pre_compile(self, **context: Unpack[PreCompileContext]) -> None:
        context["add_modify_task"]("utils/state.js", talk_to_own_origin)


def talk_to_own_origin(script: str) -> str:
    """Reflex's client with the backend at `window.location`. Raises RuntimeError where Reflex has changed too much."""
    if _SAME_ORIGIN in script:
        return script
    if script.count(_AS_BUILT) != 1:
        raise RuntimeError("Reflex's state.js has changed: the backend's address would be baked into the build.")
    return script.replace(_AS_BUILT, _SAME_ORIGIN)


config = rx.Config(
    app_name="dravo_app",
    telemetry_enabled=False,
    show_built_with_reflex=False,
    # One web process: what is in a page's state need not outlive it, and Redis is for the queue.
    state_manager_mode=rx.constants.StateManagerMode.MEMORY,
    # No other origin, and no check by Reflex: the guard on /_event compares Origin with Host, whatever the address is.
    cors_allowed_origins=[],
    plugins=[RadixThemesPlugin(theme=THEME), SameOrigin(), SafeToasts()],
    disable_plugins=[SitemapPlugin],
)
