"""``python -m crisis_abm`` is the command ``crisis-abm``."""

import sys

from crisis_abm.cli import main

if __name__ == "__main__":  # worker processes import this module too
    sys.exit(main())
