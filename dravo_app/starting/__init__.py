"""START: everything between `./dravo VERB` and the running processes; the standard library only.

In reading order: `__main__` (the verbs), `install` (the environment), `supervisor` (`up`), `children` (one process
each), `dashboard` (the cached build), `queue_server` (Redis), `readiness` (the address), `lifeline` (nothing outlives
its parent).
"""
