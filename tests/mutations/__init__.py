"""Does anybody notice? Safeguards are taken out of a copy of the tree one at a time, and some test has to fail each time."""
