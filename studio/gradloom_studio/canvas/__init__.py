"""The canvas: the graph as a picture that can be taken in the hand."""
