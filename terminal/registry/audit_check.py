"""Whether the audit is as it was written: every edit, deletion, insertion and truncation is found.

Each row is held against its digest and the row before, the last row of a chain against its sealed
end, the ends against the list of chains, and all of it against what is kept outside the database:
an anchor a day, and how far each chain went when a counter was last closed.
"""

from __future__ import annotations

import hmac
import itertools
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.exc import DBAPIError

from terminal.registry.audit import (
    CHAINS,
    COLUMNS,
    NOTHING,
    RAW,
    RAW_HEAD,
    Anchor,
    Head,
    Outside,
    canonical,
    chains_digest,
    digest_of,
    head_of,
    is_ours,
    is_sealed,
)
from terminal.registry.plain import is_plain
from terminal.registry.transaction import Transaction
from terminal.texts import Text


class Wrong(StrEnum):
    """What can be wrong with an audit."""

    ALTERED = "altered"
    MISSING = "missing"
    UNREADABLE = "unreadable"
    TWICE = "twice"
    STOPPED = "stopped"
    NO_END = "no_end"
    END_SEAL = "end_seal"
    CUT = "cut"
    BEYOND = "beyond"
    END_DIFFERS = "end_differs"
    NO_CHAIN = "no_chain"
    CHAINS = "chains"
    ANCHOR_SEAL = "anchor_seal"
    ANCHOR_DIFFERS = "anchor_differs"
    ANCHOR_BEYOND = "anchor_beyond"
    ANCHOR_MISSING = "anchor_missing"
    KEPT_END_MISSING = "kept_end_missing"


_TEXTS = {
    Wrong.ALTERED: Text(
        "第 {number} 条与摘要不符：它或它的前一条被改过、换过",
        "row {number} does not fit its digest: it, or the one before it, was altered or replaced",
    ),
    Wrong.MISSING: Text("缺第 {number} 至 {last} 条", "rows {number} to {last} are missing"),
    Wrong.UNREADABLE: Text("第 {number} 条读不懂", "row {number} cannot be read"),
    Wrong.TWICE: Text("第 {number} 条不止一条", "there is more than one row {number}"),
    Wrong.STOPPED: Text(
        "数据库读不下去，从第 {number} 条起没有查",
        "the database cannot be read on; nothing was checked from row {number} on",
    ),
    Wrong.NO_END: Text("有记录而没有链尾", "it has rows and no end"),
    Wrong.END_SEAL: Text("链尾的封签不对", "the seal of its end is wrong"),
    Wrong.CUT: Text(
        "缺第 {number} 至 {last} 条：末尾的记录被删掉",
        "rows {number} to {last} are missing: its end was cut off",
    ),
    Wrong.BEYOND: Text(
        "第 {number} 条在链尾之后：它是后来插入的，或者链尾被换成旧的",
        "row {number} is beyond its end: it was put in, or an old end was put back",
    ),
    Wrong.END_DIFFERS: Text(
        "最后一条（第 {number} 条）不是链尾所封的那一条",
        "its last row ({number}) is not the one that its end was sealed with",
    ),
    Wrong.NO_CHAIN: Text("没有这个柜台的记录", "there is no such chain"),
    Wrong.CHAINS: Text(
        "柜台清单与实有的柜台不符：有柜台的记录被整个删掉或加进来",
        "the list of chains does not fit: a whole chain was removed or put in",
    ),
    Wrong.ANCHOR_SEAL: Text(
        "库外所存第 {number} 条的锚或链尾不是本登记库写的，或被改过，或者它前面的那个锚被拿走了",
        "the anchor or end that is kept of row {number} was not written by this registry, or was"
        " altered, or the anchor before it was taken away",
    ),
    Wrong.ANCHOR_DIFFERS: Text(
        "第 {number} 条与库外所存的锚或链尾不同：记录在封存以后被重写",
        "row {number} is not the one of which an anchor or end is kept: it was written anew since",
    ),
    Wrong.ANCHOR_BEYOND: Text(
        "缺第 {number} 条，而库外所存的锚或链尾有它：记录被退回到旧的状态",
        "row {number} is missing, and an anchor or end of it is kept: the audit was put back to an"
        " older state",
    ),
    Wrong.ANCHOR_MISSING: Text(
        "锚文件中缺第 {number} 条的锚，而它写过", "the anchor of row {number} is gone from its file"
    ),
    Wrong.KEPT_END_MISSING: Text(
        "锚文件旁的链尾文件不在了、读不懂，或缺这一条链：第 {number} 条以前是否被退回过，无从对照",
        "the file of ends beside the anchors is gone, unreadable, or lacks this chain: whether it"
        " was put back before row {number} nobody can tell",
    ),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Hold what was found: in which chain, which row (0 for none of them), and what."""

    chain: str
    number: int
    what: Wrong
    text: Text


_ROWS = select(*(RAW.c[name] for name in COLUMNS)).order_by(RAW.c.chain, RAW.c.number)
_HEADS = select(RAW_HEAD)
_STREAMED = {"stream_results": True}
"""Row by row: a million of them are never in memory together."""


def verify(
    tx: Transaction,
    chain: str | None = None,
    anchors: Collection[Anchor] | None = None,
    ends: Collection[Anchor] | None = None,
) -> list[Finding]:
    """Check every row, of one chain or all, and give what is wrong: nothing where all is right.

    ``anchors`` and ``ends`` are what was kept outside; None leaves it out.
    """
    if chain is not None and not is_plain(chain):
        return [_found("?", 0, Wrong.NO_CHAIN)]
    try:
        heads = {row.chain: head_of(row) for row in tx.rows(_HEADS)}
    except DBAPIError:
        return [_found(CHAINS, 1, Wrong.STOPPED)]
    walks = {name: _Walk(name) for name in heads if chain in {None, name}}
    for where, those in ((Outside.ANCHOR, anchors), (Outside.END, ends)):
        numbers: dict[str, list[int]] = {}
        for kept in those or ():
            numbers.setdefault(kept.chain, []).append(kept.number)
        for kept in those or ():
            if chain in {None, kept.chain}:
                walk = walks.setdefault(kept.chain, _Walk(kept.chain))
                walk.take(tx, kept, where, numbers[kept.chain])
    at = _Walk("")
    try:
        for row in _rows(tx, chain):
            at = walks.setdefault(row.chain, _Walk(row.chain))
            at.pass_by(row)
    except DBAPIError:
        walks.setdefault(at.chain, at).find(Wrong.STOPPED, at.number + 1)
    if chain is not None and not walks:
        return [_found(chain, 0, Wrong.NO_CHAIN)]
    for walk in walks.values():
        walk.arrive(tx, heads.get(walk.chain), anchors is not None, ends is not None)
    found = [each for walk in walks.values() for each in walk.found]
    return _list_of_chains(tx, heads) + sorted(found, key=_place)


def _rows(tx: Transaction, chain: str | None) -> Iterator[Row[Any]]:
    wanted = _ROWS if chain is None else _ROWS.where(RAW.c.chain == chain)
    yield from tx.connection.execute(wanted, execution_options=_STREAMED)


class _Walk:
    """Go along one chain, row by row, and note what is wrong."""

    def __init__(self, chain: str) -> None:
        self.chain = chain
        self.number = 0
        self.digest = NOTHING
        self.found: list[Finding] = []
        self._kept: dict[int, set[bytes]] = {}
        self._last = dict.fromkeys(Outside, 0)

    def find(self, what: Wrong, number: int, **facts: object) -> None:
        """Note what is wrong with a row."""
        self.found.append(_found(self.chain, number, what, **facts))

    def take(self, tx: Transaction, kept: Anchor, where: Outside, all_: Iterable[int]) -> None:
        """Take along what is kept outside, where it is one of ours; ``all_`` is kept there."""
        # The one before it is nearly always the line before; not after a restore.
        if not is_ours(tx.vault, kept, where, itertools.chain((self._last[where],), all_)):
            self.find(Wrong.ANCHOR_SEAL, kept.number)
        else:
            self._kept.setdefault(kept.number, set()).add(kept.digest)
            self._last[where] = max(self._last[where], kept.number)

    def pass_by(self, row: Row[Any]) -> None:
        """Hold a row against its digest, the row before and its anchor."""
        expected = self.number + 1
        if type(row.number) is not int or not isinstance(row.digest, bytes):
            self.find(Wrong.UNREADABLE, expected)
            return
        if row.number < expected:
            self.find(Wrong.TWICE, row.number)
            return
        if row.number > expected:
            self.find(Wrong.MISSING, expected, last=row.number - 1)
        elif not _fits(row, self.digest):
            self.find(Wrong.ALTERED, row.number)
        self.number, self.digest = row.number, row.digest
        if self._kept.get(row.number, set()) - {row.digest}:
            self.find(Wrong.ANCHOR_DIFFERS, row.number)

    def arrive(self, tx: Transaction, end: Head | None, anchors: bool, ends: bool) -> None:
        """Hold the last row against the chain's end, and the end against what is kept outside."""
        if self.chain == CHAINS:
            if self.number:
                self.find(Wrong.NO_END, self.number)
            return
        for number in self._kept:
            if number > self.number:
                self.find(Wrong.ANCHOR_BEYOND, number)
        if end is None:
            if self.number:
                self.find(Wrong.NO_END, 0)
            return
        if not is_sealed(tx.vault, end):
            self.find(Wrong.END_SEAL, 0)
            return
        if self.number < end.number:
            self.find(Wrong.CUT, self.number + 1, last=end.number)
        elif self.number > end.number:
            self.find(Wrong.BEYOND, end.number + 1)
        elif self.digest != end.digest:
            self.find(Wrong.END_DIFFERS, end.number)
        if anchors and end.anchored > self._last[Outside.ANCHOR]:
            self.find(Wrong.ANCHOR_MISSING, end.anchored)
        # One that was never anchored may have begun since a counter was last closed.
        if ends and end.anchored and not self._last[Outside.END]:
            self.find(Wrong.KEPT_END_MISSING, end.number)


def _list_of_chains(tx: Transaction, heads: dict[str, Head]) -> list[Finding]:
    """Hold which chains there are against the sealed list of them."""
    names = [each for each in heads if each != CHAINS]
    listed = heads.get(CHAINS)
    if listed is None:
        right = not names
    else:
        right = is_sealed(tx.vault, listed) and listed.digest == chains_digest(map(str, names))
    return [] if right else [_found(CHAINS, 0, Wrong.CHAINS)]


def _fits(row: Row[Any], previous: bytes) -> bool:
    try:
        form = canonical(dict(zip(COLUMNS, row, strict=True)), previous)
        return hmac.compare_digest(digest_of(form), row.digest)
    except (TypeError, ValueError):  # values that no row of ours holds
        return False


def _found(chain: str, number: int, what: Wrong, **facts: object) -> Finding:
    return Finding(str(chain), number, what, _TEXTS[what].filled(number=number, **facts))


def _place(finding: Finding) -> tuple[str, int]:
    return finding.chain, finding.number
