"""Saving and loading tensors and plain values, in PyTorch's own file format.

A file is a zip archive of uncompressed records: `data.pkl` describes the object in pickle's opcodes, and
`data/0`, `data/1` and so on are the memory that tensors lie in. We write a subset that any PyTorch since 1.6
loads, also with `weights_only=True`. We read with a parser of our own that builds tensors and plain values
only: no code runs, and no name is imported, whatever the file says.
"""

from __future__ import annotations

from gradloom.page import page

__getattr__, __dir__, __all__ = page(
    __name__,
    {
        "gradloom.serialization.archive": "LoadError",
        "gradloom.serialization.file": "load save",
        "gradloom.serialization.declared": """
            add_safe_globals clear_safe_globals get_safe_globals safe_globals
        """,
    },
)
