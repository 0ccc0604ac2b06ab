"""The command `gradloom`. What a subcommand needs is imported when it runs, so that help comes at once."""

from __future__ import annotations

import sys

INTERRUPTED = 130
"""The exit code after Ctrl+C, as shells have it: 128 and the number of the signal."""


def main() -> None:
    """Run the command with the arguments of the process."""
    try:
        from gradloom.cli.app import app

        app(prog_name="gradloom")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
