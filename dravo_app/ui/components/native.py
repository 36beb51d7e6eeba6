"""Elements that the browser itself acts on. Reflex's forms are never sent, and only a server can set an HttpOnly cookie;
its links within a page go through the router, which would drop the filters from the address."""

import reflex as rx
from reflex_components_core.el.elements.base import BaseHTML


class NativeForm(BaseHTML):
    tag = "form"

    action: rx.Var[str]
    method: rx.Var[str]


class NativeLink(BaseHTML):
    tag = "a"

    href: rx.Var[str]


native_form = NativeForm.create
native_link = NativeLink.create
