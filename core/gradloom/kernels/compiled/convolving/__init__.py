"""The ways in which compiled convolutions are done."""
