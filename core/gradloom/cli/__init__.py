"""The command `gradloom`. What a subcommand needs is imported when it runs, so that help comes at once."""

from __future__ import annotations


def main() -> None:
    """Run the command with the arguments of the process."""
    from gradloom.cli.app import app

    app(prog_name="gradloom")
