"""How long the tests wait for a hub, and what they make of what came of a pull."""

from voiced.models.hub import Patience
from voiced.models.pull import Pulled

QUICK = Patience(connect_s=10, read_s=10, tries=3, pause_s=0)
"""No pauses; but a busy machine may be slow."""

IMPATIENT = Patience(connect_s=10, read_s=0.15, tries=3, pause_s=0)
"""For servers that fall silent."""


def one(results: list[Pulled]) -> Pulled:
    [result] = results
    return result
