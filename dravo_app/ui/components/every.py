"""An invisible clock in a page: calls an event handler every few seconds while the page is looked at."""

from typing import Any

import reflex as rx
from reflex.utils.imports import ImportDict
from reflex.vars import VarData


class Every(rx.Component):
    library = "react"
    tag = "Fragment"

    seconds: float = 3.0
    on_tick: rx.EventHandler[rx.event.no_args_event_spec]  # type: ignore[type-arg]  # Reflex reads the argument

    def add_imports(self) -> ImportDict:
        return {"react": "useEffect"}

    def add_hooks(self) -> list[str | rx.Var[Any]]:
        tick = rx.Var.create(self.event_triggers["on_tick"])
        body = (
            f"useEffect(() => {{ const timer = setInterval(() => {{ if (!document.hidden) ({tick!s})() }}, "
            f"{int(self.seconds * 1000)}); return () => clearInterval(timer); }}, []);"
        )
        return [rx.Var(body, _var_data=VarData.merge(tick._get_all_var_data()))]

    def _exclude_props(self) -> list[str]:
        return [*super()._exclude_props(), "seconds", "on_tick"]


every = Every.create
