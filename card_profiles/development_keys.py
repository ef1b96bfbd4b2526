"""TEST KEYS. Two sets of root keys for development; never on a real card, never secret.

``uniform`` has every root 00112233445566778899AABBCCDDEEFF, as the reference's examples do;
``distinct`` gives every key another root, so that a mixed-up key id is seen. A counter in
production mode refuses both (reference social-security-card.md §10).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

UNIFORM_ROOT = bytes.fromhex("00112233445566778899AABBCCDDEEFF")

RootOf = Callable[[str, str], bytes]
"""Give the root key (16 bytes) of a key named by its application and its own name."""


def uniform(application: str, key: str) -> bytes:  # noqa: ARG001  the same whatever is asked for
    """Give the one root of the uniform set."""
    return UNIFORM_ROOT


def distinct(application: str, key: str) -> bytes:
    """Give a root that differs from key to key, made from the names."""
    return hashlib.sha256(f"guitai TEST KEY {application} {key}".encode()).digest()[:16]


SETS: dict[str, RootOf] = {"uniform": uniform, "distinct": distinct}
