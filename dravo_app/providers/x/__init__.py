"""X, by its API v2: posts of up to 280 weighted characters."""
