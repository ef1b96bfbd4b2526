"""The group of all commands, the options they share, and where errors are shown."""

from __future__ import annotations

import contextlib
import os
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TextIO

import click

from terminal.cli.commands import COMMANDS
from terminal.cli.entry_points import load, registered
from terminal.cli.help_words import ChineseHelp
from terminal.texts import LANGUAGES, Language, Text

if TYPE_CHECKING:
    from terminal.config import Config
    from terminal.errors import GuitaiError

DEFAULT_LANGUAGE: Language = "zh"
INTERRUPTED = 130
BROKEN_PIPE = 141
COMPLETE = "_GUITAI_COMPLETE"
"""Variable by which the shell's completion script asks."""

_HELP = Text("社保柜台工具箱：读卡器、社保卡与软件卡。", "The social-security counter's toolkit.")
_LANGUAGE_HELP = Text("界面语言", "language of messages")
_ERROR = Text("错误：", "Error: ")
_WHY = Text("原因：", "Why: ")
_MIND = Text("注意：", "Mind: ")
_WHAT_TO_DO = Text("办法：", "What to do: ")
_VERSION_HELP = Text("显示版本", "show the version")
_LOG_HELP = Text("把经过写入日志（隐去敏感内容）", "log what happens, redacted")
_CONFIG_HELP = Text("配置文件", "configuration file")


@dataclass(slots=True)
class Session:
    """Hold what a run of the command line was told: for commands as ``click.Context.obj``."""

    language: Language
    config_path: str | None = None
    log_path: str | None = None
    as_json: bool = False
    _config: Config | None = field(default=None, repr=False)

    @property
    def config(self) -> Config:
        """Read the configuration once; raises ConfigWrong."""
        if self._config is None:
            from terminal.config import load_config  # noqa: PLC0415  keeps --help light

            self._config = load_config(self.config_path)
        return self._config

    def say(self, text: Text, **facts: object) -> str:
        """Give a sentence in the run's language."""
        return text.say(self.language, **facts)


class LazyGroup(click.Group):
    """List commands by their static help; import a command when it is called."""

    def __init__(self, *args: Any, language: Language, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._language = language
        self._entries: dict[str, tuple[str, str, str]] | None = None

    @property
    def entries(self) -> dict[str, tuple[str, str, str]]:
        """Give all registered commands; ours are there even where nothing is installed."""
        if self._entries is None:
            self._entries = dict(COMMANDS)
            for reference in registered():
                try:
                    self._entries |= load(reference)
                except Exception as error:  # noqa: BLE001  another package's mistake is not ours
                    click.echo(f"guitai: {reference}: {type(error).__name__}", err=True)
        return self._entries

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        """Name the commands."""
        return list(self.entries)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002
        """Load a command."""
        entry = COMMANDS.get(name) or self.entries.get(name)
        if entry is None:
            return None
        command = load(entry[2])
        if not isinstance(command, click.Command):
            raise TypeError(f"{entry[2]} is no command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands from their static help."""
        column = 0 if self._language == "zh" else 1
        with formatter.section("命令" if self._language == "zh" else "Commands"):
            formatter.write_dl([(name, entry[column]) for name, entry in self.entries.items()])


_language: list[Language] = [DEFAULT_LANGUAGE]


def current_language() -> Language:
    """Give the language that help texts are made in."""
    return _language[0]


def help_text(zh: str, en: str) -> str:
    """Choose a help text by the run's language."""
    return Text(zh, en).say(current_language())


def application(language: Language | None = None) -> click.Group:
    """Make the whole command line for a language."""
    _language[0] = chosen = language or DEFAULT_LANGUAGE
    click.Context.formatter_class = ChineseHelp if chosen == "zh" else click.HelpFormatter

    def start(
        ctx: click.Context,
        lang: str | None,  # noqa: ARG001  found before (language_asked)
        config_path: str | None,
        log_path: str | None,
    ) -> None:
        ctx.obj = Session(chosen, config_path, log_path)
        if language is None:
            _take_language_from_config(ctx.obj)

    group = LazyGroup(
        "guitai",
        language=chosen,
        callback=click.pass_context(start),
        help=_HELP.say(chosen),
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    group.params += [
        click.Option(
            ["--version"],
            is_flag=True,
            expose_value=False,
            is_eager=True,
            callback=_show_version,
            help=_VERSION_HELP.say(chosen),
        ),
        click.Option(["--lang"], type=click.Choice(LANGUAGES), help=_LANGUAGE_HELP.say(chosen)),
        click.Option(["--config", "config_path"], metavar="FILE", help=_CONFIG_HELP.say(chosen)),
        click.Option(["--log", "log_path"], metavar="FILE", help=_LOG_HELP.say(chosen)),
    ]
    return group


def _show_version(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value:
        from importlib.metadata import version  # noqa: PLC0415  40 ms, wanted here alone

        click.echo(f"guitai {version('guitai')}")
        ctx.exit()


def _take_language_from_config(session: Session) -> None:
    """Take the configured language; a wrong configuration is reported by who needs it."""
    from terminal.config import configured_language  # noqa: PLC0415  keeps --help light

    session.language = configured_language(session.config_path) or session.language


def run(arguments: list[str], language: Language | None = None) -> int:
    """Run the command line and give the exit status; every failure is said, none is a traceback.

    0 done · 1 not done · 2 wrong usage · 3 PC/SC · 4 reader · 5 card · 6 content · 7 keys ·
    8 settings · 9 our mistake · 10 service PIN · 11 device · 12 journal · 13 transit purse ·
    14 park pass · 15 registry · 16 regulation · 17 other parties · 18 operators · 19 audit ·
    20 backup · 21 console · 128 + signal, 130 for Ctrl-C (docs/errors.md).
    """
    group = application(language)
    if COMPLETE in os.environ:
        from click.shell_completion import shell_complete  # noqa: PLC0415  rarely wanted

        return shell_complete(group, {}, "guitai", COMPLETE, os.environ[COMPLETE])
    context: click.Context | None = None
    try:
        with group.make_context("guitai", list(arguments)) as context:
            result = _invoke(group, context)
            return result if isinstance(result, int) else 0
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as wrong:
        from terminal.cli.usage_words import usage_words  # noqa: PLC0415  keeps --help light
        from terminal.errors import WrongUsage  # noqa: PLC0415  keeps --help light

        at = getattr(wrong, "ctx", None)
        if at is not None and "--json" not in arguments:
            click.echo(at.get_usage(), err=True)
        error = WrongUsage(detail=usage_words(wrong))
        _show(error, context, arguments, language)
        return error.exit_status
    except (click.Abort, KeyboardInterrupt) as stop:
        from terminal.errors import Interrupted  # noqa: PLC0415  keeps --help light

        _show(getattr(stop, "told", None) or Interrupted(), context, arguments, language)
        return int(getattr(stop, "exit_status", INTERRUPTED))
    except BrokenPipeError:
        # Who read our output has gone; nothing more can be said to them.
        drop_output(sys.stdout, sys.stderr)
        return BROKEN_PIPE
    except Exception as error:  # noqa: BLE001  a clerk never sees a traceback
        known = _known(error)
        _show(known, context, arguments, language)
        return known.exit_status


def _known(error: Exception) -> GuitaiError:
    """Give an error of the catalogue: output that cannot be written, or a mistake of ours."""
    from terminal.errors import (  # noqa: PLC0415  keeps --help light
        GuitaiError,
        InternalFault,
        OutputTrouble,
    )

    if isinstance(error, GuitaiError):
        return error
    place = _place(error)
    if isinstance(error, OSError) and place["place"].startswith("click."):
        drop_output(sys.stdout)
        return OutputTrouble(detail=error.strerror)
    fault = InternalFault(**place)
    fault.unfinished = getattr(error, "unfinished", None)
    return fault


def _show(
    error: GuitaiError,
    context: click.Context | None,
    arguments: list[str],
    language: Language | None,
) -> None:
    """Show an error as the run would have shown its result; where even that fails, nowhere."""
    session = context.obj if context is not None else None
    session = session or Session(language or DEFAULT_LANGUAGE)
    session.as_json = session.as_json or "--json" in arguments
    if error.code == "output_trouble":
        session.as_json = False  # there is nowhere to print a document
    try:
        show_error(error, session)
    except OSError:
        drop_output(sys.stdout, sys.stderr)


def _invoke(group: click.Group, context: click.Context) -> object:
    """Run the command, its events and its failure in the log where one is wanted."""
    path = context.params["log_path"]
    if path is None:
        return group.invoke(context)
    from pathlib import Path  # noqa: PLC0415  keeps --help light

    from terminal.errors import GuitaiError  # noqa: PLC0415  keeps --help light
    from terminal.logs import event, logging_to  # noqa: PLC0415  keeps --help light

    with logging_to(Path(path)):
        try:
            result = group.invoke(context)
        except GuitaiError as error:
            event("failed", command=_name(context), code=error.code, facts=error.facts)
            raise
        except (click.Abort, KeyboardInterrupt):
            event("interrupted", command=_name(context))
            raise
        except Exception as error:
            event("failed", command=_name(context), **_place(error))
            raise
        event("done", command=_name(context))
        return result


def _name(context: click.Context) -> str | None:
    """Name the command that ran; its arguments may be personal."""
    return context.invoked_subcommand


def drop_output(*streams: TextIO) -> None:
    """Send what is still to be flushed nowhere: where it should go it can't."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in streams:
        with contextlib.suppress(OSError, ValueError):
            os.dup2(nowhere, stream.fileno())


def _place(error: Exception) -> dict[str, str]:
    """Name what went wrong and where, without the data it went wrong with."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    if frame is None:
        return {"kind": type(error).__name__, "place": "?"}
    module = frame.tb_frame.f_globals.get("__name__", "?")
    return {"kind": type(error).__name__, "place": f"{module}:{frame.tb_lineno}"}


def error_document(error: GuitaiError, language: Language) -> dict[str, Any]:
    """Make the JSON form of an error (docs/schemas/guitai.error-1.json)."""
    told = {
        "code": error.code,
        "message": error.message(language),
        "cause": error.cause(language),
        "remedy": error.advice(language),
        "retry": error.retry.value,
    }
    if error.unfinished is not None:
        told |= {"retry": "after_reconcile", "unfinished": error.unfinished.say(language)}
    return {"error": told}


def show_error(error: GuitaiError, session: Session) -> None:
    """Say what happened, why, and what to do now."""
    language = session.language
    if session.as_json:
        print_json(error_document(error, language))
        return
    for label, sentence in (
        (_ERROR, f"{error.message(language)} [{error.code}]"),
        (_WHY, error.cause(language)),
        (_WHAT_TO_DO, error.advice(language)),
    ):
        click.echo(f"{label.say(language)}{sentence}", err=True)
    if error.unfinished is not None:
        click.echo(f"{_MIND.say(language)}{error.unfinished.say(language)}", err=True)


def print_json(document: dict[str, Any]) -> None:
    """Print one JSON document on one line."""
    import json  # noqa: PLC0415  keeps --help light

    click.echo(json.dumps(document, ensure_ascii=False))
