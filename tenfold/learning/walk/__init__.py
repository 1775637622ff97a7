"""The walk: labels are committed step by step, and a sealed coin decides who looks at them."""
