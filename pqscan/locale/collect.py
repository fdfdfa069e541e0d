"""Finds every text for people in the source tree and brings the Vietnamese catalogue up to it (a tool for developers).

`python -m pqscan.locale.collect` rewrites `vi/LC_MESSAGES/pqscan.po`: translations are kept, new texts get an empty one,
texts that are gone leave. Texts are: calls of `_`, `gettext`, `ngettext`, `msgid` in Python and in HTML templates, reason
templates, labels, and the sentences of policy data.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import tomli

from pqscan.locale.catalogue import parse_po
from pqscan.locale.templates import HERE, error_templates, label_templates

ROOT = HERE.parent.parent
SOURCE_FOLDERS = ("pqscan", "probes/pqscan_probes", "reports/pqscan_reports")
DATA_FOLDERS = ("pqscan/policy", "pqscan/readiness")
MARKERS = {"_": 1, "gettext": 1, "msgid": 1, "filled": 1, "ngettext": 2, "counted": 2}
ERRORS = frozenset(  # Not ours about our own data files.
    {
        "UsageError", "WorkError", "StoreError", "NothingPermitted", "LiboqsMissing", "MalformedMessage", "BeyondBounds",
        "PeerClosed", "PeerRefused", "PeerRejected", "PeerThrottled", "PeerTimedOut", "PeerUnreachable", "WrongProtocol",
    }
)  # fmt: skip
ERROR = "error"  # the context of their sentences
DATA_SENTENCES = frozenset({"summary", "explanation", "note", "sentence", "who"})
CONTEXT_END = "\x04"


@dataclass(frozen=True, slots=True)
class Message:
    """One text: its id, its plural where it has one, its context (a label's table), and the files where it stands."""

    msgid: str
    plural: str | None
    context: str | None
    places: tuple[str, ...]

    @property
    def key(self) -> str:
        return self.msgid if self.context is None else self.context + CONTEXT_END + self.msgid


def collect(root: Path = ROOT) -> dict[str, Message]:
    """Every message under `root`, by its key, in the order of files."""
    found: dict[str, Message] = {}
    for context, msgid, plural, place in _texts(root):
        message = Message(msgid, plural, context, (place,))
        known = found.get(message.key)
        if known is not None:
            places = known.places if place in known.places else (*known.places, place)
            message = Message(msgid, plural or known.plural, context, places)
        found[message.key] = message
    return found


def _texts(root: Path) -> Iterator[tuple[str | None, str, str | None, str]]:
    for table, rows in label_templates().items():
        for text in rows.values():
            yield table, text, None, "pqscan/locale/labels.toml"
    for text in error_templates():
        yield ERROR, text, None, "pqscan/locale/errors.toml"
    for path in sorted((root / "pqscan/locale/reasons").glob("*.toml")):
        for text in tomli.loads(path.read_text("utf-8")).values():
            yield None, text, None, str(path.relative_to(root))
    for folder in SOURCE_FOLDERS:
        for path in sorted((root / folder).rglob("*.py")):
            for texts in _in_python(path):
                yield None, texts[0], texts[1], str(path.relative_to(root))
            for text in errors_in_python(path):
                yield ERROR, text, None, str(path.relative_to(root))
        for path in sorted((root / folder).rglob("*.j2")):
            for texts in _in_template(path):
                yield None, texts[0], texts[1], str(path.relative_to(root))
    for path in sorted(path for folder in DATA_FOLDERS for path in (root / folder).rglob("*.toml")):
        document = tomli.loads(path.read_text("utf-8"))
        names = [document[key] for key in ("title", "edition") if isinstance(document.get(key), str)]
        for text in (*names, *_in_data(document)):
            yield None, text, None, str(path.relative_to(root))


def _in_python(path: Path) -> Iterator[tuple[str, str | None]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"), str(path))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        count = MARKERS.get(name, 0)
        texts = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        if count and len(texts) >= count and texts[0]:
            yield texts[0], texts[1] if count == 2 else None


def errors_in_python(path: Path) -> Iterator[str]:
    """The sentences of errors that are made here; what is put into them shows as `{a}`, `{b}` and so on."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"), str(path))):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        first = node.args[0]
        if name not in ERRORS:
            continue
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            yield first.value
        elif isinstance(first, ast.JoinedStr):
            template = _template(first)
            if any(character.isalpha() for character in re.sub(r"\{[a-z]\}", "", template)):
                yield template


def _template(text: ast.JoinedStr) -> str:
    letters = iter("abcdefghij")
    return "".join(str(p.value) if isinstance(p, ast.Constant) else "{" + next(letters) + "}" for p in text.values)


def _in_template(path: Path) -> Iterator[tuple[str, str | None]]:
    from jinja2 import Environment  # Only a developer's tool needs it here.
    from jinja2.ext import extract_from_ast

    tree = Environment(autoescape=True).parse(path.read_text("utf-8"))
    for _line, _function, texts in extract_from_ast(tree, ("_", "gettext", "ngettext")):
        if isinstance(texts, str):
            yield texts, None
        elif texts and texts[0]:
            yield texts[0], texts[1] if len(texts) > 1 else None


def _in_data(document: object) -> Iterator[str]:
    waiting = [document]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, dict):
            for key, value in item.items():
                if key in DATA_SENTENCES and isinstance(value, str) and value:
                    yield value
                elif isinstance(value, (list, dict)):
                    waiting.append(value)


def write_po(messages: dict[str, Message], translations: dict[str, tuple[str, ...]], header: str) -> str:
    """The catalogue as text, grouped by the file where a message first stands."""
    lines = [header.rstrip("\n")]
    for message in sorted(messages.values(), key=lambda m: (m.places[0], m.context or "", m.msgid)):
        forms = translations.get(message.key, ("",))
        lines += ["", *(f"#: {place}" for place in message.places)]
        if message.context is not None:
            lines.append(f"msgctxt {_quoted(message.context)}")
        lines.append(f"msgid {_quoted(message.msgid)}")
        if message.plural is None:
            lines.append(f"msgstr {_quoted(forms[0])}")
        else:
            lines += [f"msgid_plural {_quoted(message.plural)}", f"msgstr[0] {_quoted(forms[0])}"]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
    return f'"{escaped}"'


def main() -> int:
    path = HERE / "vi" / "LC_MESSAGES" / "pqscan.po"
    text = path.read_text("utf-8")
    translations = parse_po(text, str(path.name))
    messages = collect()
    header = text.partition("\n\n")[0]
    path.write_text(write_po(messages, translations, header), "utf-8")
    missing = sorted(key for key in messages if key not in translations)
    for key in missing:
        sys.stdout.write(f"untranslated: {key.replace(CONTEXT_END, ': ')}\n")
    dropped = len(translations.keys() - messages.keys())
    sys.stdout.write(f"{len(messages)} texts, {len(missing)} without translation, {dropped} dropped\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
