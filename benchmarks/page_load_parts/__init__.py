"""What `benchmarks/page_load.py` is made of."""
