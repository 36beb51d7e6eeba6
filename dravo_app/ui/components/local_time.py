"""An instant in the reader's own zone, with the zone beside it."""

import reflex as rx

_FORMAT = (
    "new Intl.DateTimeFormat('en-GB', {day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', "
    "minute: '2-digit', timeZoneName: 'short'})"
)


def local_time(instant: rx.Var[str]) -> rx.Component:
    """`instant` is ISO 8601 or empty. Rows only ever appear in the browser, so its zone is the right one."""
    shown: rx.Var[str] = rx.Var(
        f"((at) => at ? {_FORMAT}.format(new Date(at)) : '')({instant!s})", _var_data=instant._get_all_var_data()
    )
    return rx.el.time(shown, date_time=instant, white_space="nowrap")
