"""What PC/SC lists: readers, what is in them, who else uses them."""

from __future__ import annotations

from collections.abc import Iterator

from terminal.diagnosis.finding import Finding, Kind, Level
from terminal.diagnosis.machine import Machine
from terminal.readers.holders import holders
from terminal.readers.port import ReaderStatus, State
from terminal.texts import Text

MOST = 16
"""Readers before pcsc-lite 2.5 (PCSCLITE_MAX_READERS_CONTEXTS); further ones are left out."""

NO_READER = Kind(
    "no_reader",
    Level.WARN,
    Text("读卡服务没有发现读卡器", "The smart-card service finds no reader"),
    Text(
        "请检查读卡器的连线和指示灯，再看下面有关 USB 的各条",
        "Check the reader's cable and light, and see below what is said of USB",
    ),
)
READER_EMPTY = Kind(
    "reader_empty",
    Level.OK,
    Text("读卡器 {name}：空", "Reader {name}: empty"),
)
READER_CARD = Kind(
    "reader_card",
    Level.OK,
    Text("读卡器 {name}：有卡 {atr}", "Reader {name}: card {atr}"),
)
READER_BROKEN = Kind(
    "reader_broken",
    Level.FAIL,
    Text("读卡器 {name}：列出来了，但用不了", "Reader {name}: listed, and does not work"),
    Text(
        "请重插读卡器；仍如此请换一个 USB 口或换一台读卡器",
        "Plug it in again; else try another USB port, or another reader",
    ),
)
CARD_MUTE = Kind(
    "card_mute",
    Level.WARN,
    Text(
        "读卡器 {name}：有卡，但卡没有应答",
        "Reader {name}: the card does not answer",
    ),
    Text(
        "请擦净触点，换个方向重插；换一张好卡也这样，就是读卡器的问题",
        "Clean the contacts, insert it the right way; if a good card fails too, it is the reader",
    ),
)
READER_EXCLUSIVE = Kind(
    "reader_exclusive",
    Level.WARN,
    Text(
        "读卡器 {name} 被别的程序独占，可能是：{holders}",
        "Another program has reader {name} for itself, perhaps: {holders}",
    ),
    Text("请关闭那个程序后再试", "Close that program and try again"),
)
READER_SHARED = Kind(
    "reader_shared",
    Level.NOTE,
    Text(
        "读卡器 {name} 有别的程序在用，可能是：{holders}",
        "Another program uses reader {name} too, perhaps: {holders}",
    ),
)
READERS_FULL = Kind(
    "readers_full",
    Level.WARN,
    Text(
        "已有 {count} 个读卡器，达到 pcscd 的上限，再接的不会出现",
        "There are {count} readers, as many as pcscd holds: more would not show",
    ),
    Text(
        "请拔掉不用的读卡器，或删去 /etc/reader.conf.d 里不用的虚拟读卡器",
        "Unplug readers or remove virtual ones from /etc/reader.conf.d that are not used",
    ),
)


def readers(machine: Machine) -> Iterator[Finding]:
    """Say how each reader is; nothing where PC/SC does not answer."""
    if not machine.sight.answered:
        return
    listed = machine.sight.readers
    if not listed:
        yield NO_READER.found()
    for each in listed:
        yield _condition(each)
    if len(listed) == MOST:
        yield READERS_FULL.found(count=MOST)
    shared = [each.name for each in listed if State.IN_USE in each.state]
    alone = [each.name for each in listed if State.EXCLUSIVE in each.state]
    if shared or alone:
        names = "、".join(holders(machine.path("/proc"))) or "?"
        for name in alone:
            yield READER_EXCLUSIVE.found(name=name, holders=names)
        for name in shared:
            yield READER_SHARED.found(name=name, holders=names)


def _condition(reader: ReaderStatus) -> Finding:
    if reader.state & (State.UNAVAILABLE | State.UNKNOWN):
        return READER_BROKEN.found(name=reader.name)
    if State.MUTE in reader.state:
        return CARD_MUTE.found(name=reader.name)
    if reader.present:
        return READER_CARD.found(name=reader.name, atr=reader.atr.hex().upper())
    return READER_EMPTY.found(name=reader.name)
