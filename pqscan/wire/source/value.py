"""What stands in an argument: texts, numbers and paths of names, from what source code writes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

MOST_PATH = 300  # characters; longer ones are calls on calls
NAME = re.compile(r"[A-Za-z_]\w*")
NUMBER = re.compile(r"(0[xX][0-9a-fA-F_]+|[0-9][0-9_]*)[uUlL]{0,3}(?:[ui](?:8|16|32|64|size))?\Z")
QUOTED = re.compile(r"""(?P<sign>[A-Za-z@$#]{0,4})(?P<quote>\"\"\"|'''|"|'|`)(?P<text>.*)(?P=quote)\Z""", re.DOTALL)
UNCHANGED = re.compile(r"\.(?:freeze|to_string|to_owned|to_s|into|intern|c_str)\Z")
"""Calls on a text that leave it what it is."""
_FILLED_IN = re.compile(r"\$\{|#\{|\$\w|\{\$")
_TYPE_ARGUMENTS = re.compile(r"<[^<>()]*>")
_CLEAN = re.compile(r"[\w.$/@-]+\Z")


class Kind(Enum):
    """What an argument turned out to be."""

    TEXT = "text"
    NUMBER = "number"
    PATH = "path"  # of a constant or a call of elsewhere


@dataclass(frozen=True, slots=True)
class Value:
    """`text` is the text, the number in decimal, or the path; of a path, `paths` are all that it may mean.

    `is_default`: it is what a parameter is where no caller says otherwise."""

    kind: Kind
    text: str
    paths: tuple[str, ...] = ()
    is_default: bool = False


def key_of(text: str) -> str:
    return text.strip(" \"'`:=")


def last_name(text: str) -> str:
    """The name in a target of an assignment: without stars, types and what stands in front of it."""
    head = text.partition("[")[0].partition(":")[0] if "::" not in text else text
    names = NAME.findall(head)
    return names[-1] if names else ""


def text_value(text: str) -> tuple[Value, ...]:
    if text.startswith(":"):
        return (Value(Kind.TEXT, text[1:].strip("\"'")),)
    found = QUOTED.match(text)
    if found is None or len(found["text"]) > 10_000:
        return ()
    if _FILLED_IN.search(found["text"]) or ("f" in found["sign"].lower() and "{" in found["text"]):
        return ()
    return (Value(Kind.TEXT, found["text"]),)


def whole_of(text: str) -> int:
    digits = text.replace("_", "")[:20]
    return int(digits, 16) if digits[:2] in ("0x", "0X") and len(digits) > 2 else int(digits) if digits.isdigit() else 0


def path_of(text: str) -> str:
    """Names set apart by points; one that begins with a point has something else than a name in front."""
    if len(text) > MOST_PATH:
        text = ")." + (NAME.findall(text[-MOST_PATH:]) or [""])[-1]
    for sign in ("::", "?.", "!!.", "!.", "->", "\\"):
        text = text.replace(sign, ".")
    text = re.sub(r"\s+", "", text.removeprefix("new ")).lstrip("&*@.$\\")
    for _ in range(4):
        shorter = _TYPE_ARGUMENTS.sub("", text)
        if shorter == text:
            break
        text = shorter
    text = re.sub(r"\.{2,}", ".", text).rstrip(".")
    return text if _CLEAN.match(text) else "." + (NAME.findall(text) or [""])[-1]
