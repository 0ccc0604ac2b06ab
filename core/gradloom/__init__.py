"""Gradloom: neural networks on a dynamic graph with autograd over NumPy, under PyTorch's names."""
