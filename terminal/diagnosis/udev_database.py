"""What udev keeps of a device, in /run/udev/data: a file a device, ``E:NAME=value`` a line."""

from __future__ import annotations

from terminal.diagnosis.machine import Machine


def properties(machine: Machine, number: str) -> dict[str, str]:
    """Give a character device's properties by its number (``188:0``); none where udev has none."""
    lines = machine.text(f"/run/udev/data/c{number}").splitlines()
    pairs = (line[2:].partition("=") for line in lines if line.startswith("E:"))
    return {name: value for name, _, value in pairs}
