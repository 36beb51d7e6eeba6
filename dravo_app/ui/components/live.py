"""An invisible part of a page that notices when something has happened, and has the page look again.

While the page is looked at it holds one request to `/changes` (see `changes.py`); it calls `on_change` when the answer says
that there is news, and every few seconds anyway: often while something is under way, seldom otherwise.
"""

from typing import Any

import reflex as rx
from reflex.utils.imports import ImportDict, ImportVar
from reflex.vars import VarData

from dravo_app.ui import routes

_HOLD_SECONDS = 15
_BUSY_HOLD_SECONDS = 2
_LEAST_PAUSE_MS = 400  # between two looks of one page, however much is going on
_TROUBLE_PAUSE_MS = 3000
_SCROLLED = 120  # pixels from the top, from where on somebody is reading further below


class Live(rx.Component):
    """`version` is that of what the page shows (0 while it shows nothing); `on_change` gets whether the page is scrolled."""

    library = "react"
    tag = "Fragment"

    version: rx.Var[int]
    is_busy: rx.Var[bool]
    on_change: rx.EventHandler[rx.event.passthrough_event_spec(bool)]  # type: ignore[type-arg]  # Reflex reads the argument

    def add_imports(self) -> ImportDict:
        return {"react": [ImportVar("useEffect"), ImportVar("useRef")]}

    def add_hooks(self) -> list[str | rx.Var[Any]]:
        change = rx.Var.create(self.event_triggers["on_change"])
        body = f"""const live = useRef({{}});
live.current = {{version: {self.version!s}, isBusy: {self.is_busy!s}, look: {change!s}}};
useEffect(() => {{
  const leaving = new AbortController();
  const pause = (ms) => new Promise((go) => setTimeout(go, ms));
  const watch = async () => {{
    let seen = 0;
    while (!leaving.signal.aborted) {{
      if (document.hidden) {{
        await new Promise((go) => document.addEventListener("visibilitychange", go, {{once: true, signal: leaving.signal}}));
        continue;
      }}
      if (!live.current.version) {{ await pause(100); continue; }}
      const after = Math.max(seen, live.current.version);
      const hold = live.current.isBusy ? {_BUSY_HOLD_SECONDS} : {_HOLD_SECONDS};
      const began = Date.now();
      try {{
        const answer = await fetch(`{routes.CHANGES}?after=${{after}}&hold=${{hold}}`, {{signal: leaving.signal}});
        if (!answer.ok) throw new Error();
        const version = (await answer.json()).version;
        if (leaving.signal.aborted) return;
        seen = Math.max(after, version);
        live.current.look(window.scrollY > {_SCROLLED});
        await pause(Math.max({_LEAST_PAUSE_MS}, version ? 0 : {_TROUBLE_PAUSE_MS} - (Date.now() - began)));
      }} catch {{
        await pause({_TROUBLE_PAUSE_MS});
      }}
    }}
  }};
  watch();
  return () => leaving.abort();
}}, []);"""
        parts = (change, self.version, self.is_busy)
        return [rx.Var(body, _var_data=VarData.merge(*(part._get_all_var_data() for part in parts)))]

    def _exclude_props(self) -> list[str]:
        return [*super()._exclude_props(), "version", "is_busy", "on_change"]


live = Live.create
