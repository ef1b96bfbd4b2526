"""The remote-host key service: a host with a cipher machine computes, we carry texts to it.

Each question names its card on a line before the reference's text (host_texts.named). The host
sees which key is asked for by its address (card_profiles/key_addresses.py), IRK by the text of the
basic read, which is the one that has it. Reference card-interface-functions.md §4.
"""

from __future__ import annotations

from functools import cached_property
from typing import Protocol, TypeVar

from apdu.cipher import SM4, Algorithm, card_factor
from apdu.secret import Secret
from card_profiles import development_keys
from card_profiles.key_addresses import ADDRESSES, KeyAddress
from terminal.config import Host as HostSettings
from terminal.errors import CardBabbles, ConfigWrong, KeyMissing
from terminal.keys.derivation import LEVELS, session_key
from terminal.keys.host_texts import (
    Challenge,
    HostRequest,
    basic_read,
    command_mac,
    key_proof,
    named,
    pin_reload,
)
from terminal.keys.https_host import HttpsHost
from terminal.keys.service import CardIdentity, CardKey
from terminal.service_pin import ServicePin
from terminal.texts import Text

T = TypeVar("T")

IRK = CardKey("SSSE", "IRK")
_NOBODYS_CARD = CardIdentity("000000", bytes(13), Algorithm.SM4, bytes(16))
_PROBE = Challenge(b"guitai F", b"guitai O")


class Host(Protocol):
    """Answer texts: the port to a cipher host."""

    def ask(self, text: str | Secret) -> str:
        """Answer a text; raises HostUnreachable, HostAnswerWrong, LookupError for no such key."""
        ...


class HostKeys:
    """Compute by asking a host; nothing of a key is on this machine."""

    def __init__(self, host: Host) -> None:
        self._host = host

    @cached_property
    def test_keys(self) -> bool:
        """Tell whether the host has development keys, by what it answers for nobody's card.

        A host that knows no card of region 000000 has none. Raises HostUnreachable, and
        HostAnswerWrong: what talks rubbish is no key service, and not a live one.
        """
        request = basic_read(_NOBODYS_CARD, _PROBE)
        try:
            proof = request.answer(self._host.ask(request.text)).internal
        except LookupError:
            return False
        return proof in {_development_proof(root_of) for root_of in development_keys.SETS.values()}

    def holds(self, card: CardIdentity, key: CardKey) -> bool:  # noqa: ARG002  one host for all
        """Tell whether the key can be named to a host; what it has shows when it is asked."""
        return key == IRK or (key.application, key.name) in ADDRESSES

    def version(self, key: CardKey) -> int | None:  # noqa: ARG002  the card's own choice
        """Name no version (KeyService)."""
        return None

    def authentication_data(
        self, card: CardIdentity, key: CardKey, factor: bytes, original: bytes
    ) -> bytes:
        """Ask for authentication data (KeyService)."""
        challenge = Challenge(factor, original)
        if key == IRK:
            return self._ask(card, key, basic_read(card, challenge)).internal
        request = key_proof(card.algorithm, _address(key), challenge)
        return self._ask(card, key, named(card, request))

    def mac(self, card: CardIdentity, key: CardKey, factor: bytes, header: bytes) -> bytes:
        """Ask for the MAC of a command without data (KeyService)."""
        request = command_mac(card.algorithm, _address(key), factor, header)
        return self._ask(card, key, named(card, request))

    def reload_pin(
        self, card: CardIdentity, key: CardKey, factor: bytes, header: bytes, pin: ServicePin
    ) -> bytes:
        """Ask for the data of PIN RELOAD (KeyService); the host sees the new PIN."""
        request = pin_reload(card.algorithm, _address(key), factor, header, pin)
        return self._ask(card, key, named(card, request))

    def close(self) -> None:
        """Hold nothing open (KeyService)."""

    def _ask(self, card: CardIdentity, key: CardKey, request: HostRequest[T]) -> T:
        try:
            card_factor(card.historical)
        except ValueError as error:
            raise CardBabbles(detail=str(error)) from error
        try:
            text = self._host.ask(request.text)
        except LookupError:
            raise KeyMissing(key=str(key)) from None
        return request.answer(text)


def from_settings(settings: HostSettings, source: str = "") -> HostKeys:
    """Reach the configured host; ``source`` names the file. Raises ConfigWrong, FileTrouble."""
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
                "keys.host.url 应以 https:// 开头；http:// 只限本机",
                "keys.host.url is no https:// address; http:// is for this machine alone",
            ),
        ) from None
    return HostKeys(host)


def _address(key: CardKey) -> KeyAddress:
    try:
        return ADDRESSES[key.application, key.name]
    except KeyError:
        raise KeyMissing(key=str(key)) from None


def _development_proof(root_of: development_keys.RootOf) -> bytes:
    """Make what a host with development keys answers to the probe."""
    root = root_of(IRK.application, IRK.name)
    session = session_key(
        lambda blocks: SM4.encrypt_blocks(root, blocks), LEVELS[0], _NOBODYS_CARD, _PROBE.factor
    )
    return SM4.authentication_data(session, _PROBE.original)
