"""The catalogue of the regulation: every rule by its id, what it says, and where it is kept.

Regulation digest, both of its tables. docs/regulation.md is made from it; a test fails where a rule
has no module or no test.
"""

from terminal.rules.regulation_entry import KEPT, MARKS, Entry, Kept, Mark
from terminal.rules.regulation_rules import RULES
from terminal.rules.regulation_services import SERVICES

__all__ = ["KEPT", "MARKS", "REGULATION", "Entry", "Kept", "Mark"]

REGULATION: tuple[Entry, ...] = (*SERVICES, *RULES)
"""Every row of the digest's tables, in its order."""
