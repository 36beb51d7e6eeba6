"""`./dravo bench`: every promise about speed, measured beside its comparison partners in one call, with the machine's description.

Figures, not verdicts: a bar that isn't met is printed like one that is. `corpus` makes a long life, `places` a Dravo of its own, the rows are in
`history`, `door`, `delivery`, `plain_rq` and `memory`; `pages` times the dashboard in a browser, by hand.
"""
