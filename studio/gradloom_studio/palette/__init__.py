"""The palette: everything that can be put on the canvas, grouped and searchable."""
