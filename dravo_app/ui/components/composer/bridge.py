"""Between the page and its script: the script is loaded with the page, and its calls become events of the state."""

from typing import Any

import reflex as rx
from reflex.utils.imports import ImportDict
from reflex.vars import VarData

FORM = "composer"
_CALLS = ("review", "publish", "code", "look", "leave", "toast")


class Bridge(rx.Component):
    """Each handler gets one text: the draft as JSON, or where to go, or what to say."""

    library = "react"
    tag = "Fragment"

    on_review: rx.EventHandler[rx.event.passthrough_event_spec(str)]  # type: ignore[type-arg]  # Reflex reads it
    on_publish: rx.EventHandler[rx.event.passthrough_event_spec(str)]  # type: ignore[type-arg]  # Reflex reads it
    on_code: rx.EventHandler[rx.event.passthrough_event_spec(str)]  # type: ignore[type-arg]  # Reflex reads it
    on_look: rx.EventHandler[rx.event.passthrough_event_spec(str)]  # type: ignore[type-arg]  # Reflex reads it
    on_leave: rx.EventHandler[rx.event.passthrough_event_spec(str)]  # type: ignore[type-arg]  # Reflex reads it
    on_toast: rx.EventHandler[rx.event.passthrough_event_spec(str)]  # type: ignore[type-arg]  # Reflex reads it

    def add_imports(self) -> ImportDict:
        return {"react": "useEffect"}

    def add_hooks(self) -> list[str | rx.Var[Any]]:
        triggers = {name: rx.Var.create(self.event_triggers[f"on_{name}"]) for name in _CALLS}
        calls = ", ".join(f"{name}: (said) => ({trigger!s})(said)" for name, trigger in triggers.items())
        # The build gives the script a name made of its content, so that a browser which was here before gets a changed one.
        body = (
            "useEffect(() => { let stop; let gone = false; import('$/public/composer/main.js').then((script) => {"
            f" if (!gone) stop = script.compose(document.getElementById('{FORM}'), {{{calls}}}); }});"
            " return () => { gone = true; stop?.(); }; }, []);"
        )
        data = [trigger._get_all_var_data() for trigger in triggers.values()]
        return [rx.Var(body, _var_data=VarData.merge(*data))]

    def _exclude_props(self) -> list[str]:
        return [*super()._exclude_props(), *(f"on_{name}" for name in _CALLS)]


bridge = Bridge.create
