"""What the probe of source code finds in a text, in short: `RSA 2048`, `AES-256 GCM`, `HMAC SHA-256`, `TLS1.0`."""

from __future__ import annotations

from pqscan_probes.source_file import SourceFileProbe

from pqscan.errors import WrongProtocol
from pqscan.model.observation import Observation
from tests.unit.scan.files.making import facts_of

ENDS = {
    "python": "py", "java": "java", "kotlin": "kt", "c": "c", "cpp": "cpp", "csharp": "cs", "go": "go", "javascript": "js",
    "typescript": "ts", "php": "php", "rust": "rs", "ruby": "rb",
}  # fmt: skip
OPENINGS = {  # What makes a piece of code one of its language, where nothing in it does.
    "python": "import os\n", "java": "package a.b;\n", "c": "#include <a.h>\n", "csharp": "using System;\n", "go": "package a\n",
    "javascript": "const a0 = 1;\n", "php": "<?php\n", "rust": "use std::fmt;\n", "ruby": "require 'set'\n",
    "kotlin": "package a.b\nval a0 = 1\n",
    "cpp": "#include <a.h>\n", "typescript": "const a0 = 1;\n",
}  # fmt: skip
PROBE = SourceFileProbe()


def observed(code: str, language: str, name: str = "") -> tuple[Observation, ...]:
    """Everything that is found; nothing where the probe says that nothing is there."""
    end = "cpp" if language == "c" and ("::" in code or "using namespace" in code) else ENDS[language]
    try:
        return facts_of(PROBE, code.encode("utf-8"), name or f"src/main.{end}").observations
    except WrongProtocol:
        return ()


def in_short(observation: Observation) -> str:
    stated = dict(observation.parameters)
    words = (observation.value, *(stated[key] for key in ("size_bits", "parameter", "mode", "hash") if key in stated))
    return " ".join(map(str, words))


def found(code: str, language: str, name: str = "") -> str:
    """In the order of the file."""
    return ", ".join(map(in_short, observed(code, language, name)))


def opened(code: str, language: str) -> str:
    return code if code.startswith(("package", "<?php", "use ", "using", "import", "#include")) else OPENINGS[language] + code
