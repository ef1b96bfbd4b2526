"""What is asked of a session under test, and cards that take their time."""

import threading

from terminal.readers.connection import CardConnection

READER = "Reader 00 00"
OTHER = "Reader 00 01"
SOON = 0.15  # seconds: a deadline that has to pass for real
LATE = 10  # seconds: never reached unless something is broken

PROVE = bytes.fromhex("0020000003123456")
ASK = bytes.fromhex("00220000")
OK = b"\x90\x00"
REFUSED = b"\x69\x82"


def prove(connection: CardConnection) -> bytes:
    return connection.transmit(PROVE)


def ask(connection: CardConnection) -> bytes:
    return connection.transmit(ASK)


class Clock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Patient:
    """A card's answer that does not come before it is let go; says when it was asked."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.go = threading.Event()

    def __call__(self, command: bytes) -> bytes:
        self.asked.set()
        assert self.go.wait(LATE)
        return OK
