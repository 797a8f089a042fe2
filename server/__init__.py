"""The building: settings, engines, start order, command line, migrations."""

import gc

gc.set_threshold(500_000, 50, 100)
"""While modules are read, nothing of what is made becomes garbage: looking for it took a quarter of every start."""
