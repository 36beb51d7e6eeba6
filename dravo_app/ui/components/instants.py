"""Instants for who wants to know exactly: to the second in the reader's zone, and how long ago or ahead that is."""

from typing import Any

import reflex as rx
from reflex.utils.imports import ImportDict, ImportVar

_FORMAT = (
    "new Intl.DateTimeFormat('en-GB', {day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', "
    "second: '2-digit', timeZoneName: 'short'})"
)
_AGO = """const SPANS = [[86400, "day"], [3600, "hour"], [60, "minute"], [1, "second"]];
function ago(at) {
  const seconds = Math.round((new Date(at).getTime() - Date.now()) / 1000);
  if (Math.abs(seconds) < 5) return "now";
  const [span, unit] = SPANS.find(([span]) => Math.abs(seconds) >= span);
  const words = new Intl.RelativeTimeFormat("en-GB", {style: "short"});
  return words.format(Math.trunc(seconds / span), unit);
}
function Ago({at}) {
  const [, again] = useReducer((count) => count + 1, 0);
  useEffect(() => {
    const timer = setInterval(again, Math.abs(new Date(at).getTime() - Date.now()) < 90000 ? 1000 : 20000);
    return () => clearInterval(timer);
  }, [at]);
  return at ? ago(at) : "";
}"""


_LASTING = """function lasting(since) {
  const seconds = Math.max(0, Math.floor((Date.now() - new Date(since).getTime()) / 1000));
  const [minutes, hours, days] = [60, 3600, 86400].map((span) => Math.floor(seconds / span));
  if (days) return `${days} d` + (hours % 24 ? ` ${hours % 24} h` : "");
  if (hours) return `${hours} h` + (minutes % 60 ? ` ${minutes % 60} min` : "");
  return minutes ? `${minutes} min` : `${seconds} s`;
}
function Lasting({since}) {
  const [, again] = useReducer((count) => count + 1, 0);
  useEffect(() => {
    const timer = setInterval(again, 1000);
    return () => clearInterval(timer);
  }, [since]);
  return since ? lasting(since) : "";
}"""


class Lasting(rx.Component):
    """Keeps itself up to date."""

    tag = "Lasting"

    since: rx.Var[str]

    def add_imports(self) -> ImportDict:
        return {"react": [ImportVar("useEffect"), ImportVar("useReducer")]}

    def add_custom_code(self) -> list[str]:
        return [_LASTING]


class Ago(rx.Component):
    """Keeps itself up to date."""

    tag = "Ago"

    at: rx.Var[str]

    def add_imports(self) -> ImportDict:
        return {"react": [ImportVar("useEffect"), ImportVar("useReducer")]}

    def add_custom_code(self) -> list[str]:
        return [_AGO]


def exact_time(instant: rx.Var[str], **props: Any) -> rx.Component:
    """`24 Nov, 00:05:25 CET`; `instant` is ISO 8601 or empty."""
    shown: rx.Var[str] = rx.Var(
        f"((at) => at ? {_FORMAT}.format(new Date(at)) : '')({instant!s})", _var_data=instant._get_all_var_data()
    )
    return rx.el.time(shown, date_time=instant, white_space="nowrap", **props)


def ago(instant: rx.Var[str], **props: Any) -> rx.Component:
    """`3 min ago`, `in 20 sec`."""
    return rx.el.span(Ago.create(at=instant), white_space="nowrap", **props)


def lasting(since: rx.Var[str], **props: Any) -> rx.Component:
    """`41 s`, `12 min`, `3 h 5 min`, going on while somebody reads."""
    return rx.el.span(Lasting.create(since=since), white_space="nowrap", **props)
