"""The runs panel: what was trained before, to compare, bring back, export and forget."""
