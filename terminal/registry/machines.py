"""The state machines of the registry, as data: every move there is.

The database holds the same list (``allowed_move``), and a history's row refers to it: what is not
here cannot be written, whoever writes. ``guitai``'s docs/states.md is drawn from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from terminal.rules.states import (
    FINANCIAL,
    LIFE,
    PROGRESS,
    PUBLIC,
    SOCIAL,
    Financial,
    Life,
    Progress,
    Public,
    Social,
)
from terminal.texts import Text

START = "-"
"""Where every thing comes from."""


class Kind(StrEnum):
    """What has a history."""

    LIFE = "life"
    SOCIAL = "social"
    FINANCIAL = "financial"
    TRANSIT = "transit"
    PARK = "park"
    APPLICATION = "application"
    PENDING = "pending"
    PARCEL = "parcel"


class Pending(StrEnum):
    """How a change stands that was decided elsewhere and lives on the chip (R-PENDING)."""

    WAITING = "waiting"
    SETTLED = "settled"
    DROPPED = "dropped"
    """A later one took its place, or its card has ended."""


PENDING = {
    Pending.WAITING: Text("待写入芯片", "waits for its chip"),
    Pending.SETTLED: Text("已写入", "written"),
    Pending.DROPPED: Text("已作废", "dropped"),
}


class Parcel(StrEnum):
    """How a parcel stands."""

    SENT = "sent"
    DELIVERED = "delivered"
    RETURNED = "returned"
    LOST = "lost"


PARCEL = {
    Parcel.SENT: Text("已寄出", "sent"),
    Parcel.DELIVERED: Text("已签收", "delivered"),
    Parcel.RETURNED: Text("已退回", "returned"),
    Parcel.LOST: Text("已丢失", "lost"),
}


@dataclass(frozen=True, slots=True)
class Move:
    """Hold one kind of move: its name, where from, where to, and why it happens."""

    name: str
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    why: Text


def _move(name: str, sources: str, targets: str, zh: str, en: str) -> Move:
    return Move(name, tuple(sources.split()), tuple(targets.split()), Text(zh, en))


_LIFE = (
    _move("order", "-", "making", "受理制卡", "a card is to be made"),
    _move("register", "-", "held", "登记已有的卡", "a card from before is put on record"),
    _move("made", "making", "ready", "制成", "it is made"),
    _move("spoilt", "making ready", "waste", "制坏", "it was spoilt"),
    _move("post", "ready", "posted", "寄出", "it is posted (Rules Art. 7)"),
    _move(
        "give_employer",
        "ready",
        "with_employer",
        "单位代领",
        "an employer collects it (Rules Art. 7)",
    ),
    _move(
        "hand_over",
        "ready posted with_employer",
        "held",
        "发放到本人",
        "its holder gets it (Rules Art. 7)",
    ),
    _move("return", "posted with_employer", "ready", "退回", "it comes back"),
    _move(
        "recall", "ready posted with_employer", "recalled", "召回", "it is recalled (Rules Art. 21)"
    ),
    _move("find", "held", "handed_in", "拾获交存", "somebody found it and handed it in"),
    _move("give_back", "handed_in", "held", "归还本人", "its holder gets it back"),
    _move("take_back", "held handed_in", "taken_back", "收回", "it is taken back (Rules Art. 16)"),
    _move(
        "hand_back", "taken_back", "held", "未办成交还", "what it was taken back for was given up"
    ),
    _move(
        "destroy",
        "recalled taken_back waste",
        "destroyed",
        "销毁",
        "two people destroy it (Rules Art. 16, 21)",
    ),
)
_SOCIAL = (
    _move("issue", "-", "off", "随卡建立", "it comes with the card"),
    _move("register", "-", "on", "登记已有的卡", "a card from before is put on record"),
    _move("enable", "off", "on", "启用", "it is enabled (Rules Art. 8)"),
    _move("lose_temp", "off on", "temp_lost", "临时挂失", "a temporary loss (Rules Art. 13)"),
    _move("lapse", "temp_lost", "off on", "临时挂失期满", "the 15 days are over (Rules Art. 13)"),
    _move("lose", "off on temp_lost", "lost", "正式挂失", "a formal loss (Rules Art. 13)"),
    _move("lift", "lost", "off on", "解挂", "the formal loss is lifted (Rules Art. 14)"),
    _move(
        "replace", "lost", "replaced", "申请补领", "a replacement is applied for (Rules Art. 14)"
    ),
    _move(
        "end",
        "off on temp_lost lost replaced",
        "ended",
        "新卡启用",
        "the new card is enabled (Rules Art. 16)",
    ),
    _move(
        "cancel",
        "off on temp_lost lost replaced",
        "cancelled",
        "注销",
        "it is cancelled (Rules Art. 19)",
    ),
)
_FINANCIAL = (
    _move("issue", "-", "none off", "随卡建立", "it comes with the card"),
    _move("register", "-", "none on", "登记已有的卡", "a card from before is put on record"),
    _move("activate", "off", "on", "激活", "it is activated (Rules Art. 9)"),
    _move("lose_temp", "on", "stopped", "临时挂失", "a temporary loss (Rules Art. 13)"),
    _move("restore", "stopped", "on", "银行恢复", "the bank restores it (Rules Art. 20)"),
    _move("lose", "on stopped", "lost", "正式挂失", "a formal loss (Rules Art. 13)"),
    _move("lift", "lost", "on", "银行解挂", "the bank lifts the loss (Rules Art. 20)"),
    _move(
        "end", "off on stopped lost", "ended", "新卡启用", "the new card is enabled (Rules Art. 16)"
    ),
    _move("cancel", "off on stopped lost", "cancelled", "注销", "it is cancelled (Rules Art. 19)"),
)
_PUBLIC = (
    _move("issue", "-", "none off", "随卡建立", "it comes with the card"),
    _move("open", "off", "on", "首次充值或购买", "first top-up or purchase (Rules Art. 10, 11)"),
    _move(
        "close",
        "off on",
        "closed",
        "退资或转移",
        "refunded, or moved to another card (Rules Art. 3, 16)",
    ),
    _move("end", "off on closed", "ended", "新卡启用", "the new card is enabled (Rules Art. 16)"),
)
_APPLICATION = (
    _move("apply", "-", "applied", "受理", "it is accepted (Rules Art. 5)"),
    _move("verify", "applied", "verified", "核验通过", "it is verified (Rules Art. 4)"),
    _move("start", "verified", "making", "开始制卡", "a card is being made"),
    _move("redo", "making made", "verified", "制坏重做", "the card was spoilt"),
    _move("finish", "making", "made", "制成", "the card is made (Rules Art. 22)"),
    _move("hand_over", "made", "handed_over", "领取", "its holder has the card (Rules Art. 7)"),
    _move("refuse", "applied verified", "refused", "不予通过", "it is refused"),
    _move(
        "withdraw",
        "applied verified making made",
        "withdrawn",
        "撤回",
        "it is withdrawn, or its person has died",
    ),
    _move("recall", "made", "recalled", "召回", "the card is recalled (Rules Art. 21)"),
)
_PENDING = (
    _move("decide", "-", "waiting", "线上受理", "it was decided elsewhere"),
    _move("settle", "waiting", "settled", "写入芯片", "it was written on the chip"),
    _move("drop", "waiting", "dropped", "作废", "another took its place, or the card ended"),
)
_PARCEL = (
    _move("send", "-", "sent", "寄出", "it is posted"),
    _move("deliver", "sent", "delivered", "签收", "it was received"),
    _move("return", "sent", "returned", "退回", "it came back"),
    _move("lose", "sent", "lost", "丢失", "it was lost"),
)

MACHINES: Mapping[Kind, tuple[Move, ...]] = MappingProxyType(
    {
        Kind.LIFE: _LIFE,
        Kind.SOCIAL: _SOCIAL,
        Kind.FINANCIAL: _FINANCIAL,
        Kind.TRANSIT: _PUBLIC,
        Kind.PARK: _PUBLIC,
        Kind.APPLICATION: _APPLICATION,
        Kind.PENDING: _PENDING,
        Kind.PARCEL: _PARCEL,
    }
)
STATES: Mapping[Kind, type[StrEnum]] = MappingProxyType(
    {
        Kind.LIFE: Life,
        Kind.SOCIAL: Social,
        Kind.FINANCIAL: Financial,
        Kind.TRANSIT: Public,
        Kind.PARK: Public,
        Kind.APPLICATION: Progress,
        Kind.PENDING: Pending,
        Kind.PARCEL: Parcel,
    }
)
STATE_TITLES: Mapping[Kind, Mapping[Any, Text]] = MappingProxyType(
    {
        Kind.LIFE: LIFE,
        Kind.SOCIAL: SOCIAL,
        Kind.FINANCIAL: FINANCIAL,
        Kind.TRANSIT: PUBLIC,
        Kind.PARK: PUBLIC,
        Kind.APPLICATION: PROGRESS,
        Kind.PENDING: PENDING,
        Kind.PARCEL: PARCEL,
    }
)
TITLES: Mapping[Kind, Text] = MappingProxyType(
    {
        Kind.LIFE: Text("卡片本身", "the card as a thing"),
        Kind.SOCIAL: Text("社会保障功能", "the social function"),
        Kind.FINANCIAL: Text("金融功能", "the financial function"),
        Kind.TRANSIT: Text("交通出行功能", "the transit function"),
        Kind.PARK: Text("公园游览功能", "the park function"),
        Kind.APPLICATION: Text("申请", "an application"),
        Kind.PENDING: Text("待写入芯片的变更", "a change that waits for its chip"),
        Kind.PARCEL: Text("邮件", "a parcel"),
    }
)


def allowed() -> tuple[tuple[Kind, str, str, str], ...]:
    """Give every allowed move: kind, name, from, to."""
    return tuple(
        (kind, move.name, source, target)
        for kind, moves in MACHINES.items()
        for move in moves
        for source in move.sources
        for target in move.targets
        if source != target
    )
