"""Look at the whole desk: the machine as the doctor does, and each thing on it by asking it.

The words are the doctor's and the error catalogue's. None of the looks can spoil the others; other
parties are asked beside each other, so that one who is dead costs its time-out once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from functools import partial
from itertools import count
from types import MappingProxyType

from terminal.config import Config
from terminal.diagnosis import counter_unit, listing, ports, service, settings, startup
from terminal.diagnosis import desk as kinds
from terminal.diagnosis.access import polkit
from terminal.diagnosis.drivers import usb_readers, vendor_readers
from terminal.diagnosis.examine import CHECK_BROKEN, CHECKS, Check, examine
from terminal.diagnosis.finding import Finding, Level
from terminal.diagnosis.machine import Machine, this_machine
from terminal.errors import (
    AuditBroken,
    GuitaiError,
    PartyUnreachable,
)
from terminal.journal.opening import open_journal
from terminal.parties.line import Counterpart
from terminal.parties.lines import counterparts_of
from terminal.parties.lines import reach as reach_party
from terminal.parties.park import reach as reach_park
from terminal.readers.port import Pcsc
from terminal.registry import audit
from terminal.services import auditing
from terminal.services.clock import demand_clock
from terminal.services.counter import key_service
from terminal.services.offered.sitting import demand_desk
from terminal.services.opening import chain_of, inspect_registry_of, registry_place
from terminal.texts import Text
from terminal.web.asking_devices import DEVICES
from terminal.web.views import Checked, Verified

LINE_SECONDS = 5.0
"""How long a line may take to answer here, whatever the configuration lets a service wait."""
_SERVICE = Text("读卡服务", "Smart-card service")
_READERS = Text("读卡器", "Readers")
_SETTINGS = Text("配置和密钥", "Configuration and keys")
_PORTS = Text("设备端口", "Ports of the devices")
_SYSTEM = Text("系统设置", "The system")
_SAM = Text("SAM 卡", "SAM card")
_REGISTRY = Text("登记库", "Registry")
_JOURNAL = Text("写卡流水", "Journal")
_AUDIT = Text("审计", "Audit")
_LINES = Text("各方线路", "Other parties' lines")
_PARK = Text("公园年票系统", "the park pass system")
_TIMED_OUT = Text("{seconds} 秒内没有接通", "no answer within {seconds} seconds")
_NOW = Text("正在检查：{part}……", "Looking at: {part} …")
_NO_CHAIN = Text("链尾不见了", "its end is gone")
_PARTS: Mapping[Check, Text] = MappingProxyType(
    {
        **dict.fromkeys((service.answers, service.library, service.daemons, polkit), _SERVICE),
        **dict.fromkeys((startup.daemon, startup.socket), _SERVICE),
        **dict.fromkeys((listing.readers, usb_readers, vendor_readers, settings.roles), _READERS),
        settings.configuration: _SETTINGS,
        ports.configured_ports: _PORTS,
        counter_unit.counter_service: _SYSTEM,
    }
)
"""What a check of the doctor's is about; the rest is about the system."""


def examine_desk(
    config: Config, pcsc: Pcsc, tell: Callable[[Text], object], in_use: Collection[str] = ()
) -> tuple[Checked, ...]:
    """Look at everything; devices that something is done with now (``in_use``) are not asked.

    What goes on is told. Never raises for what it finds.
    """
    found: list[Checked] = []
    looks: list[tuple[Text, Callable[[], Iterable[Checked]]]] = [
        (_READERS, lambda: _machine(config, pcsc)),
        *(
            (part, partial(_device, part, name in in_use, look, config))
            for name, (part, look) in DEVICES.items()
        ),
        (_REGISTRY, lambda: _books(config)),
        (_LINES, lambda: _lines(config)),
    ]
    for part, look in looks:
        tell(_NOW.filled(part=part))
        found += _guarded(part, look)
    return tuple(found)


def verified(config: Config, chain: str | None) -> Verified:
    """Check the audit, of a chain or all; raises AnchorsMissing, RegistryDamaged."""
    with closing(inspect_registry_of(config)) as registry:
        found = auditing.verify(registry, registry_place(config).anchor_file, chain)
    return Verified(chain, tuple((each.chain, each.text) for each in found))


def shown(part: Text, finding: Finding) -> Checked:
    """Show a finding of a part."""
    good = {Level.OK: True, Level.NOTE: None}.get(finding.level, False)
    minor = finding.level is Level.WARN
    return Checked(part, finding.what, good, finding.remedy, minor, finding.code)


def _guarded(part: Text, look: Callable[[], Iterable[Checked]]) -> Iterator[Checked]:
    """Give what a look finds, and what stopped it as one finding more."""
    try:
        yield from look()
    except GuitaiError as error:
        yield shown(part, kinds.of_error(error))
    except Exception as error:  # noqa: BLE001  a page of health that dies of a symptom helps nobody
        yield shown(part, CHECK_BROKEN.found(check=part, detail=type(error).__name__))


def _device(
    part: Text, in_use: bool, look: Callable[[Config], Iterable[Finding]], config: Config
) -> Iterator[Checked]:
    if in_use:
        yield shown(part, kinds.IN_USE.found(device=part))
        return
    yield from (shown(part, each) for each in look(config))


# --- The machine, as guitai doctor sees it --------------------------------------------------------


def _machine(config: Config, pcsc: Pcsc) -> Iterator[Checked]:
    keys: list[GuitaiError | None] = []

    def test_keys(configured: Config) -> bool:
        try:
            with closing(key_service(configured, pcsc=pcsc)) as opened:
                keys.append(None)
                return opened.test_keys
        except GuitaiError as error:
            keys.append(error)
            raise

    machine = this_machine(
        pcsc,
        config_path=config.source or None,
        test_keys=test_keys,
        demand_desk=demand_desk,
    )
    for check in CHECKS:
        yield from _by(check, machine)
    yield from _sam(config, keys)


def _by(check: Check, machine: Machine) -> Iterator[Checked]:
    part = _PARTS.get(check, _SYSTEM)
    return (shown(part, each) for each in examine(machine, (check,)))


def _sam(config: Config, keys: list[GuitaiError | None]) -> Iterator[Checked]:
    if config.keys.service != "sam":
        yield shown(_SAM, kinds.NOT_CONFIGURED.found(device=_SAM))
    elif keys and keys[0] is None:
        yield shown(_SAM, kinds.KEYS_READY.found(device=_SAM))
    elif keys and keys[0] is not None:
        yield shown(_SAM, kinds.of_error(keys[0]))


# --- Books ------------------------------------------------------------------------------------


def _books(config: Config) -> Iterator[Checked]:
    for part, look in ((_REGISTRY, _registry), (_AUDIT, _audit), (_JOURNAL, _journal)):
        yield from _guarded(part, lambda part=part, look=look: (shown(part, look(config)),))  # type: ignore[misc]  # both are bound now


def _registry(config: Config) -> Finding:
    with closing(inspect_registry_of(config)) as registry:
        demand_clock(registry)
    return kinds.REGISTRY_WORKS.found()


def _audit(config: Config) -> Finding:
    """Look at the seal of this counter's chain; the whole of it is checked by auditors."""
    chain = chain_of(config)
    with closing(inspect_registry_of(config)) as registry, registry.reading() as tx:
        end = audit.head(tx, chain)
    if end is None:
        raise AuditBroken(chain=chain, detail=_NO_CHAIN)
    return kinds.AUDIT_WHOLE.found(chain=chain, number=end.number)


def _journal(config: Config) -> Finding:
    with open_journal(config) as journal:
        unfinished = len(journal.unfinished())
    if unfinished:
        return kinds.JOURNAL_OPEN.found(count=unfinished)
    return kinds.JOURNAL_CLEAR.found()


# --- Lines --------------------------------------------------------------------------------------


def _lines(config: Config) -> Iterator[Checked]:
    """Ask all lines at once whether they answer; each thread is left behind that does not."""
    soon = _hurried(config)
    found: dict[int, Checked] = {}
    threads: list[tuple[int, threading.Thread, Counterpart]] = []
    numbers = count()
    for party, configured in (*counterparts_of(config), (_park_party(), bool(config.park.url))):
        number = next(numbers)
        if not configured:
            found[number] = shown(_LINES, kinds.NOT_CONFIGURED.found(device=party.title))
            continue

        def ask(number: int = number, party: Counterpart = party) -> None:
            (found[number],) = _guarded(_LINES, lambda: (shown(_LINES, _line(soon, party)),))

        thread = threading.Thread(target=ask, name=f"line {party.name}", daemon=True)
        thread.start()
        threads.append((number, thread, party))
    # Looking a name up is the system's, and may take longer than the line's own time-out.
    deadline = time.monotonic() + LINE_SECONDS + 1
    for _, thread, _ in threads:
        thread.join(max(0, deadline - time.monotonic()))
    for number, _, party in threads:
        if number not in found:
            late = _TIMED_OUT.filled(seconds=int(LINE_SECONDS))
            error = PartyUnreachable(**party.facts, detail=late)
            found[number] = shown(_LINES, kinds.of_error(error))
    yield from (found[number] for number in sorted(found))


def _line(config: Config, party: Counterpart) -> Finding:
    if party.name == "park":
        reach_park(config.park, config.source)
    else:
        reach_party(config, party)
    return kinds.LINE_ANSWERS.found(party=party.title)


def _park_party() -> Counterpart:
    return Counterpart("park", _PARK)


def _hurried(config: Config) -> Config:
    settings = {
        name: replace(each, timeout_seconds=min(each.timeout_seconds, LINE_SECONDS))
        for name, each in config.parties.by_name().items()
    }
    park = replace(config.park, timeout_seconds=min(config.park.timeout_seconds, LINE_SECONDS))
    return replace(config, park=park, parties=replace(config.parties, **settings))
