"""Learning from few tags: features, heads, detectors, selection, confidence, certificate.

Knows nothing of Prefect or of the label store: arrays, records and blobs in, the same out.
"""
