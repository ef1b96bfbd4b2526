"""Both halves of the purse's transactions, with the host's or the SAM's right MAC."""

from __future__ import annotations

from purse_chip import AT, KEYS, TERMINAL, Transmits, send

from apdu.purse import TRIPLE_DES, TransactionType, limit_mac2, mac_of_amount, purchase_mac2
from card_profiles import transit

LOAD, PURCHASE, WITHDRAW, COMPOSITE, LIMIT, UNLOAD = range(6)
_SEQUENCE = "00000007"


def begin(what: int, purse: int = 2, *, index: int = 1, amount: int = 1) -> str:
    """INITIALIZE, without Le."""
    body = f"{index:02X}" + ("" if what == LIMIT else f"{amount:08X}") + TERMINAL
    return f"8050{what:02X}{purse:02X}{len(body) // 2:02X}{body}"


def key(name: str) -> bytes:
    """A key of the test card."""
    return bytes.fromhex(KEYS[name])


def _begun(card: Transmits, command: str) -> str:
    answer = send(card, command)
    assert answer.endswith("9000"), answer
    return answer


def _session(name: str, random: str, counter: str, tail: str = "") -> bytes:
    return TRIPLE_DES.session_key(
        key(name), bytes.fromhex(random), int(counter, 16), bytes.fromhex(tail)
    )


def _mac(session: bytes, amount: int, kind: TransactionType) -> str:
    message = mac_of_amount(amount, kind, bytes.fromhex(TERMINAL), bytes.fromhex(AT))
    return TRIPLE_DES.mac(session, message).hex().upper()


def load_command(card: Transmits, amount: int = 100, purse: int = 2) -> str:
    """Begin a load, and give the CREDIT that ends it."""
    begun = _begun(card, begin(LOAD, purse, amount=amount))
    session = _session(transit.DLK, begun[16:24], begun[8:12])
    return f"805200000B{AT}{_mac(session, amount, TransactionType(purse))}04"


def unload_command(card: Transmits, amount: int, purse: int = 1) -> str:
    """Begin an unload, and give the DEBIT that ends it."""
    begun = _begun(card, begin(UNLOAD, purse, amount=amount))
    session = _session(transit.DULK, begun[16:24], begun[8:12])
    return f"805403000B{AT}{_mac(session, amount, TransactionType.UNLOAD)}04"


def limit_command(card: Transmits, limit: int, purse: int = 2) -> str:
    """Begin a change of the limit, and give the command that ends it."""
    begun = _begun(card, begin(LIMIT, purse))
    session = _session(transit.DUK, begun[22:30], begun[8:12])
    message = limit_mac2(limit, bytes.fromhex(TERMINAL), bytes.fromhex(AT))
    return f"805800000E{limit:06X}{AT}{TRIPLE_DES.mac(session, message).hex()}04"


def debit(begun: str, kind: TransactionType, amount: int = 1) -> str:
    """Give the SAM's DEBIT for what INITIALIZE answered."""
    assert begun.endswith("9000"), begun
    session = _session(transit.DPK, begun[22:30], begun[8:12], _SEQUENCE[4:])
    return f"805401000F{_SEQUENCE}{AT}{_mac(session, amount, kind)}08"


def pay(card: Transmits, amount: int = 1, what: int = PURCHASE, purse: int = 2) -> str:
    """Pay, check the card's MAC2, and give the whole answer."""
    kind = {
        (PURCHASE, 2): TransactionType.PURCHASE,
        (PURCHASE, 1): TransactionType.PASSBOOK_PURCHASE,
        (WITHDRAW, 1): TransactionType.WITHDRAWAL,
        (COMPOSITE, 2): TransactionType.COMPOSITE,
    }[what, purse]
    begun = _begun(card, begin(what, purse, amount=amount))
    answer = send(card, debit(begun, kind, amount))
    session = _session(transit.DPK, begun[22:30], begun[8:12], _SEQUENCE[4:])
    assert answer[8:] == TRIPLE_DES.mac(session, purchase_mac2(amount)).hex().upper() + "9000"
    return answer
