"""Mastodon, and every server that speaks its API: one folder per network, as everywhere here."""
