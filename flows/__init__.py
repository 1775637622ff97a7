"""The order of things: each flow reads top to bottom as the pipeline does."""
