"""A counter to try: the real console, a private daemon, everything else software.

What people at a counter do with their hands is typed here: cards laid on, PINs, documents.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests/support"))

from browsing import console, devices_on, laid
from city import City, open_city
from registry import citizen_id
from registry_desk import WORD
from serving_desk import NAME, chip_of

from emulator.id_cards import card as id_card
from emulator.id_reader import SoftwareIdReader
from emulator.on_pty import OnPty
from emulator.pin_pad import SoftwarePinPad
from emulator.pin_pad_entry import parse_keys
from emulator.receipt_printer import SoftwareReceiptPrinter

OTHER, PIN = "李四", "123456"
HELP = f"""
  1   放上{NAME}的卡 lay {NAME}'s card on        2   放上{OTHER}的卡 lay {OTHER}'s card on
  0   取走卡 take the card away
  a   把{NAME}的身份证放到阅读器上 lay an ID card on   b   {OTHER}的身份证   c   取走 lift it
  p   在密码键盘上输入服务密码 enter the service PIN: p {PIN}   （现在的密码 the PIN is {PIN}）
  r   看凭条打印机打了什么 what the receipt printer printed
  q   结束 end
"""


def main() -> None:
    parser = argparse.ArgumentParser(description="Open a counter to try.")
    parser.add_argument("--port", type=int, default=8765, help="of the console")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="guitai-counter-") as folder, ExitStack() as opened:
        print("请稍候 one moment …", flush=True)
        city = opened.enter_context(open_city(Path(folder)))
        desk = Desk(opened, city)
        address, _ = opened.enter_context(
            console(city, "clerk", devices_on(city.folder), port=options.port)
        )
        print(f"柜员工作台 the console: {address}\n工号 operator: li   密码 password: {WORD}")
        print("复核人 who agrees: zhang   审计员 auditor: shen   密码相同 the same password")
        print(HELP, flush=True)
        with suppress(KeyboardInterrupt, EOFError):
            desk.obey()


class Desk:
    """Hold what lies on the desk, and do what is typed."""

    def __init__(self, opened: ExitStack, city: City) -> None:
        self._city = city
        self._cards = {"1": chip_of(1).card, "2": chip_of(2, name=OTHER).card}
        self._people = {"a": (NAME, citizen_id(1)), "b": (OTHER, citizen_id(2))}
        self._on_reader = opened.enter_context(ExitStack())
        self._pad = SoftwarePinPad(script=self._nothing_typed())
        self._id_reader = SoftwareIdReader()
        self._printer = SoftwareReceiptPrinter()
        for device, name in (
            (self._pad, "pad"),
            (self._id_reader, "id-reader"),
            (self._printer, "printer"),
        ):
            opened.enter_context(OnPty(device, city.folder / name))

    def obey(self) -> None:
        """Do what is typed, until it is to end."""
        while (said := input("> ").strip()) != "q":
            word, _, more = said.partition(" ")
            done = self._done(word, more)
            print("好 done" if done else HELP, flush=True)

    def _done(self, word: str, more: str) -> bool:
        acts: dict[str, Callable[[], Any]] = {
            "0": self._on_reader.close,
            "c": self._id_reader.lift,
            "r": lambda: print("\n".join(self._printer.lines)),
            "p": lambda: self._pad.press(*parse_keys(f"{more.strip()} ENTER")),
        }
        if word in self._cards:
            self._on_reader.close()
            self._on_reader.enter_context(laid(self._city, self._cards[word]))
        elif word in self._people:
            name, number = self._people[word]
            self._id_reader.lay(id_card("citizen", name=name, number=number))
        elif word in acts:
            acts[word]()
        else:
            return False
        return True

    @staticmethod
    def _nothing_typed() -> Iterator[bytes]:
        for _ in itertools.count():
            yield b""


if __name__ == "__main__":
    main()
