"""What states things have: the card, each of its functions, an application.

The moves between them stand in terminal/registry/machines.py, which draws docs/states.md.
"""

from __future__ import annotations

from enum import StrEnum

from terminal.texts import Text


class Life(StrEnum):
    """Where a card is, as a thing."""

    MAKING = "making"
    READY = "ready"
    """Made, in the bank's custody."""
    POSTED = "posted"
    EMPLOYER = "with_employer"
    HELD = "held"
    """In its holder's hands."""
    HANDED_IN = "handed_in"
    """Found by somebody and given to a counter."""
    TAKEN_BACK = "taken_back"
    """Taken back at renewal, to be destroyed."""
    RECALLED = "recalled"
    WASTE = "waste"
    DESTROYED = "destroyed"


LIFE = {
    Life.MAKING: Text("制作中", "being made"),
    Life.READY: Text("待领取", "ready for collection"),
    Life.POSTED: Text("邮寄途中", "in the post"),
    Life.EMPLOYER: Text("由单位代领", "with the employer"),
    Life.HELD: Text("持卡人持有", "with its holder"),
    Life.HANDED_IN: Text("拾获交存", "found and handed in"),
    Life.TAKEN_BACK: Text("已收回", "taken back"),
    Life.RECALLED: Text("已召回", "recalled"),
    Life.WASTE: Text("废卡", "waste"),
    Life.DESTROYED: Text("已销毁", "destroyed"),
}


NOT_HANDED_OVER = frozenset({Life.READY, Life.POSTED, Life.EMPLOYER})
"""尚未发放: made, and not in its holder's hands yet (Rules Art. 21)."""


class Social(StrEnum):
    """How the social function stands."""

    OFF = "off"
    ON = "on"
    TEMP_LOST = "temp_lost"
    LOST = "lost"
    REPLACED = "replaced"
    """Lost, and a replacement was applied for: it never comes back (R-UNLOSS-NOT-REPLACED)."""
    ENDED = "ended"
    CANCELLED = "cancelled"


SOCIAL = {
    Social.OFF: Text("未启用", "not enabled"),
    Social.ON: Text("已启用", "enabled"),
    Social.TEMP_LOST: Text("临时挂失中", "temporarily stopped"),
    Social.LOST: Text("已正式挂失", "reported lost"),
    Social.REPLACED: Text("已挂失并补领", "lost and replaced"),
    Social.ENDED: Text("已失效", "ended"),
    Social.CANCELLED: Text("已注销", "cancelled"),
}


class Financial(StrEnum):
    """How the financial function stands, as far as the counter was told."""

    NONE = "none"
    """This card has no account behind it."""
    OFF = "off"
    ON = "on"
    STOPPED = "stopped"
    """Stopped for a temporary loss; when it comes back is the bank's (Rules Art. 20)."""
    LOST = "lost"
    ENDED = "ended"
    CANCELLED = "cancelled"


FINANCIAL = {
    Financial.NONE: Text("无", "none"),
    Financial.OFF: Text("未激活", "not activated"),
    Financial.ON: Text("已激活", "activated"),
    Financial.STOPPED: Text("临时停用", "stopped for the time being"),
    Financial.LOST: Text("已挂失", "reported lost"),
    Financial.ENDED: Text("已失效", "ended"),
    Financial.CANCELLED: Text("已注销", "cancelled"),
}


class Public(StrEnum):
    """How a public service function (transit, park) stands."""

    NONE = "none"
    OFF = "off"
    ON = "on"
    CLOSED = "closed"
    """Refunded and closed, or moved to another card."""
    ENDED = "ended"


PUBLIC = {
    Public.NONE: Text("无", "none"),
    Public.OFF: Text("未开通", "not opened"),
    Public.ON: Text("已开通", "open"),
    Public.CLOSED: Text("已关闭", "closed"),
    Public.ENDED: Text("已失效", "ended"),
}


class Progress(StrEnum):
    """How far an application is."""

    APPLIED = "applied"
    VERIFIED = "verified"
    MAKING = "making"
    MADE = "made"
    HANDED_OVER = "handed_over"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    RECALLED = "recalled"


PROGRESS = {
    Progress.APPLIED: Text("已受理，待核验", "accepted, to be verified"),
    Progress.VERIFIED: Text("已核验，待制卡", "verified, to be made"),
    Progress.MAKING: Text("制卡中", "being made"),
    Progress.MADE: Text("已制成，待领取", "made, ready for collection"),
    Progress.HANDED_OVER: Text("已领取", "handed over"),
    Progress.REFUSED: Text("未通过", "refused"),
    Progress.WITHDRAWN: Text("已撤回", "withdrawn"),
    Progress.RECALLED: Text("已召回", "recalled"),
}
OPEN_PROGRESS = frozenset({Progress.APPLIED, Progress.VERIFIED, Progress.MAKING, Progress.MADE})
