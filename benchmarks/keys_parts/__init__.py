"""What `benchmarks/keys.py` is made of."""
