"""A key service that hangs: the counter goes on, and nothing that waited for it reaches a card."""

import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from key_services import KEYS, P1

from terminal.errors import KeyMissing, KeyServiceHung
from terminal.keys.bounded import BoundedKeys
from terminal.keys.software import SoftwareKeys, development

SOON = 0.15  # seconds: a deadline that has to pass for real
LATE = 10  # seconds: never reached unless something is broken
FACTOR = bytes(8)


class Hanging(SoftwareKeys):
    """Development keys, on a line that stands still until it is let go."""

    def __init__(self) -> None:
        super().__init__(development()._root_of)
        self.go = threading.Event()
        self.asked = threading.Event()
        self.closed = threading.Event()

    def authentication_data(self, *args: Any) -> bytes:
        self.asked.set()
        assert self.go.wait(LATE)
        return super().authentication_data(*args)

    def close(self) -> None:
        self.closed.set()


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    service = Hanging()
    yield service
    service.go.set()


def test_a_call_that_hangs(hanging: Hanging) -> None:
    """Told after the deadline, at once from then on, and closing does not wait for it."""
    keys = BoundedKeys(lambda: hanging, SOON)
    assert keys.holds(P1, KEYS[0])
    with pytest.raises(KeyServiceHung) as caught:
        keys.authentication_data(P1, KEYS[0], FACTOR, FACTOR)
    assert "0.15" in caught.value.message("zh")
    assert hanging.asked.is_set()
    hanging.asked.clear()
    with pytest.raises(KeyServiceHung):
        keys.authentication_data(P1, KEYS[0], FACTOR, FACTOR)
    keys.close()
    hanging.go.set()
    assert hanging.closed.wait(LATE)
    assert not hanging.asked.is_set(), "what was given up is not done after all"


def test_opening_that_hangs() -> None:
    """A login that never returns stops the command, not the counter."""
    go = threading.Event()

    def opening() -> SoftwareKeys:
        assert go.wait(LATE)
        return development()

    with pytest.raises(KeyServiceHung):
        BoundedKeys(opening, SOON)
    go.set()


def test_errors_come_through() -> None:
    """What the service raises is raised where it was asked, opening included."""

    def refusing() -> SoftwareKeys:
        raise KeyMissing(key="x")

    with pytest.raises(KeyMissing):
        BoundedKeys(refusing, LATE)

    class Late(Hanging):
        def authentication_data(self, *_: Any) -> bytes:
            raise TimeoutError("its own")

    with closing(BoundedKeys(Late, LATE)) as keys, pytest.raises(TimeoutError, match="its own"):
        keys.authentication_data(P1, KEYS[0], FACTOR, FACTOR)


def test_closed_on_its_own_thread(hanging: Hanging) -> None:
    """Closing twice is allowed; a closed service answers with an error, not with silence."""
    keys = BoundedKeys(lambda: hanging, LATE)
    keys.close()
    keys.close()
    assert hanging.closed.is_set()
    with pytest.raises(KeyServiceHung):
        keys.holds(P1, KEYS[0])


def test_a_pin_does_not_wait_in_it(hanging: Hanging) -> None:
    """The new PIN is wiped by who asked; a call that comes to life later finds none."""
    from terminal.service_pin import ServicePin

    seen: list[Exception] = []

    class Reloading(Hanging):
        def reload_pin(self, *args: Any) -> bytes:
            assert self.go.wait(LATE)
            try:
                return super().reload_pin(*args)
            except ValueError as error:
                seen.append(error)
                raise

    service = Reloading()
    keys = BoundedKeys(lambda: service, SOON)
    with ServicePin(bytearray(b"135792")) as pin, pytest.raises(KeyServiceHung):
        keys.reload_pin(P1, KEYS[3], FACTOR, b"\x84\x24\x00\x01", pin)
    service.go.set()
    assert service.closed.wait(LATE)
    assert len(seen) == 1
