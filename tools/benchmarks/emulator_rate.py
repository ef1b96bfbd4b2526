"""``emulator``: how much our card's own work costs beside a card that does none.

Both are processes behind the real pcscd and get the same TPDUs from the same raw client, so the
daemon, its driver and the sockets stand on both sides of the ratio.
"""

from __future__ import annotations

from apdu.commands import GetResponse, ReadRecord, Select, SelectBy
from benchmarks.measure import Entry, Gate, in_turn
from benchmarks.stage import PROFILE, RawCard, Stage, loop
from card_profiles import social_security as ssse

ROUNDS = 41
TIMES = 400
_ITEM = ssse.CARD_FILE.items[0]
_RECORD = ReadRecord(1, sfi=ssse.CARD_FILE.sfi, le=2 + _ITEM.field.size)


def run(rounds: int | None, stage: Stage) -> list[Entry]:
    """Loop SELECT, GET RESPONSE, READ RECORD on both."""
    ours, trivial = stage.readers()
    with RawCard(ours) as card, RawCard(trivial) as nothing:
        select = Select(SelectBy.NAME, ssse.NAME).encode()
        waiting = card.ask(select)
        assert waiting[0] == 0x61, waiting.hex()
        tpdus = [select, GetResponse(waiting[1]).encode(), _RECORD.encode()]
        assert len(card.ask(tpdus[1])) == waiting[1] + 2
        assert len(card.ask(tpdus[2])) == 2 + _ITEM.field.size + 2
        lists = [list(tpdu) for tpdu in tpdus]
        pairs = in_turn(
            lambda: loop(nothing.handle, lists, TIMES),
            lambda: loop(card.handle, lists, TIMES),
            rounds or ROUNDS,
        )
    theirs_us, ours_us = pairs.each(TIMES * len(tpdus))
    return [
        Entry(
            "emulator",
            f"TPDUs a second through pcscd: our {PROFILE} card ÷ a card that answers 9000",
            pairs.ratio,  # time of the trivial card ÷ ours is rate of ours ÷ the trivial card's
            Gate(">=", 0.6),
            {
                "ours_us_per_tpdu": ours_us,
                "trivial_us_per_tpdu": theirs_us,
                "ours_tpdus_per_second": round(1e6 / ours_us),
                "trivial_tpdus_per_second": round(1e6 / theirs_us),
            },
        )
    ]
