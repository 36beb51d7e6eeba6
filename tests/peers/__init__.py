"""Other people's real servers, installed on demand and run on loopback, for tests that want the truth."""
