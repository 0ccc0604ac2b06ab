"""Ops on each element by itself, with broadcasting."""
