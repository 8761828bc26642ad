"""`python -m voiced` is the program `voiced`."""

import sys

from voiced.cli import main

sys.exit(main())
