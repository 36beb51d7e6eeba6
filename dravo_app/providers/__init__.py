"""Window to the networks: one folder per provider, knows no tables, no settings, no sibling provider."""
