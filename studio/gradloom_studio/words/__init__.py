"""How figures, shapes and parameters are said, everywhere the same."""
