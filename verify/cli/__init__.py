"""The command line: ``verify``, ``rankproof`` and ``python -m verify``. May import every other room of the
house.

Each command imports what it needs when it runs, so that ``verify --help`` answers at once.
"""

from verify.cli.app import app, main

__all__ = ["app", "main"]
