"""The proof as its house knows it: what a run says of itself (`record`), and the one that belongs to this installation (`keeping`).

The run is a program of its own, `dravo_app/proving/`.
"""
