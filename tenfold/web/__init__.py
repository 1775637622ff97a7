"""The tagging page and its HTTP API."""
