"""Door for programs: the HTTP API under /v1. It opens one transaction per request, calls one service and shows the answer."""
