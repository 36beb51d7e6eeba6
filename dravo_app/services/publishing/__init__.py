"""The life of a publish job, in reading order: plan, release, dispatch, deliver, outcome, reconcile, rollup.

`lifecycle` is the table of states they all move within; `cancel`, `resolve` and `retry` are what people may do in between.
"""
