"""The plugins panel: what was found, what it adds, and why something that was found does not work."""
