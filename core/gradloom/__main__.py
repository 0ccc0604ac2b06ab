"""`python -m gradloom` is the command `gradloom`."""

from __future__ import annotations

from gradloom.cli import main

if __name__ == "__main__":
    main()
