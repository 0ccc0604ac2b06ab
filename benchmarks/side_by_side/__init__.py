"""The engine beside PyTorch: the same scripts in both, taking turns, and what the machine allows."""
