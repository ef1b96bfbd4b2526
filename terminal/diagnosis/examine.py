"""Run all checks on a machine; none can spoil the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from terminal.diagnosis import (
    access,
    counter_unit,
    desk,
    drivers,
    listing,
    neighbours,
    ports,
    reader_conf,
    service,
    settings,
    startup,
    udev_files,
)
from terminal.diagnosis.finding import Finding, Kind, Level
from terminal.diagnosis.machine import Machine
from terminal.texts import Text

Check = Callable[[Machine], Iterator[Finding]]

CHECK_BROKEN = Kind(
    "check_broken",
    Level.WARN,
    Text("检查 {check} 没有做完：{detail}", "The check {check} could not be finished: {detail}"),
    Text(
        "请用 root 再运行一次；仍如此请把 guitai doctor --json 的输出交给技术人员",
        "Run it again as root; else give the output of guitai doctor --json to IT",
    ),
)
CHECKS: tuple[Check, ...] = (
    service.answers,
    startup.daemon,
    startup.socket,
    service.library,
    service.daemons,
    access.polkit,
    listing.readers,
    drivers.usb_readers,
    drivers.vendor_readers,
    udev_files.udev_rules,
    drivers.nfc,
    neighbours.programs,
    neighbours.serial,
    reader_conf.configured_readers,
    settings.configuration,
    settings.roles,
    ports.configured_ports,
    counter_unit.counter_service,
)
"""In the order in which they are told: from the service up to our own settings."""

_MODULES = (
    *(service, startup, access, listing, drivers, udev_files, neighbours, reader_conf, settings),
    *(ports, counter_unit, desk),
)


def examine(machine: Machine, checks: tuple[Check, ...] = CHECKS) -> list[Finding]:
    """Run the checks; never raises, and takes the machine's deadline at most for PC/SC."""
    return [finding for check in checks for finding in _guarded(check, machine)]


def _guarded(check: Check, machine: Machine) -> Iterator[Finding]:
    """Give what a check finds, and what stopped it as one finding more."""
    try:
        yield from check(machine)
    except Exception as error:  # noqa: BLE001  a doctor that dies of a symptom helps nobody
        detail = f"{type(error).__name__}: {error}"
        yield CHECK_BROKEN.found(check=check.__name__, detail=detail)


def catalogue() -> list[Kind]:
    """Give every kind of finding that there is, in the order of the checks."""
    declared = [each for module in _MODULES for each in vars(module).values()]
    return [each for each in (*declared, CHECK_BROKEN) if isinstance(each, Kind)]
