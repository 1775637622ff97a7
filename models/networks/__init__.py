"""Torch modules; imported only where a job runs."""
