"""Run the benchmarks that are asked for, print the document and the table."""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import (
    codec,
    console_holder,
    console_load,
    emulator_rate,
    fci,
    help_start,
    journal_cost,
    key_services,
    registry,
    rules,
    terminal_stack,
    tpdus,
    transit_load,
)
from benchmarks.measure import Entry, Unavailable
from benchmarks.stage import Stage
from emulator.daemon import DaemonUnavailable, find_pcscd

SCHEMA = "guitai.bench/1"
Benchmark = Callable[[int | None, Stage], list[Entry]]
BENCHMARKS: dict[str, Benchmark] = {
    "emulator": emulator_rate.run,
    "terminal_stack": terminal_stack.run,
    "codec": codec.run,
    "fci": fci.run,
    "tpdus": tpdus.run,
    "transit": transit_load.run,
    "journal": journal_cost.run,
    "keys": key_services.run,
    "rules": rules.run,
    "registry": registry.run,
    "console": console_load.run,
    "holder": console_holder.run,
    "help": help_start.run,
}


def measure(names: list[str], rounds: int | None) -> list[Entry]:
    """Run benchmarks; one that cannot run here gives an entry that says why and is missed."""
    entries: list[Entry] = []
    with Stage() as stage:
        for name in names:
            try:
                entries += BENCHMARKS[name](rounds, stage)
            except Unavailable as why:
                entries.append(Entry(name, "could not run here", None, unavailable=str(why)))
    return entries


def machine() -> dict[str, Any]:
    """Describe the machine in words that mean the same anywhere."""
    try:
        system = platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        system = platform.system()
    versions = {
        name: importlib.metadata.version(name)
        for name in ("pyscard", "click", "construct", "uvicorn", "uvloop", "yubikey-manager")
        if importlib.util.find_spec(_MODULES[name]) is not None
    }
    return {
        "cores": os.cpu_count(),
        "system": system,
        "python": platform.python_version(),
        "pcscd": _pcscd_version(),
        "libraries": versions,
    }


_MODULES = {
    "pyscard": "smartcard",
    "click": "click",
    "construct": "construct",
    "uvicorn": "uvicorn",
    "uvloop": "uvloop",
    "yubikey-manager": "yubikit",
}


def _pcscd_version() -> str | None:
    try:
        pcscd = find_pcscd()
    except DaemonUnavailable:
        return None
    said = subprocess.run([pcscd, "--version"], check=True, capture_output=True, text=True)
    return said.stdout.partition("\n")[0].removeprefix("pcsc-lite version ").rstrip(".")


def document(entries: list[Entry], took: float) -> dict[str, Any]:
    """Make the JSON form of a whole run."""
    return {
        "schema": SCHEMA,
        "machine": machine(),
        "seconds": round(took, 1),
        "pass": all(entry.passed for entry in entries),
        "entries": [entry.document() for entry in entries],
    }


def table(entries: list[Entry]) -> str:
    """Make the table for people."""
    lines = []
    for entry in entries:
        ratio, gate = entry.ratio, entry.gate
        mark = "" if gate is None and entry.passed else "pass" if entry.passed else "MISSED"
        spread = f"{ratio.median:8.3f}  [{ratio.least:.3f} … {ratio.greatest:.3f}]" if ratio else ""
        wanted = f"{gate.op} {gate.value:g}" if gate else ""
        lines.append(f"{entry.name:<44}{spread:<30}{wanted:<9}{mark}")
        told = entry.unavailable or ", ".join(_told(*each) for each in entry.absolute.items())
        lines.append(f"    {told}")
    return "\n".join(lines)


def _told(name: str, value: Any) -> str:
    return f"{name} {value}" if isinstance(value, str) else f"{name} {value:,}"


def main(arguments: list[str]) -> int:
    """Run from the command line; 1 where a gate is missed and gates were asked for."""
    parser = argparse.ArgumentParser(prog="tools/bench", description=__doc__)
    parser.add_argument("--only", action="append", choices=list(BENCHMARKS), metavar="NAME")
    parser.add_argument("--rounds", type=_positive, metavar="N", help="pairs of each benchmark")
    parser.add_argument("--gate", action="store_true", help="exit 1 if a gate is missed")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the document there too")
    asked = parser.parse_args(arguments)
    began = time.perf_counter()
    entries = measure(asked.only or list(BENCHMARKS), asked.rounds)
    result = document(entries, time.perf_counter() - began)
    print(table(entries), file=sys.stderr)
    text = json.dumps(result, ensure_ascii=False, indent=2)
    print(text)
    if asked.write is not None:
        asked.write.write_text(text + "\n", encoding="utf-8")
    return 1 if asked.gate and not result["pass"] else 0


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least one pair")
    return number
