"""The gallery: examples to start from, each ready to train."""
