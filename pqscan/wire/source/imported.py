"""What a name at the beginning of a path stands for, by the imports of the file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_COMMENT = re.compile(r"#[^\n]*|//[^\n]*|/\*[^*]{0,200}\*/")
_WORD = r"[A-Za-z_$][\w$]*"
_MOST_TEXT = 4096  # characters of one import
_MOST_OPEN = 100  # modules of which every name is open here; each is looked for in all of them
UNKNOWN = "?."
_MOST_DEPTH = 8  # of groups in groups, in Rust
_REQUIRED = re.compile(r"""=\s*(?:await\s+)?(?:require|import)\(\s*["'`](?P<module>[^"'`$]+)["'`]\s*\)(?P<more>(?:\.[\w$]+)*)""")
_TAKEN_FROM = re.compile(rf"\}}\s*=\s*(?P<path>{_WORD}(?:\.[\w$]+)*)\s*\Z")
_IN_SCRIPTS = re.compile(r"//[^\n]*|/\*[^*]{0,200}\*/")
_FROM = re.compile(r"""import\s+(?:type\s+)?(?P<what>.*?)\s*from\s*["'](?P<module>[^"']+)["']""", re.DOTALL)
_VERSION_SEGMENT = re.compile(r"v\d+\Z")


@dataclass(slots=True)
class Imported:
    """`names` are full paths by the name that stands for them here; members of those in `open` need no more than their name."""

    names: dict[str, str] = field(default_factory=dict)
    open: list[str] = field(default_factory=list)

    def paths(self, path: str, *, is_global: bool) -> tuple[str, ...]:
        """What a path may mean, the likeliest first. Where a language needs imports, a question mark stands for what is of none."""
        head, point, rest = path.partition(".")
        if head in self.names:
            return (self.names[head] + point + rest,)
        return (path if is_global else f"{UNKNOWN}{path}", *(f"{one}.{path}" for one in self.open))

    def read(self, language: str, text: str) -> None:
        """One import, as it stands in a file."""
        text = text[:_MOST_TEXT]
        reader = _READERS.get(language)
        if reader is not None:
            reader(self, text)
            self.open[:] = list(dict.fromkeys(self.open))[:_MOST_OPEN]


def _python(imported: Imported, text: str) -> None:
    text = _COMMENT.sub("", text).replace("\\\n", " ")
    if text.startswith("from"):
        found = re.match(r"from\s+([\w.]+)\s+import\s+(.*)", text, re.DOTALL)
        if found is None:
            return
        module = f"_{found[1]}" if found[1].startswith(".") else found[1]
        for part in found[2].strip("() \n").split(","):
            words = part.split()
            if words == ["*"]:
                imported.open.append(module)
            elif words:
                imported.names[words[-1]] = f"{module}.{words[0]}"
        return
    for part in text.removeprefix("import").split(","):
        words = part.split()
        if len(words) == 3:
            imported.names[words[2]] = words[0]
        elif words:
            head = words[0].partition(".")[0]
            imported.names[head] = head


def _java(imported: Imported, text: str) -> None:
    if package := re.match(r"package\s+([\w.]+)", text):
        imported.open.append(package[1])  # Its own classes need no import.
        return
    found = re.match(r"import\s+(?:static\s+)?([\w.]+?)(\.\*)?\s*(?:as\s+(\w+))?\s*;?\s*\Z", _COMMENT.sub("", text))
    if found is None:
        return
    if found[2]:
        imported.open.append(found[1])
    else:
        imported.names[found[3] or found[1].rpartition(".")[2]] = found[1]


def _csharp(imported: Imported, text: str) -> None:
    found = re.match(r"(?:global\s+)?using\s+(static\s+)?(?:(\w+)\s*=\s*)?(?:global::)?([\w.]+)\s*;", _COMMENT.sub("", text))
    if found is None:
        return
    if found[2]:
        imported.names[found[2]] = found[3]
    else:
        imported.open.append(found[3])


def _cpp(imported: Imported, text: str) -> None:
    found = re.match(r"using\s+(namespace\s+)?(?:(\w+)\s*=\s*)?([\w:]+)\s*;", text)
    if found is None:
        return
    path = found[3].replace("::", ".").strip(".")
    if found[1]:
        imported.open.append(path)
    else:
        imported.names[found[2] or path.rpartition(".")[2]] = path


def _go(imported: Imported, text: str) -> None:
    found = re.match(r"""(?:([\w.]+)\s+)?["`]([^"`]+)["`]""", text)
    if found is None:
        return
    path = found[2]
    segments = path.split("/")
    while len(segments) > 1 and _VERSION_SEGMENT.match(segments[-1]):
        segments.pop()
    name = found[1] or re.sub(r"^go-|\.v\d+$|-go$", "", segments[-1])
    if name == ".":
        imported.open.append(path)
    else:
        imported.names[name] = path


def _script(imported: Imported, text: str) -> None:
    if text.startswith("import"):
        found = _FROM.match(" ".join(text.split()))
        if found is None:
            return
        _script_names(imported, found["what"], found["module"], "")
        return
    required, taken = _REQUIRED.search(text), _TAKEN_FROM.search(text)
    if required is not None:
        left = text[: required.start()].strip()
        if not left.startswith("{"):
            left = left.partition(":")[0].strip()  # In front of a type.
        if (left.startswith("{") and left.endswith("}") and "(" not in left) or re.fullmatch(_WORD, left):
            _script_names(imported, left, required["module"], required["more"])
    elif taken is not None and text.startswith("{"):
        head, point, rest = taken["path"].partition(".")
        if head in imported.names:
            _script_names(imported, text[: taken.start() + 1], imported.names[head] + point + rest, "")


def _script_names(imported: Imported, what: str, module: str, more: str) -> None:
    module = re.sub(r"\.(?:js|mjs|cjs)\Z", "", module.removeprefix("node:")) + more
    whole, brace, group = _IN_SCRIPTS.sub("", what).partition("{")
    for word in re.findall(rf"(?:\*\s*as\s+)?({_WORD})", whole):
        imported.names[word] = module
    if brace:
        _taken_apart(imported, group.rpartition("}")[0], module, 0)


def _taken_apart(imported: Imported, group: str, module: str, depth: int) -> None:
    for part in _split(group):
        key, _, inner = part.partition(":")
        if inner.lstrip().startswith("{") and depth < _MOST_DEPTH:
            _taken_apart(imported, inner.partition("{")[2].rpartition("}")[0], f"{module}.{key.strip()}", depth + 1)
            continue
        words = re.findall(_WORD, part.partition("=")[0])
        if words and words[0] == "type" and len(words) > 1:
            words = words[1:]
        if words:
            imported.names[words[-1]] = module if words[0] == "default" else f"{module}.{words[0]}"


def _php(imported: Imported, text: str) -> None:
    if namespace := re.match(r"namespace\s+([\w\\]+)", text):
        imported.open.append(namespace[1].replace("\\", "."))
        return
    body = re.sub(r"\Ause\s+(?:function\s+|const\s+)?", "", text).rstrip("; \n")
    base, brace, group = body.partition("{")
    for part in (group.rstrip("} \n") if brace else body).split(","):
        found = re.match(r"\s*(?:function\s+)?([\w\\]+)(?:\s+as\s+(\w+))?\s*\Z", part, re.IGNORECASE)
        if found is not None:
            path = ((base if brace else "") + found[1]).strip("\\").replace("\\", ".")
            imported.names[found[2] or path.rpartition(".")[2]] = path


def _rust(imported: Imported, text: str) -> None:
    body = re.sub(r"\A(?:pub(?:\([^)]*\))?\s+)?use\s+", "", _COMMENT.sub("", text)).rstrip("; \n")
    stack = [("", re.sub(r"\s+", " ", body), 0)]
    while stack:
        base, part, depth = stack.pop()
        part = part.strip().removeprefix("::")
        head, brace, group = part.partition("{")
        if brace:
            if depth < _MOST_DEPTH:
                inner = group.rpartition("}")[0]
                stack += [(base + head, one, depth + 1) for one in _split(inner)]
            continue
        found = re.match(r"([\w:]+?)(::\*)?(?: as (\w+))?\Z", part)
        if found is None:
            continue
        path = (base + found[1]).replace("::", ".")
        if found[2]:
            imported.open.append(path)
        elif found[1] == "self":
            path = base.replace("::", ".").rstrip(".")
            imported.names[found[3] or path.rpartition(".")[2]] = path
        else:
            imported.names[found[3] or path.rpartition(".")[2]] = path


def _split(text: str) -> list[str]:
    """At commas that stand in no braces."""
    parts, depth, start = [], 0, 0
    for place, sign in enumerate(text):
        depth += (sign == "{") - (sign == "}")
        if sign == "," and depth == 0:
            parts.append(text[start:place])
            start = place + 1
    return [*parts, text[start:]]


_READERS = {
    "python": _python, "java": _java, "kotlin": _java, "csharp": _csharp, "cpp": _cpp, "go": _go, "javascript": _script,
    "typescript": _script, "tsx": _script, "php": _php, "rust": _rust,
}  # fmt: skip
