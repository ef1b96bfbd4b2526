"""The remote load host: what a load asks goes there as a text, and a text comes back.

Project-defined (the real interface is not public, reference transit-purse.md §6.5): one line of
fields ended by ``|``, bytes in hex, over the same line as the cipher host (https_host.py)::

    load|issuer|serial|kind|amount|terminal|answer of INIT|             → time|MAC2|
    proof|…the same six…|time|balance after|TAC or MAC3|                → 1| or 0|
    block|issuer|serial|challenge|header|                               → MAC|

``refused|mac1|`` in place of MAC2 says that the card's MAC1 is wrong. Amounts and balances are
8 hex digits of fen.
"""

from __future__ import annotations

from functools import cached_property

from apdu import secure_messaging as sm
from apdu.cipher import MAC
from apdu.purse import MOMENT, TransactionType, read_moment
from card_profiles import development_keys, transit
from terminal.config import Host as HostSettings
from terminal.errors import CardMacWrong, ConfigWrong, HostAnswerWrong, KeyMissing
from terminal.keys.host import Host
from terminal.keys.https_host import HttpsHost
from terminal.keys.purse import Authorisation, OnlineRequest, PurseIdentity
from terminal.keys.purse_software import ONLINE_KEYS, card_key, development_roots
from terminal.texts import Text

_REFUSED = "refused|mac1|"
_NOBODYS = PurseIdentity(bytes(8), bytes(8))
_PROBE = b"guitai P"


class RemoteLoadHost:
    """Ask a load host over a line; no key of a purse is on this machine."""

    def __init__(self, host: Host) -> None:
        self._host = host

    @cached_property
    def test_keys(self) -> bool:
        """Tell whether the host has development keys, by its MAC for nobody's card (LoadHost)."""
        header = bytes(4)
        try:
            given = self.maintenance_mac(_NOBODYS, _PROBE, header)
        except KeyMissing:
            return False
        return any(_development_mac(name, header) == given for name in development_keys.SETS)

    def authorise(self, request: OnlineRequest) -> Authorisation:
        """Ask for MAC2 (LoadHost)."""
        answer = self._ask("load|" + _described(request), ONLINE_KEYS[request.kind])
        if answer == _REFUSED:
            raise CardMacWrong
        at, mac2 = _fields(answer, MOMENT, MAC)
        if read_moment(at) is None:
            raise _wrong()
        return Authorisation(at, mac2)

    def is_proof(
        self, request: OnlineRequest, authorisation: Authorisation, balance: int, proof: bytes
    ) -> bool:
        """Ask whether a proof is right (LoadHost)."""
        more = f"{authorisation.at.hex()}|{balance:08X}|{proof.hex().upper()}|"
        unloads = request.kind is TransactionType.UNLOAD
        key = transit.DULK if unloads else transit.DTK
        answer = self._ask(f"proof|{_described(request)}{more}", key)
        if answer not in {"1|", "0|"}:
            raise _wrong()
        return answer == "1|"

    def maintenance_mac(self, card: PurseIdentity, challenge: bytes, header: bytes) -> bytes:
        """Ask for the MAC of a block (LoadHost)."""
        text = f"block|{_card(card)}{challenge.hex().upper()}|{header.hex().upper()}|"
        (mac,) = _fields(self._ask(text, transit.DAMK), MAC)
        return mac

    def close(self) -> None:
        """Hold nothing open (LoadHost)."""

    def _ask(self, text: str, key: str) -> str:
        try:
            return self._host.ask(text)
        except LookupError:
            raise KeyMissing(key=f"{transit.TRANSIT.name}/{key}") from None


def from_settings(settings: HostSettings, source: str = "") -> RemoteLoadHost:
    """Reach the configured load host; ``source`` names the file.

    Raises ConfigWrong, FileTrouble.
    """
    try:
        host = HttpsHost(
            settings.url,
            ca_file=settings.ca_file,
            certificate_file=settings.certificate_file,
            private_key_file=settings.private_key_file,
            timeout=settings.timeout_seconds,
        )
    except ValueError:
        raise ConfigWrong(
            path=source,
            detail=Text(
                "transit.host.url 应以 https:// 开头；http:// 只限本机",
                "transit.host.url is no https:// address; http:// is for this machine alone",
            ),
        ) from None
    return RemoteLoadHost(host)


def _card(card: PurseIdentity) -> str:
    return f"{card.issuer.hex().upper()}|{card.serial.hex().upper()}|"


def _described(request: OnlineRequest) -> str:
    begun = request.begun.encode().hex().upper()
    terminal = request.terminal.hex().upper()
    return f"{_card(request.card)}{request.kind:02X}|{request.amount:08X}|{terminal}|{begun}|"


def _fields(answer: str, *sizes: int) -> tuple[bytes, ...]:
    """Take an answer's fields apart, each of its size in bytes; raises HostAnswerWrong."""
    parts = answer.split("|")
    if len(parts) != len(sizes) + 1 or parts[-1]:
        raise _wrong()
    try:
        values = tuple(bytes.fromhex(part) for part in parts[:-1])
    except ValueError:
        raise _wrong() from None
    if tuple(map(len, values)) != sizes:
        raise _wrong()
    return values


def _wrong() -> HostAnswerWrong:
    return HostAnswerWrong(detail=Text("不是约定的格式", "it is not in the agreed form"))


def _development_mac(name: str, header: bytes) -> bytes:
    key = card_key(development_roots(name)(transit.DAMK), _NOBODYS)
    return sm.mac(key, _PROBE, header + bytes((MAC,)))
