"""``python -m verify``: the same command as ``verify`` and ``rankproof``."""

import sys

from verify.cli import main

if __name__ == "__main__":
    sys.exit(main())
