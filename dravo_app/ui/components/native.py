"""Elements that the browser itself acts on. Reflex's forms are never sent, and only a server can set an HttpOnly cookie;
its links within a page go through the router, which would drop the filters from the address. And the router's own link."""

from reflex.vars import Var
from reflex_components_core.el.elements.base import BaseHTML
from reflex_components_core.react_router.dom import ReactRouterLink


class NativeForm(BaseHTML):
    tag = "form"

    action: Var[str]
    method: Var[str]


class NativeLink(BaseHTML):
    tag = "a"

    href: Var[str]


class PageLink(ReactRouterLink):
    """To another page of ours; "intent" fetches its scripts as soon as somebody points at it."""

    prefetch: Var[str]


native_form = NativeForm.create
native_link = NativeLink.create
page_link = PageLink.create
