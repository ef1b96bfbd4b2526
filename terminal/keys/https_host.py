"""The line to a cipher host: one text there, one text back, over HTTPS.

Bounded: the whole exchange has one deadline, however slowly the host drips, and the answer a
size. No redirects, no proxies, no connection kept. Plain HTTP is for this machine alone.

The request is POST with the text in the body. 200 brings the answer's text, 404 says that the
host has no such key (project-defined; reference card-interface-functions.md §4 has texts only).
"""

from __future__ import annotations

import contextlib
import errno
import io
import ipaddress
import os
import ssl
import time
from collections.abc import Callable
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection, RemoteDisconnected
from pathlib import Path
from socket import socket
from urllib.parse import SplitResult, urlsplit

from apdu.secret import Secret
from terminal.errors import FileTrouble, HostAnswerWrong, HostUnreachable
from terminal.texts import Text

MOST_BYTES = 1024
"""Size of the longest answer we take of a key host; the longest there is has 67 bytes."""
_CONTENT = "text/plain; charset=utf-8"
_HUNG_UP = Text("没有应答就断开了连接", "it closed the connection without an answer")


class HttpsHost:
    """Ask a cipher host by its address.

    ``ca_file`` names who may have signed the host's certificate (else the system's), the two
    others what we show. ``timeout`` is in seconds for one whole exchange; looking up a name in
    the DNS is the system's and comes on top. ``most_bytes`` bounds an answer. Raises ValueError
    for a wrong address, FileTrouble.
    """

    def __init__(
        self,
        url: str,
        *,
        ca_file: str = "",
        certificate_file: str = "",
        private_key_file: str = "",
        timeout: float = 10.0,
        most_bytes: int = MOST_BYTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = _checked(url)
        self._most_bytes = most_bytes
        self._timeout = timeout
        self._clock = clock
        self._tls = (
            _tls(ca_file, certificate_file, private_key_file)
            if self._url.scheme == "https"
            else None
        )

    def ask(self, text: str | Secret) -> str:
        """Send a text and give the answer's.

        Raises HostUnreachable, HostAnswerWrong, LookupError where the host has no such key; none
        of them quotes either text.
        """
        body = text.reveal() if isinstance(text, Secret) else text.encode()
        deadline = self._clock() + self._timeout
        connection = self._connection()
        try:
            connection.connect()
            with contextlib.closing(connection.sock) as line:
                connection.sock = _Until(line, deadline, self._clock)
                status, answer = self._exchange(connection, body)
        except (RemoteDisconnected, OSError) as error:
            raise HostUnreachable(detail=_said(error)) from None
        except HTTPException as error:
            # Its text may quote what came over the line.
            raise _wrong("不是 HTTP 应答", f"no HTTP answer ({type(error).__name__})") from None
        finally:
            connection.close()
        return _content(status, answer, self._most_bytes)

    def reach(self) -> None:
        """Open the line and close it again; nothing is asked. Raises HostUnreachable."""
        connection = self._connection()
        try:
            connection.connect()
        except OSError as error:
            raise HostUnreachable(detail=_said(error)) from None
        finally:
            connection.close()

    def _connection(self) -> HTTPConnection:
        host, port = self._url.hostname or "", self._url.port
        if self._tls is None:
            return HTTPConnection(host, port, timeout=self._timeout)
        return HTTPSConnection(host, port, timeout=self._timeout, context=self._tls)

    def _exchange(self, connection: HTTPConnection, body: bytes) -> tuple[int, bytes]:
        path = self._url.path or "/"
        if self._url.query:
            path += f"?{self._url.query}"
        headers = {"Content-Type": _CONTENT, "Accept": "text/plain", "Connection": "close"}
        connection.request("POST", path, body, headers)
        with connection.getresponse() as response:
            return response.status, response.read(self._most_bytes + 1)


class _Until:
    """Be a socket, as far as http.client needs one, that does nothing after a deadline."""

    def __init__(self, line: socket, deadline: float, clock: Callable[[], float]) -> None:
        self._line = line
        self._deadline = deadline
        self._clock = clock

    def sendall(self, data: bytes) -> None:
        self._hurry().sendall(data)

    def receive(self, buffer: memoryview) -> int:
        return self._hurry().recv_into(buffer)

    def makefile(self, mode: str) -> io.BufferedReader:  # noqa: ARG002  always "rb"
        return io.BufferedReader(_Reading(self))

    def close(self) -> None:
        """Do nothing: http.client closes before the body is read. Who connected closes."""

    def _hurry(self) -> socket:
        left = self._deadline - self._clock()
        if left <= 0:
            raise TimeoutError("timed out")
        self._line.settimeout(left)
        return self._line


class _Reading(io.RawIOBase):
    def __init__(self, until: _Until) -> None:
        self._until = until

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # what io gives it
        return self._until.receive(buffer)


def _content(status: int, body: bytes, most_bytes: int) -> str:
    if status == HTTPStatus.NOT_FOUND:
        raise LookupError("the host has no such key")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise HostUnreachable(
            detail=Text(
                f"它报告自身出错（HTTP {status}）",
                f"it reports an error of its own (HTTP {status})",
            )
        )
    if status != HTTPStatus.OK:
        raise _wrong(f"HTTP 状态 {status}", f"HTTP status {status}")
    if len(body) > most_bytes:
        raise _wrong(f"超过 {most_bytes} 字节", f"more than {most_bytes} bytes")
    try:
        return body.decode("ascii")
    except UnicodeDecodeError:
        raise _wrong("不是文本", "it is no text") from None


def _checked(url: str) -> SplitResult:
    """Take https anywhere and http on this machine; raises ValueError."""
    parts = urlsplit(url)
    _ = parts.port  # looks at it, and raises where it is none
    if not parts.hostname or (
        parts.scheme != "https" and not (parts.scheme == "http" and _is_here(parts.hostname))
    ):
        raise ValueError("neither https:// nor http:// on this machine")
    return parts


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _tls(ca_file: str, certificate_file: str, private_key_file: str) -> ssl.SSLContext:
    for each in (ca_file, certificate_file, private_key_file):
        if each and not Path(each).is_file():
            raise FileTrouble(path=each, detail=os.strerror(errno.ENOENT))
    at = ca_file
    try:
        context = ssl.create_default_context(cafile=ca_file or None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if certificate_file:
            at = certificate_file
            # An encrypted private key would ask for a passphrase at a terminal that may not be.
            context.load_cert_chain(
                certificate_file, private_key_file or None, password=lambda: b""
            )
    except OSError as error:
        raise FileTrouble(path=at, detail=_said(error)) from None
    return context


def _said(error: Exception) -> str | Text:
    """Say an error in words that come from this machine, not over the line."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"TLS: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS: {error.reason or type(error).__name__}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, TimeoutError):
        return os.strerror(errno.ETIMEDOUT)
    if isinstance(error, RemoteDisconnected):
        return _HUNG_UP
    return type(error).__name__


def _wrong(zh: str, en: str) -> HostAnswerWrong:
    return HostAnswerWrong(detail=Text(zh, en))
