"""Ops over whole dims: sums, extrema, orders, counts."""
