"""The outline: the graph as a list that keys and screen readers can walk."""
