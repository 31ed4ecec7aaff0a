"""What holds for every test."""

import os

from hypothesis import settings

# No deadline: the first call of a kernel may compile it. No database: nothing is written to the
# checkout, which may be read-only. Under CI the same examples every time.
settings.register_profile("default", deadline=None, database=None, print_blob=True)
settings.register_profile("ci", settings.get_profile("default"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "default")
