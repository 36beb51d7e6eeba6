"""The shapes of answers; the shapes of requests belong to the services that take them."""
