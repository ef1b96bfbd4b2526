"""What transit purses differ in: each switch with the argued default.

Reference transit-purse.md §9 (switches for an emulator), §10 (conflicts between sources);
docs/purse.md lists them all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from apdu.purse import TransactionType
from apdu.status import SW


class LogCounter(Enum):
    """Say which counter the log has."""

    BEFORE = "before"
    AFTER = "after"


class ProofOrder(Enum):
    """Say in which order GET TRANSACTION PROVE answers."""

    MAC_FIRST = "mac-first"
    TAC_FIRST = "tac-first"


class Retention(Enum):
    """Say which proofs a card keeps: the last of each direction, of each type, or of all."""

    DIRECTION = "direction"
    TYPE = "type"
    LAST = "last"


class Padding(Enum):
    """Say which padding of aligned enciphered data a card takes."""

    EITHER = "either"
    MANUAL = "manual"
    """None where the data is aligned already."""
    ALWAYS = "always"


class LockStyle(Enum):
    """Say how SELECT and commands answer where the application is blocked."""

    WARNING = "warning"
    """6283 with the FCI while blocked for a time, 9303 for ever."""
    UNSUPPORTED = "unsupported"
    """6A81 for both, as FMCOS does."""


class UnblockForm(Enum):
    """Say how PIN UNBLOCK names the PIN."""

    TABLE = "table"
    """P1 the key id, P2 00."""
    EXAMPLE = "example"
    """P1 00, P2 01."""


class HolderLayout(Enum):
    """Say how file 16 is laid out, by its bytes."""

    LONG = 55
    SHORT = 39


CHALLENGE_SIZES = frozenset({4, 8})
"""Challenges that the rules for MACs have a place for (§4.3)."""


@dataclass(frozen=True, slots=True)
class PurseHabits:
    """Hold what transit purses differ in; the section is the reference's."""

    # --- What is answered --------------------------------------------------------------------
    full_fci: bool = False
    """Whether the FCI has label and priority, as other cities' cards have; Beijing's has not
    (§1.2)."""
    balance_parts: bool = True
    """Whether GET BALANCE knows P1 01 to 03, as T-Union does; FMCOS knows 00 alone (§3)."""
    ignores_part: bool = False
    """Whether GET BALANCE answers the same to every P1; readers that subtract show 0 (§10, 12)."""
    limit_apart: bool = False
    """Whether balances leave the overdraft limit out, here and in INITIALIZE: one generated vector
    has it so, T-Union's readers subtract it (§3.2, §10, 12)."""
    top_bit: bool = False
    """Whether balances come with the top bit set; one dump has it (§3)."""
    key_version: int = 0x00
    """The key version that INITIALIZE answers, by which a SAM finds its key (§3, §6.1)."""
    algorithm: int = 0x00
    """The algorithm byte that INITIALIZE answers: 00 in production, 01 on FMCOS, 3DES both
    (§10, 4)."""
    short_of_money: SW = SW.NOT_ENOUGH_MONEY
    """9401, or 9301, which two tables have beside it (§3.3)."""
    not_begun: SW = SW.COMMAND_NOT_ACCEPTED
    """What a second command without its INITIALIZE answers, after 9302 too: 6901 by FMCOS, other
    chips 6985 (§3.3, §7 e)."""
    # --- Transactions ------------------------------------------------------------------------
    log_counter: LogCounter = LogCounter.AFTER
    """The one trace of a real card has it after; the manuals say before (§10, 1)."""
    shared_counter: bool = False
    """Whether one counter counts both directions, which FMCOS can (§3.2)."""
    key_indexes: frozenset[int] = frozenset({0, 1, 2})
    """Key indexes that are there, for tutorials, probes and gates use all three (§3.4)."""
    load_needs_pin: bool = False
    """Whether a load needs the PIN: on FMCOS, mostly not in transit (§3.2)."""
    unload_purse: bool = False
    """Whether the purse can be unloaded, and not the passbook alone; not public (§3.2)."""
    limit_purse: bool = True
    """Whether the purse's overdraft limit can be changed: cards have one, PBOC names the passbook
    alone (§3, §8)."""
    limit_tac_folded: bool = True
    """Whether the TAC of a new limit is made by the folded key, as the code that ran on cards
    does; the manual says the key itself (§10, 3)."""
    grey_lock: bool = False
    """Whether the purse is grey-locked: 9408 to INITIALIZE (§3.3)."""
    # --- Proofs ------------------------------------------------------------------------------
    proof_order: ProofOrder = ProofOrder.MAC_FIRST
    """All code and the manual have the MAC first, one text the TAC (§10, 2)."""
    retention: Retention = Retention.DIRECTION
    """At least the last is kept; a gate's must outlive a load (§5)."""
    # --- Files -------------------------------------------------------------------------------
    holder_layout: HolderLayout = HolderLayout.LONG
    """55 bytes in PBOC 2.0, 39 in 1.0; a new card is made so (§2.2, §10, 7)."""
    kind_in_public: bool = False
    """Whether byte 0 of file 15 is the card kind, as one reader takes it; byte 10 of file 17 is
    sure. A new card is made so, its keys too (§10, 11)."""
    log_needs_pin: bool = False
    """Whether the log is read after the PIN only: FMCOS's template, not in transit (§2.4)."""
    read_all_records: bool = False
    """Whether ``00B201C500`` gives all records: one reader tries it first (§2.4)."""
    blank_records: bool = False
    """Whether records not yet written read as 00, which readers hide, and not 6A83 (§2.4)."""
    # --- Management --------------------------------------------------------------------------
    challenge_sizes: frozenset[int] = CHALLENGE_SIZES
    """Bytes of a challenge (§3.4, §4.3)."""
    padding: Padding = Padding.EITHER
    """No sample decides what stands behind aligned enciphered data (§10, 5)."""
    lock_style: LockStyle = LockStyle.WARNING
    """6283 and 9303 by PBOC readers, 6A81 by FMCOS (§10, 6)."""
    blocked_reads: bool = False
    """Whether files and balance are read while the application is blocked for a time; FMCOS lists
    6A81 for them (§3.3)."""
    pin_unblock: UnblockForm = UnblockForm.TABLE
    """The manual's table and its example differ (§10, 8)."""

    def __post_init__(self) -> None:
        if not self.challenge_sizes <= CHALLENGE_SIZES:
            raise ValueError("challenge_sizes: 4, 8")


def proof_slot(retention: Retention, kind: TransactionType) -> str:
    """Name where a transaction's proof is kept; the next of the same name takes its place."""
    match retention:
        case Retention.DIRECTION:
            return "online" if kind.online else "offline"
        case Retention.TYPE:
            return f"{kind:02X}"
        case _:
            return "last"


_WORDS = {"yes": True, "true": True, "no": False, "false": False}


def switched(habits: PurseHabits, name: str, text: str) -> PurseHabits:
    """Set a switch by its name from text; raises ValueError where either is wrong.

    Words for yes and no, an alternative's own word, hex for a byte or a status word, numbers with
    commas for a set.
    """
    if name not in PurseHabits.__dataclass_fields__:
        raise ValueError(f"{name}: {', '.join(sorted(PurseHabits.__dataclass_fields__))}")
    try:
        value = _read(getattr(habits, name), text)
    except (KeyError, ValueError) as error:
        raise ValueError(f"{name}: {text}") from error
    return replace(habits, **{name: value})


def _read(now: Any, text: str) -> Any:
    """Read a value of the same type as the one that stands there now."""
    match now:
        case bool():
            return _WORDS[text]
        case SW():
            return SW(int(text, 16))
        case HolderLayout():
            return HolderLayout(int(text))
        case Enum():
            return type(now)(text)
        case frozenset():
            return frozenset(int(each) for each in text.split(","))
        case _:
            (byte,) = bytes.fromhex(text)
            return byte
