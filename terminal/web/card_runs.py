"""Acts of the room of cards that were started from pages: one a key, however often it is sent.

What they did is on record in the registry; here is only what a page shows of one, and the last of
those that are over.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

from terminal.errors import WorkerGone
from terminal.web.card_acts import CardAct, WorkDone
from terminal.web.crew import JobFailed, Worker
from terminal.web.hub import Hub, run_topic
from terminal.web.messages import DoWork, Result, Trouble
from terminal.web.troubles import trouble_of

MOST = 200


@dataclass(frozen=True, slots=True)
class CardRun:
    """Hold an act that was started."""

    key: str
    act: CardAct
    future: Future[Result] = field(repr=False)

    @property
    def running(self) -> bool:
        """Say whether it goes on."""
        return not self.future.done()

    @property
    def trouble(self) -> Trouble | None:
        """Give why it failed, None where it goes on or ended well."""
        if self.running:
            return None
        error = self.future.exception()
        if error is None:
            return None
        return error.trouble if isinstance(error, JobFailed) else trouble_of(WorkerGone())

    @property
    def done(self) -> WorkDone | None:
        """Give what came of it, None where it goes on or failed."""
        if self.running or self.trouble is not None:
            return None
        result = self.future.result()
        return result if isinstance(result, WorkDone) else None


class CardRuns:
    """Hold the acts of this console."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._lock = threading.Lock()
        self._by_key: OrderedDict[str, CardRun] = OrderedDict()

    def get(self, key: str) -> CardRun | None:
        """Give an act, None where this console knows none under the key."""
        with self._lock:
            return self._by_key.get(key)

    def start(
        self, act: CardAct, worker: Worker, job: DoWork, after: Callable[[], object] = lambda: None
    ) -> CardRun:
        """Start an act, or give the one that goes on or ended well under its key."""
        key = job.key
        with self._lock:
            known = self._by_key.get(key)
            if known is not None and known.trouble is None:
                return known
            run = CardRun(key, act, worker.order(job))
            self._by_key[key] = run
            self._by_key.move_to_end(key)
            self._forget()

        def ended(_: Future[Result]) -> None:
            self._hub.tell(run_topic(key))
            after()

        run.future.add_done_callback(ended)
        return run

    def _forget(self) -> None:
        over = [key for key, each in self._by_key.items() if not each.running]
        for key in over[: max(0, len(self._by_key) - MOST)]:
            del self._by_key[key]
