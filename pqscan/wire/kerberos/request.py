"""AS-REQ without pre-authentication (RFC 4120, section 5.4.1), in DER."""

from __future__ import annotations

from dataclasses import dataclass

from pqscan.wire.ber import element, integer, sequence

_NT_PRINCIPAL, _NT_SRV_INST = 1, 2
_TILL = b"20370913024805Z"  # as clients without a wish write it
_MESSAGE, _VERSION = 10, 5
_FRESHNESS = 150  # empty: whoever takes logins by certificate then tells whether they must be fresh (RFC 8070, section 2.1)


@dataclass(frozen=True, slots=True)
class AsRequest:
    """A ticket to grant tickets is asked for by `client`, which is the parts of its name; `etypes` in the order of wishes."""

    client: tuple[str, ...]
    realm: str
    etypes: tuple[int, ...]
    nonce: int  # below 2 to the power of 31

    def encode(self) -> bytes:
        body = [
            _explicit(0, element(0x03, b"\x00" + (0).to_bytes(4, "big"))),
            _explicit(1, _principal(_NT_PRINCIPAL, self.client)),
            _explicit(2, _text(self.realm)),
            _explicit(3, _principal(_NT_SRV_INST, ("krbtgt", self.realm))),
            _explicit(5, element(0x18, _TILL)),
            _explicit(7, integer(self.nonce)),
            _explicit(8, sequence(*map(integer, self.etypes))),
        ]
        hints = sequence(sequence(_explicit(1, integer(_FRESHNESS)), _explicit(2, element(0x04, b""))))
        parts = [integer(_VERSION), integer(_MESSAGE), hints, sequence(*body)]
        return element(0x6A, sequence(*(_explicit(number, each) for number, each in enumerate(parts, 1))))


def _principal(kind: int, parts: tuple[str, ...]) -> bytes:
    return sequence(_explicit(0, integer(kind)), _explicit(1, sequence(*map(_text, parts))))


def _text(text: str) -> bytes:
    return element(0x1B, text.encode("utf-8"))  # KerberosString: IA5 by its document, UTF-8 by its implementations


def _explicit(number: int, content: bytes) -> bytes:
    return element(0xA0 | number, content)
