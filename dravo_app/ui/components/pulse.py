"""An invisible part of a page that has it look again: twice a second while something is under way, seldom otherwise.

For what is no post's change, and so not told by `/changes` (see `live.py`). The next look waits for the answer to the last.
"""

from typing import Any

import reflex as rx
from reflex.utils.imports import ImportDict, ImportVar
from reflex.vars import VarData

_BUSY_MS, _IDLE_MS = 500, 4000
_GIVEN_UP_MS = 8000  # an answer that hasn't come by then won't


class Pulse(rx.Component):
    """`beat` changes with every answer; `on_beat` looks again."""

    library = "react"
    tag = "Fragment"

    beat: rx.Var[int]
    is_busy: rx.Var[bool]
    on_beat: rx.EventHandler[rx.event.no_args_event_spec]  # type: ignore[type-arg]  # Reflex reads the argument

    def add_imports(self) -> ImportDict:
        return {"react": [ImportVar("useEffect"), ImportVar("useRef")]}

    def add_hooks(self) -> list[str | rx.Var[Any]]:
        look = rx.Var.create(self.event_triggers["on_beat"])
        body = f"""const pulse = useRef(() => {{}});
pulse.current = {look!s};
useEffect(() => {{
  const look = () => {{ if (!document.hidden) pulse.current(); }};
  const next = setTimeout(look, {self.is_busy!s} ? {_BUSY_MS} : {_IDLE_MS});
  const lost = setInterval(look, {_GIVEN_UP_MS});
  document.addEventListener("visibilitychange", look);
  return () => {{ clearTimeout(next); clearInterval(lost); document.removeEventListener("visibilitychange", look); }};
}}, [{self.beat!s}, {self.is_busy!s}]);"""
        parts = (look, self.beat, self.is_busy)
        return [rx.Var(body, _var_data=VarData.merge(*(part._get_all_var_data() for part in parts)))]

    def _exclude_props(self) -> list[str]:
        return [*super()._exclude_props(), "beat", "is_busy", "on_beat"]


pulse = Pulse.create
