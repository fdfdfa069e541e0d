"""One run of the program: language, output, errors as one sentence, exit codes."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
from collections.abc import Sequence

import click

from pqscan.cli import click_words, out, words
from pqscan.cli.words import msgid
from pqscan.errors import PqscanError, UsageError
from pqscan.locale import LANGUAGES, choose_language

DONE, WRONG_USAGE, NO_WORK, INTERRUPTED = 0, 2, 3, 130

log = logging.getLogger("pqscan")


def run(arguments: Sequence[str] | None) -> int:
    out.never_without_streams()
    if arguments is None:
        hear_termination()
    given = list(sys.argv[1:] if arguments is None else arguments)
    words.set_language(choose_language(_language_option(given), os.environ))
    click_words.translate_click()
    logging.disable(logging.CRITICAL)  # Until -v turns it on.
    out.never_fail_on_encoding()
    from pqscan.cli.root import root

    try:
        with root.make_context("pqscan", given) as context:
            code = root.invoke(context)
        sys.stdout.flush()
        return code if isinstance(code, int) else DONE
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return WRONG_USAGE
    except click.ClickException as error:
        out.error(_sentence(error))
        return WRONG_USAGE
    except UsageError as error:
        out.error(words.error_text(str(error)))
        return WRONG_USAGE
    except PqscanError as error:
        log.info("the work could not be done", exc_info=error)
        out.error(words.error_text(str(error)))
        return NO_WORK
    except (KeyboardInterrupt, click.Abort):
        out.error(words.gettext("Interrupted."))
        return INTERRUPTED
    except BrokenPipeError:
        _close_pipe()
        return NO_WORK
    except OSError as error:
        log.info("the system refused", exc_info=error)
        name = f" ({error.filename})" if isinstance(error.filename, str) else ""
        out.error(words.filled("The system refused: {error}{name}.", error=error.strerror or type(error).__name__, name=name))
        try:
            sys.stdout.flush()
        except OSError:  # What is left in it cannot be written at exit either.
            _close_pipe()
        return NO_WORK
    except (MemoryError, RecursionError, Exception) as error:
        log.error("an error inside pqscan", exc_info=error)
        told = msgid("An error inside pqscan ({error}): run it again with -v and report what that prints.")
        out.error(words.filled(told, error=type(error).__name__))
        return NO_WORK


def hear_termination() -> None:
    """SIGTERM ends a command as Ctrl-C does: with a sentence. An event loop that heard it itself leaves it unheard behind."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def _language_option(arguments: Sequence[str]) -> str | None:
    """`--lang` wherever it stands: help and errors of parsing are in that language, too. Another language is refused later."""
    chosen = None
    for place, word in enumerate(arguments):
        if word == "--":
            break
        if word == "--lang" and place + 1 < len(arguments):
            chosen = arguments[place + 1]
        elif word.startswith("--lang="):
            chosen = word.partition("=")[2]
    return chosen if chosen in LANGUAGES else None


def _sentence(error: click.ClickException) -> str:
    """Click's message in one line, with the command that tells more."""
    text = " ".join(error.format_message().split())
    context = getattr(error, "ctx", None)
    if isinstance(error, click.UsageError) and isinstance(context, click.Context):
        text += " " + words.filled("({command} --help tells more)", command=context.command_path)
    return text


def _close_pipe() -> None:
    """Whoever read our output is gone, or it takes no more; Python must not complain of it at exit."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
