"""One router per noun of the /v1 contract."""
