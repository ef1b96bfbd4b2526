"""Wait no longer than a deadline for a key service that cannot be told to stop.

A call into a PKCS#11 library may hang with its network, and there is no way to end it. So such a
service works on a thread of its own; when a call outlives the deadline the thread is left behind
and the service is given up, as a hung reader is (docs/decisions/0002).
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, TypeVar

from terminal.errors import KeyServiceHung
from terminal.keys.service import CardIdentity, CardKey, KeyService
from terminal.service_pin import ServicePin

T = TypeVar("T")
_Job = tuple[Callable[[KeyService], Any], "Future[Any]"]


class BoundedKeys:
    """Be another key service, opened and used on its own thread.

    ``seconds`` is how long opening and every call may take. Raises what the service raises, and
    KeyServiceHung; after that nothing else.
    """

    def __init__(self, open_service: Callable[[], KeyService], seconds: float) -> None:
        self._seconds = seconds
        self._hung = False
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        opened: Future[KeyService] = Future()
        self._thread = threading.Thread(
            target=self._own, args=(open_service, opened), name="keys", daemon=True
        )
        self._thread.start()
        self._await(opened)

    @property
    def test_keys(self) -> bool:
        """Tell whether the keys are test keys (KeyService)."""
        return self.ask(lambda keys: keys.test_keys)

    def holds(self, card: CardIdentity, key: CardKey) -> bool:
        """Tell whether there is a key (KeyService)."""
        return self.ask(lambda keys: keys.holds(card, key))

    def version(self, key: CardKey) -> int | None:
        """Give the key version to name to the card (KeyService)."""
        return self.ask(lambda keys: keys.version(key))

    def authentication_data(
        self, card: CardIdentity, key: CardKey, factor: bytes, original: bytes
    ) -> bytes:
        """Prove a card's key over two challenges (KeyService)."""
        return self.ask(lambda keys: keys.authentication_data(card, key, factor, original))

    def mac(self, card: CardIdentity, key: CardKey, factor: bytes, header: bytes) -> bytes:
        """Make the MAC of a command without data (KeyService)."""
        return self.ask(lambda keys: keys.mac(card, key, factor, header))

    def reload_pin(
        self, card: CardIdentity, key: CardKey, factor: bytes, header: bytes, pin: ServicePin
    ) -> bytes:
        """Encipher a new PIN and make the MAC over it (KeyService)."""
        return self.ask(lambda keys: keys.reload_pin(card, key, factor, header, pin))

    def close(self) -> None:
        """Close the service; a thread that hangs is left behind (KeyService)."""
        self._jobs.put(None)
        if not self._hung:
            self._thread.join(self._seconds)

    def ask(self, question: Callable[[KeyService], T]) -> T:
        """Let the service answer on its thread; raises what it raises, and KeyServiceHung."""
        if self._hung or not self._thread.is_alive():
            raise KeyServiceHung(seconds=f"{self._seconds:g}")
        answer: Future[T] = Future()
        self._jobs.put((question, answer))
        return self._await(answer)

    def _await(self, answer: Future[T]) -> T:
        try:
            return answer.result(self._seconds)
        except TimeoutError:
            if answer.done():
                raise  # the service's own
            self._hung = True
            raise KeyServiceHung(seconds=f"{self._seconds:g}") from None

    # --- The service's own thread ----------------------------------------------------------

    def _own(self, open_service: Callable[[], KeyService], opened: Future[KeyService]) -> None:
        try:
            service = open_service()
        except BaseException as error:  # noqa: BLE001  handed to the caller, who raises it
            opened.set_exception(error)
            return
        opened.set_result(service)
        with contextlib.closing(service):
            while not self._hung and (job := self._jobs.get()) is not None:
                question, answer = job
                try:
                    answer.set_result(question(service))
                except BaseException as error:  # noqa: BLE001  as above
                    answer.set_exception(error)
