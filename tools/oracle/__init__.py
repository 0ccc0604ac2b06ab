"""Gradloom beside PyTorch, on PyTorch's own sample inputs: what works, what differs, what is missing."""
