"""The inspector: whatever is selected as a form, and the experiment's settings where nothing is."""
