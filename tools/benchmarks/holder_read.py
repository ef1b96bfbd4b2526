"""Wait for cards as the console does, and read holders without one: a process of its own.

    python -m benchmarks.holder_read CONFIG     then lines on stdin: see READER, or read READER

``waits`` is said at once; then, as JSON, when the daemon had seen the card and when it was read.
"""

from __future__ import annotations

import json
import sys
import time

from terminal.config import load_config
from terminal.readers.pcsc import Scard
from terminal.readers.survey import wait_for_card
from terminal.services.offered.laying import Lying
from terminal.web.hands import Hands
from terminal.web.messages import By, LookAtCard
from terminal.web.views import Face

PATIENCE_SECONDS = 20.0


def main() -> None:
    """Do what the lines say until there are no more."""
    hands, pcsc = Hands(load_config(sys.argv[1])), Scard()
    for line in sys.stdin:
        what, _, reader = line.strip().partition(" ")
        print("waits", flush=True)
        assert wait_for_card(pcsc, reader, PATIENCE_SECONDS) is not None
        seen = time.monotonic()
        if what == "read":
            face = hands.do(LookAtCard(By("li"), Lying(reader)), lambda _: None)
            assert isinstance(face, Face)
            assert face.holder is not None
        print(json.dumps([seen, time.monotonic()]), flush=True)


if __name__ == "__main__":
    main()
