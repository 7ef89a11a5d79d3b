"""``python -m povertystats`` is the command ``povertystats``."""

import sys

from povertystats.cli import main

if __name__ == "__main__":
    sys.exit(main())
