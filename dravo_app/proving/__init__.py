"""START prove: a small Dravo of its own, a few dozen posts, faults, killed workers, and the books that come of it.

In reading order: `__main__` (the verb), `course` (what happens, in order), `plan` (posts and faults, drawn from a seed),
`installation` (the folder and the processes), `judge` (what the sandbox saw), `books` (both sides added up), `fault_table`,
`told` (for the terminal).
"""
