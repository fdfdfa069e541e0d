"""Names that can be told again by whoever has the key, and by nobody else: HMAC-SHA-256 (RFC 2104), cut to 64 bits. Pure.

Paths, and the names in certificates, can be personal data or titles of secret documents. A path is replaced folder by folder, so
that what lies together stays together; equal names in different folders have different pseudonyms."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field

from pqscan.model.target import FileTarget

KEY_OCTETS = 32
MARK = "~"
_DIGITS = 16
_PSEUDONYM = re.compile(rf"{MARK}[0-9a-f]{{{_DIGITS}}}")


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """By one key of 32 octets."""

    key: bytes = field(repr=False)

    def name(self, text: str) -> str:
        """Of a name in a certificate, of a machine, of a symbol; nothing has no name."""
        return self._made("name", text) if text else ""

    def path(self, path: str) -> str:
        """Of a whole path. The root is no secret."""
        walked = ""
        parts: list[str] = []
        for part in path.split("/"):
            walked += f"{part}/"
            parts.append(self._made("path", walked) if part else "")
        return "/".join(parts)

    def target(self, target: FileTarget) -> FileTarget:
        """The machine, the path, and the names inside of archives."""
        inside = target.path
        members: list[str] = []
        for member in target.members:
            inside += f"!{member}"
            members.append(self._made("member", inside))
        return FileTarget(self.name(target.machine), self.path(target.path), tuple(members))

    def _made(self, kind: str, text: str) -> str:
        told = f"{kind}\0{text}".encode("utf-8", "surrogatepass")
        return MARK + hmac.new(self.key, told, hashlib.sha256).hexdigest()[:_DIGITS]


def is_pseudonym(text: str) -> bool:
    """Whether the last part of a path, or of names inside of an archive, is a pseudonym."""
    return _PSEUDONYM.fullmatch(re.split("[/!]", text)[-1]) is not None
