"""``guitai emulate``: a software card in a virtual reader, until interrupted."""

from __future__ import annotations

import json
import signal
import sys
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from queue import SimpleQueue
from types import FrameType
from typing import NoReturn

import click

from apdu.errors import LayoutError
from apdu.purse import MOST_MONEY
from card_profiles import development_keys
from card_profiles.fields import parse_day
from card_profiles.identifiers import is_citizen_id
from card_profiles.model import Profile
from card_profiles.profiles import PROFILES
from emulator.card import InsertedCard, Interface, SoftwareCard
from emulator.card_os import Habits
from emulator.cli_common import LAST_PORT, fail, key_set_option
from emulator.facts import Holder, made_up_facts
from emulator.image import ImageError, SavingCard, open_image
from emulator.plain_cards import NAMES as PURSE_CARDS
from emulator.plain_cards import new_plain_card
from emulator.purse_card import PurseCard
from emulator.purse_habits import PurseHabits, switched
from emulator.randomness import Randomness
from emulator.sam import SamCard
from emulator.vpcd import VirtualSlot, connect_to

SCHEMA = "guitai.emulate/1"
_DEFAULT_VPCD = "127.0.0.1:35963"


@dataclass(frozen=True, slots=True)
class Who:
    """Hold what was said of the holder, instead of what is made up."""

    number: str | None = None
    name: str | None = None

    @property
    def said(self) -> bool:
        """Tell whether anything was."""
        return self != Who()

    def instead_of(self, holder: Holder) -> Holder:
        """Give the made-up holder with what was said; sex and birth date stand in the number."""
        if self.name is not None:
            holder = replace(holder, name=self.name)
        if self.number is None:
            return holder
        return replace(
            holder,
            social_security_number=self.number,
            sex="1" if int(self.number[16]) % 2 else "2",
            birth_date=parse_day(self.number[6:14]),
        )


def _address(text: str) -> tuple[str, int]:
    host, separator, port = text.rpartition(":")
    if not separator or not port.isdecimal() or not 0 < int(port) <= LAST_PORT:
        fail(f"--vpcd 应为 主机：端口，不是 {text}", f"--vpcd is HOST:PORT, not {text}")
    return host.strip("[]") or "127.0.0.1", int(port)


def _script(texts: tuple[str, ...]) -> Randomness:
    try:
        return Randomness(bytes.fromhex(text.replace(",", " ")) for text in texts)
    except ValueError:
        fail("--random 应为十六进制", "--random is hex")


@click.command()
@click.option(
    "--profile",
    type=click.Choice([*PROFILES, *PURSE_CARDS]),
    default="beijing",
    show_default=True,
    help=f"哪种卡（{'、'.join(PURSE_CARDS)} 不能用 --image）"
    f" / which card ({', '.join(PURSE_CARDS)} without --image)",
)
@click.option(
    "--seed", type=int, default=1, show_default=True, help="哪位虚构持卡人 / which made-up holder"
)
@click.option(
    "--number",
    metavar="ID",
    help="持卡人的社会保障号码（默认虚构，登记不了）/ the holder's number (made up by default, and"
    " no registry takes it)",
)
@click.option("--name", metavar="NAME", help="持卡人姓名 / the holder's name")
@click.option(
    "--interface",
    type=click.Choice(["contact", "contactless"]),
    default="contact",
    show_default=True,
)
@click.option("--vpcd", default=_DEFAULT_VPCD, show_default=True, metavar="HOST:PORT")
@click.option(
    "--image",
    type=click.Path(path_type=Path, readable=False),
    metavar="FILE",
    help="卡镜像，没有则新建 / card image, made where it is missing",
)
@click.option(
    "--random",
    "randoms",
    multiple=True,
    metavar="HEX...",
    help="随机数脚本 / script of the card's random bytes",
)
@key_set_option
@click.option(
    "--sam",
    "with_sam",
    is_flag=True,
    help="旁边卡槽（端口加一）再插一张 SAM 卡 / a SAM card too, in the next slot (port + 1)",
)
@click.option(
    "--balance",
    default="0",
    show_default=True,
    metavar="YUAN",
    help="公交钱包的余额 / the transit purse's balance",
)
@click.option(
    "--transit",
    "switches",
    multiple=True,
    metavar="SWITCH=VALUE",
    help="公交钱包的差异开关 / what this transit purse does otherwise (docs/purse.md)",
)
@click.option(
    "--lang", type=click.Choice(["zh", "en"]), expose_value=False, help="界面语言 / language"
)
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")
@click.argument("more_random", nargs=-1, metavar="")
def emulate(
    profile: str,
    seed: int,
    number: str | None,
    name: str | None,
    interface: Interface,
    vpcd: str,
    image: Path | None,
    randoms: tuple[str, ...],
    key_set: str,
    with_sam: bool,
    balance: str,
    switches: tuple[str, ...],
    as_json: bool,
    more_random: tuple[str, ...],
) -> None:
    """把软件卡插入虚拟读卡器 / put a software card into a virtual reader.

    插好后输出一行，运行到中断为止 / prints one line when the card is in, runs until interrupted.
    """
    if more_random and not randoms:
        fail(f"多余的参数 {more_random[0]}", f"unexpected argument {more_random[0]}")
    host, port = _address(vpcd)
    randomness = _script((*randoms, *more_random))
    habits = Habits(purse=_switches(switches))
    fen = _fen(balance)
    who = Who(_number(number), _name(name))
    card: SoftwareCard | PurseCard
    if profile in PURSE_CARDS:
        _demand_plain(image, who)
        root_of = development_keys.SETS[key_set]
        card = new_plain_card(
            profile, seed, fen, root_of=root_of, randomness=randomness, habits=habits
        )
    elif image is not None and image.exists():
        card = _from_image(image, PROFILES[profile], interface, randomness, habits, who)
    else:
        card = _new(PROFILES[profile], seed, who, fen, interface, randomness, key_set, habits)
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, _stop)
    if with_sam:
        _insert_sam(host, port + 1, key_set)
    try:
        inserted: InsertedCard = card
        if isinstance(card, SoftwareCard):
            profile = card.profile.name
            inserted = SavingCard(card, image) if image is not None else card
        VirtualSlot(
            inserted,
            connect_to(host, port),
            inserted=lambda: _announce(card, profile, vpcd, as_json),
            waiting=lambda: _say_waiting(vpcd),
        ).run()
    except OSError as error:
        # The image is the one file that is written while the card runs.
        fail(f"卡镜像无法保存：{error}", f"the card image cannot be saved: {error}")


def _insert_sam(host: str, port: int, key_set: str) -> None:
    """Put a SAM of the same keys into the next slot; returns when the daemon has seen it.

    It has a thread of its own and leaves with this process, as the card does. What it meets is
    said here: a process that ends while its thread writes is aborted by Python.
    """
    if port > LAST_PORT:
        fail("--sam 要用下一个端口，已没有了", "--sam needs the next port, and there is none")
    seen: SimpleQueue[bool] = SimpleQueue()
    VirtualSlot(
        SamCard.new(root_of=development_keys.SETS[key_set]),
        connect_to(host, port),
        inserted=lambda: seen.put(True),
        waiting=lambda: seen.put(False),
    ).start()
    while not seen.get():
        _say_waiting(f"{host}:{port}")


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    """End at once: an interrupted card is a card taken out."""
    sys.exit(0)


def _switches(texts: tuple[str, ...]) -> PurseHabits:
    habits = PurseHabits()
    for text in texts:
        name, _, value = text.partition("=")
        try:
            habits = switched(habits, name, value)
        except ValueError as error:
            fail(
                f"--transit 没有这个开关或值：{error}",
                f"--transit has no such switch or value: {error}",
            )
    return habits


def _fen(yuan: str) -> int:
    """Read an amount of yuan; no float ever touches money."""
    whole, _, part = yuan.partition(".")
    if not (whole + part).isascii() or not whole.isdecimal() or not part.ljust(2, "0").isdecimal():
        fail(f"--balance 应为金额，不是 {yuan}", f"--balance is an amount of yuan, not {yuan}")
    fen = int(whole) * 100 + int(part.ljust(2, "0"))
    if len(part) > 2 or fen > MOST_MONEY:
        fail(f"--balance 应为金额，不是 {yuan}", f"--balance is an amount of yuan, not {yuan}")
    return fen


def _number(text: str | None) -> str | None:
    """Read a citizen number; a division that there is tells it from a made-up one."""
    number = text.strip().upper() if text is not None else None
    if number is not None and not (is_citizen_id(number) and _born(number)):
        fail(
            "--number 应为 18 位公民身份号码，日期存在、校验码正确",
            "--number is a citizen number of 18 characters, with a day and the right check"
            " character",
        )
    return number


def _born(number: str) -> date | None:
    try:
        return parse_day(number[6:14])
    except LayoutError:
        return None


def _name(text: str | None) -> str | None:
    name = text.strip() if text is not None else None
    if name is not None and not (name and name.isprintable()):
        fail("--name 应为姓名", "--name is a name")
    return name


def _demand_plain(image: Path | None, who: Who) -> None:
    """Demand what a card with purses only can have."""
    if who.said:
        fail("这种卡上没有持卡人", "this kind of card names no holder")
    if image is not None:
        fail("这种卡没有卡镜像", "this kind of card has no image")
    if _given("interface") and click.get_current_context().params["interface"] == "contact":
        fail("这种卡只有非接触界面", "this kind of card is contactless only")


def _new(
    profile: Profile,
    seed: int,
    who: Who,
    fen: int,
    interface: Interface,
    randomness: Randomness,
    key_set: str,
    habits: Habits,
) -> SoftwareCard:
    """Make a card for a made-up holder, or for who was named."""
    if interface == "contactless" and not profile.contactless:
        fail(f"{profile.name} 没有非接触界面", f"a {profile.name} card has no contactless side")
    facts = made_up_facts(profile, seed)
    if facts.transit is not None:
        facts = replace(facts, transit=replace(facts.transit, balance=fen))
    elif _given("balance") or _given("switches"):
        fail(f"{profile.name} 没有公交应用", f"a {profile.name} card has no transit application")
    if facts.holder is not None:
        facts = replace(facts, holder=who.instead_of(facts.holder))
    try:
        return SoftwareCard.new(
            profile,
            facts,
            root_of=development_keys.SETS[key_set],
            interface=interface,
            randomness=randomness,
            habits=habits,
        )
    except LayoutError:
        fail("--name 太长，这种卡写不下", "--name is too long for this kind of card")


def _from_image(
    image: Path,
    profile: Profile,
    interface: Interface,
    randomness: Randomness,
    habits: Habits,
    who: Who,
) -> SoftwareCard:
    """Open an image; what was said on the command line must agree with it."""
    if _given("balance"):
        fail("余额在卡镜像里，不能用 --balance", "an image has its own balance: no --balance")
    if who.said:
        fail(
            "持卡人在卡镜像里，不能用 --number、--name",
            "an image has its own holder: no --number, no --name",
        )
    try:
        card = open_image(image, randomness=randomness, habits=habits)
    except (ImageError, OSError) as error:
        fail(f"卡镜像 {image} 不可用：{error}", f"card image {image} is unusable: {error}")
    if _given("profile") and card.profile is not profile:
        fail(
            f"卡镜像是 {card.profile.name}，不是 {profile.name}",
            f"the image is a {card.profile.name} card, not {profile.name}",
        )
    if not _given("interface") or card.interface == interface:
        return card
    if interface == "contactless" and not card.profile.contactless:
        fail(
            f"{card.profile.name} 没有非接触界面",
            f"a {card.profile.name} card has no contactless side",
        )
    return SoftwareCard(
        card.profile, card.memory, interface=interface, randomness=randomness, habits=habits
    )


def _given(parameter: str) -> bool:
    """Tell whether an option was given and is no default."""
    source = click.get_current_context().get_parameter_source(parameter)
    return source is click.core.ParameterSource.COMMANDLINE


def _say_waiting(vpcd: str) -> None:
    """Say why nothing happens yet, apart from the line that scripts wait for."""
    click.echo(f"{vpcd} 没有虚拟读卡器，等待中 / no virtual reader there yet, waiting", err=True)


def _announce(card: SoftwareCard | PurseCard, name: str, vpcd: str, as_json: bool) -> None:
    """Say once for each insertion that the daemon has seen the card."""
    atr = card.atr.hex().upper()
    if as_json:
        document = {
            "schema": SCHEMA,
            "profile": name,
            "interface": card.interface,
            "atr": atr,
            "vpcd": vpcd,
        }
        click.echo(json.dumps(document))
    else:
        click.echo(f"卡已插入 card inserted: {name} {card.interface} {atr} @ {vpcd}")
    sys.stdout.flush()
