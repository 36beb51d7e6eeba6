"""Bluesky and any other atproto server: posts of up to 300 graphemes, by app password."""
