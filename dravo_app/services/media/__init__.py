"""Pictures by address: asked about at intake, fetched right before a post goes out, looked at, made to fit, never kept."""
