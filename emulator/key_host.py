"""The other side of a remote key host, in software: texts in, texts out, and a line to ask by.

Reference card-interface-functions.md §4. `KeyHost` answers texts with development keys; it is the
cipher machine and the host in one. `serve` puts any such function behind HTTP or HTTPS on this
machine, with the faults of a line and of a host that are worth trying.

The line before a text that names the card, ``region|historical bytes|card id|``, and status 404
for a key that the host has not, are project-defined.
"""

from __future__ import annotations

import contextlib
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from apdu.cipher import Algorithm, card_factor, city_factor, family, province_factor
from card_profiles.development_keys import RootOf, uniform
from card_profiles.key_addresses import ADDRESSES

_NAMES = {each.address: name for name, each in ADDRESSES.items()}
_BASIC_READ = (8, 9)
"""Fields of a basic read; the ninth is a terminal number."""
_INTERNAL, _EXTERNAL = ("SSSE", "IRK"), ("SSSE", "RKSSSE")


class UnknownKey(LookupError):
    """Say that the host has no such key."""


@dataclass(frozen=True, slots=True)
class _Card:
    region: str
    historical: bytes


class KeyHost:
    """Answer texts with keys derived from development roots: TEST KEYS.

    ``texts`` keeps what was asked, for tests. Raises ValueError for a text that is none,
    UnknownKey.
    """

    def __init__(self, root_of: RootOf = uniform, *, lacks: frozenset[str] = frozenset()) -> None:
        self._root_of = root_of
        self._lacks = lacks
        self.texts: list[str] = []

    def answer(self, text: str) -> str:
        """Answer one text."""
        self.texts.append(text)
        *before, last = text.split("\n")
        fields = last.split("|")[:-1]
        if len(fields) in _BASIC_READ:
            return self._basic_read(fields)
        if len(before) != 1:
            raise ValueError("no line names the card")
        region, historical, _card_id = before[0].split("|")[:3]
        card = _Card(region, bytes.fromhex(historical))
        if len(fields) == 4:
            return self._proof(card, *fields)
        if len(fields) == 5:
            return self._command(card, *fields)
        raise ValueError(f"a text of {len(fields)} fields")

    def _basic_read(self, fields: list[str]) -> str:
        region, historical, algorithm, _card_id, *challenges = fields
        card = _Card(region, bytes.fromhex(historical))
        factor, original = challenges[:2]
        internal = self._result(card, algorithm, _INTERNAL, factor, original)
        factor, original = challenges[2:4]
        external = self._result(card, algorithm, _EXTERNAL, factor, original) if factor else ""
        return f"{internal}|{external}|"

    def _proof(self, card: _Card, algorithm: str, address: str, factor: str, original: str) -> str:
        return self._result(card, algorithm, _name(address), factor, original)

    def _command(
        self, card: _Card, algorithm: str, address: str, factor: str, header: str, pin: str
    ) -> str:
        """Give header ‖ MAC, or header ‖ enciphered PIN ‖ MAC."""
        cipher = family(Algorithm(int(algorithm, 16)))
        session = self._session_key(card, algorithm, _name(address), factor)
        coded = bytes.fromhex(pin + "F" * (len(pin) % 2))
        body = cipher.encrypt(session, coded) if pin else b""
        whole = bytes.fromhex(header) + body
        return (whole + cipher.mac(session, whole)).hex().upper()

    def _result(
        self, card: _Card, algorithm: str, name: tuple[str, str], factor: str, original: str
    ) -> str:
        session = self._session_key(card, algorithm, name, factor)
        cipher = family(Algorithm(int(algorithm, 16)))
        proof = cipher.authentication_data(session, bytes.fromhex(original))
        return proof.hex().upper() + original

    def _session_key(
        self, card: _Card, algorithm: str, name: tuple[str, str], factor: str
    ) -> bytes:
        if name[1] in self._lacks:
            raise UnknownKey(name[1])
        cipher = family(Algorithm(int(algorithm, 16)))
        value = self._root_of(*name)
        for each in (
            province_factor(card.region),
            city_factor(card.region),
            card_factor(card.historical),
        ):
            value = cipher.diversify(value, each)
        return cipher.session_key(value, bytes.fromhex(factor))


def _name(address: str) -> tuple[str, str]:
    try:
        return _NAMES[bytes.fromhex(address[:4])]
    except KeyError:
        raise UnknownKey(address) from None


# --- The line ------------------------------------------------------------------------------


class Fault(Enum):
    """Name what goes wrong on the line."""

    NONE = auto()
    SILENT = auto()
    """It takes the question and says nothing."""
    DRIPPING = auto()
    """It sends its answer's head for ever, byte by byte."""
    HANGS_UP = auto()
    NO_HTTP = auto()
    BROKEN = auto()
    """Status 500."""
    REDIRECTS = auto()
    RUBBISH = auto()
    """Bytes that are no text."""
    OVERSIZED = auto()
    ECHOES = auto()
    """It sends back what it was asked, everywhere."""


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # they are waited for at the end

    def __init__(self, answer: Callable[[str], str], fault: Fault, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.answer = answer
        self.fault = fault
        self.over = threading.Event()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that hangs up is the client's business."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 5  # seconds for a client to say something

    def do_POST(self) -> None:
        """Answer a text, or do what is wrong today."""
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        match self.server.fault:
            case Fault.NONE:
                self._answer(text)
            case Fault.SILENT:
                self.server.over.wait()
            case Fault.DRIPPING:
                self.wfile.write(b"HTTP/1.1 200 ")
                while not self.server.over.wait(0.01):
                    self.wfile.write(b"O")
            case Fault.HANGS_UP:
                pass
            case Fault.NO_HTTP:
                self.wfile.write(b"220 mail ready\r\n\r\n")
            case Fault.BROKEN:
                self._send(500, b"")
            case Fault.REDIRECTS:
                self._send(302, b"", Location="/elsewhere")
            case Fault.RUBBISH:
                self._send(200, bytes(range(256)))
            case Fault.OVERSIZED:
                self._send(200, b"0" * 1_000_000)
            case Fault.ECHOES:
                self.wfile.write(f"HTTP/1.1 {text.replace(chr(10), ' ')}\r\n\r\n".encode())

    def _answer(self, text: str) -> None:
        try:
            answer = self.server.answer(text)
        except UnknownKey:
            self._send(404, b"")
        except ValueError:
            self._send(400, b"")
        else:
            self._send(200, answer.encode())

    def _send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  as declared
        """Log nothing: there may be a PIN in what was asked."""


@contextlib.contextmanager
def serve(
    answer: Callable[[str], str],
    *,
    tls: ssl.SSLContext | None = None,
    fault: Fault = Fault.NONE,
    port: int = 0,
) -> Iterator[str]:
    """Serve a function from text to text on a port of 127.0.0.1, 0 for a free one.

    Gives its address; raises OSError where the port is taken.
    ``tls`` makes it HTTPS; the address then names ``localhost``.
    """
    with _Server(answer, fault, port) as server:
        if tls is not None:
            # The thread that answers makes the handshake: a silent client stops no other.
            server.socket = tls.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        at = server.server_address[1]
        try:
            yield f"http://127.0.0.1:{at}/" if tls is None else f"https://localhost:{at}/"
        finally:
            server.over.set()
            server.shutdown()
            thread.join()
