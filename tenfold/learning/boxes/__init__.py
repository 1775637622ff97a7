"""A box detector that learns from about a hundred tagged images on a CPU.

The backbone stays frozen: its maps of every tagged image are computed once, in a few varied
versions, and only a small head is trained on them. See `trainer.BoxTrainer`.
"""
