"""The text of a file of source code, and where in the file's own octets each of its characters stands."""

from __future__ import annotations

import re

_STEP = 4096  # characters between two places that are known
_NO_UTF8 = re.compile("[\udc80-\udcff]")
_SUBSTITUTE = "\x1a"


class Decoded:
    """`text` in UTF-8. Each octet that is none becomes the control character SUBSTITUTE, which is one octet, too: so a place in the
    text stays a place in the file."""

    def __init__(self, data: bytes) -> None:
        self.text = _NO_UTF8.sub(_SUBSTITUTE, data.decode("utf-8", "surrogateescape"))
        self._is_narrow = self.text.isascii()
        self._known = [0]  # octets in front of every so many characters

    def octets_before(self, index: int) -> int:
        """How many octets stand in front of the character."""
        if self._is_narrow:
            return index
        step = index // _STEP
        while len(self._known) <= step:
            start = (len(self._known) - 1) * _STEP
            self._known.append(self._known[-1] + len(self.text[start : start + _STEP].encode("utf-8")))
        return self._known[step] + len(self.text[step * _STEP : index].encode("utf-8"))
