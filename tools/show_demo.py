"""The demo: `guitai emulate` and `guitai read` through a private daemon, and what crossed the wire.

Where no private daemon can be had it says why and does the same in process.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from apdu.declare import declaration_of
from apdu.trace import MASK
from card_profiles.profiles import PROFILES
from emulator.card import SoftwareCard
from emulator.daemon import DaemonUnavailable, PrivateDaemon
from emulator.facts import made_up_facts
from terminal.cards.social_security import SocialSecurityCard
from terminal.cli.app import Session
from terminal.cli.read import as_document, as_lines
from terminal.errors import GuitaiError
from terminal.keys.software import development
from terminal.readers.connection import CardConnection, Metered, Traced, Wire
from terminal.readers.t0 import T0Connection
from terminal.services.read_holder import ReadResult
from terminal.texts import LANGUAGES, Text

GUITAI = [sys.executable, "-c", "from terminal.cli import main; main()"]

CARD = Text(
    "一张虚构的{profile}软件卡（--seed {seed} 决定持卡人）",
    "A made-up {profile} software card (--seed {seed} chooses the holder)",
)
DAEMON = Text(
    "私有 pcscd（进程 {pid}，{network}），虚拟读卡器 {reader}",
    "A private pcscd (process {pid}, {network}), virtual reader {reader}",
)
OWN = Text("独立网络", "in a network of its own")
SHARED = Text(
    "注意：与本机共用网络，端口 {ports} 对外可见",
    "mind: in the machine's network, ports {ports} are open",
)
NO_DAEMON = Text(
    "这里不能运行私有 pcscd：{reason}\n改为在进程内演示同样的过程。",
    "No private pcscd can run here: {reason}\nThe same follows in process.",
)
WIRE = Text("线路上的往来（个人信息已隐去）:", "What crossed the wire (personal data masked):")
DONE = Text("演示结束，没有留下任何进程。", "Done; no process is left behind.")


def main() -> int:
    parser = argparse.ArgumentParser(description="Read a software card.")
    parser.add_argument("--seed", type=int, default=1, help="which made-up holder")
    parser.add_argument("--profile", choices=list(PROFILES), default="beijing")
    parser.add_argument("--lang", choices=LANGUAGES, default="zh")
    parser.add_argument("--in-process", action="store_true", help="do without a daemon")
    options = parser.parse_args()
    session = Session(options.lang)
    print(session.say(CARD, profile=options.profile, seed=options.seed), flush=True)
    with tempfile.TemporaryDirectory(prefix="guitai-demo-") as folder:
        trace = Path(folder, "demo.apdu")
        try:
            if options.in_process:
                raise DaemonUnavailable("--in-process")
            status = through_the_daemon(session, options, trace)
        except DaemonUnavailable as unavailable:
            print(session.say(NO_DAEMON, reason=unavailable.reason))
            status = in_process(session, options, trace)
        print(f"\n{session.say(WIRE)}")
        for line in annotated(trace.read_text("utf-8")):
            print(line)
    print(f"\n{session.say(DONE)}")
    return status


def through_the_daemon(session: Session, options: argparse.Namespace, trace: Path) -> int:
    with PrivateDaemon(slots=1) as daemon:
        shared = session.say(SHARED, ports=", ".join(map(str, daemon.ports)))
        network = session.say(OWN) if daemon.network == "own" else shared
        print(
            session.say(DAEMON, pid=daemon.pid, network=network, reader=daemon.readers[0]),
            flush=True,
        )
        card = [
            *("emulate", "--profile", options.profile, "--seed", str(options.seed)),
            *("--vpcd", f"{daemon.host}:{daemon.ports[0]}"),
        ]
        with running([*daemon.enter_network(), *GUITAI, *card], shown=card):
            read = ["--lang", options.lang, "read", "--trace", str(trace)]
            print(f"\n$ guitai {' '.join(read[:3])}", flush=True)
            environment = {**os.environ, **daemon.environment()}
            return subprocess.run([*GUITAI, *read], env=environment, check=False).returncode


@contextlib.contextmanager
def running(command: list[str], shown: list[str]) -> Iterator[None]:
    """Run the card until the end of the block; begin when it says that it is in."""
    print(f"\n$ guitai {' '.join(shown)}", flush=True)
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=_end_with_parent,  # noqa: PLW1509  one thread here, and it only asks the kernel
    ) as process:
        try:
            assert process.stdout is not None
            print(process.stdout.readline(), end="", flush=True)
            yield
        finally:
            process.terminate()


def _end_with_parent() -> None:
    """Let the kernel end the card when the demo is killed (PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def in_process(session: Session, options: argparse.Namespace, trace: Path) -> int:
    profile = PROFILES[options.profile]
    card = SoftwareCard.new(profile, made_up_facts(profile, options.seed))
    wire = Wire()
    with trace.open("w", encoding="utf-8") as stream:
        connection: CardConnection = Traced(Metered(card, wire), stream.write, lambda: 0.0)
        try:
            reading = SocialSecurityCard(T0Connection(connection)).read(development())
        except GuitaiError as error:
            print(error.message(session.language), file=sys.stderr)
            return error.exit_status
    document = as_document(ReadResult("in process", reading, wire), session, reveal=False)
    print("\n".join(as_lines(document, session)))
    return 0


def annotated(trace: str) -> Iterator[str]:
    """Show a trace two lines a command, named, masked stretches shortened."""
    command = True
    for line in trace.splitlines():
        if line.startswith("#"):
            if not line.endswith("ms"):
                yield f"  {line}"
            continue
        if command:
            declared = declaration_of(int(line[:2], 16), int(line[2:4], 16))
            name = declared.NAME if declared else "?"
            yield f"  → {name:<22} {shortened(line)}"
        else:
            yield f"  ← {'':<22} {shortened(line)}"
        command = not command


def shortened(line: str) -> str:
    """Write a run of masked bytes as its length."""
    masked = line.count(MASK)
    return line.replace(MASK * masked, f"<{masked} × {MASK}>") if masked else line


if __name__ == "__main__":
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, lambda number, _: sys.exit(128 + number))
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # Who read our output has gone; nothing more can be said to them.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
