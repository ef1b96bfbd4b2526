"""Who answers for the purse at this counter: load host and purchase SAM, as configured."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from typing import TypeVar

from apdu.purse import moment
from terminal.config import Config
from terminal.errors import TestKeysRefused
from terminal.journal.model import BEIJING
from terminal.keys.purse import LoadHost, PurchaseSam
from terminal.keys.purse_software import (
    DerivedLoadHost,
    DevelopmentSam,
    RootOf,
    development_roots,
)
from terminal.readers.port import Pcsc

Clock = Callable[[], datetime]
K = TypeVar("K", LoadHost, PurchaseSam)


class PurseKeys:
    """Open the load host and the purchase SAM when they are first wanted; close it at the end.

    Raises TestKeysRefused in production mode, and ProofError, FileTrouble, ConfigWrong leaves.
    """

    def __init__(self, config: Config, pcsc: Pcsc, clock: Clock) -> None:
        self._config = config
        self._pcsc = pcsc
        self._clock = clock

    @cached_property
    def host(self) -> LoadHost:
        """Give the load host."""
        return self._allowed(self._open_host())

    @cached_property
    def sam(self) -> PurchaseSam:
        """Give the purchase SAM."""
        return self._allowed(self._open_sam())

    @property
    def terminal(self) -> bytes:
        """Give the number of this terminal: the SAM's where there is one, else as configured."""
        if self._config.transit.purchase == "sam":
            return self.sam.terminal
        return bytes.fromhex(self._config.transit.terminal)

    @property
    def load_index(self) -> int:
        """Give the key index that the card is asked for in a load or unload."""
        return self._config.transit.key_index

    @property
    def purchase_index(self) -> int:
        """Give the one of a purchase: the SAM's where there is one (reference §3.4, §6)."""
        if self._config.transit.purchase == "sam":
            return self.sam.key_index
        return self._config.transit.key_index

    def moment(self) -> bytes:
        """Give the time in Beijing as transactions carry it."""
        return moment(self._beijing())

    def close(self) -> None:
        """Close what was opened; never raises."""
        for name in ("host", "sam"):
            opened = self.__dict__.get(name)
            if opened is not None:
                opened.close()

    def _allowed(self, keys: K) -> K:
        try:
            if self._config.production and keys.test_keys:
                raise TestKeysRefused
        except BaseException:
            keys.close()
            raise
        return keys

    def _open_host(self) -> LoadHost:
        settings = self._config.transit
        match settings.load:
            case "token":
                from terminal.keys import token  # noqa: PLC0415  a counter has one of these

                return token.load_host(self._config.keys.token, self._beijing)
            case "host":
                from terminal.keys import purse_host  # noqa: PLC0415  and not the others

                return purse_host.from_settings(settings.host, self._config.source)
            case _:
                return DerivedLoadHost(self._roots(), self._beijing, test_keys=True)

    def _open_sam(self) -> PurchaseSam:
        settings = self._config.transit
        if settings.purchase == "sam":
            from terminal.keys import purse_sam  # noqa: PLC0415  see above

            keys = self._config.keys
            return purse_sam.from_settings(self._pcsc, self._config.readers, keys.sam)
        terminal = bytes.fromhex(settings.terminal)
        return DevelopmentSam(self._roots(), self._beijing, terminal, settings.key_index)

    def _roots(self) -> RootOf:
        return development_roots(self._config.keys.set)

    def _beijing(self) -> datetime:
        return self._clock().astimezone(BEIJING)
