"""What each step of the pipeline does; the order of the steps stands in flows/.

Every step looks at what is in the stores and does what is missing: run twice, it changes nothing
the second time.
"""
