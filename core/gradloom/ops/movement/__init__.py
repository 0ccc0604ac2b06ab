"""Ops that move, pick and place elements, and views."""
