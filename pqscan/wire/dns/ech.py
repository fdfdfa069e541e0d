"""The KEM that a server publishes for encrypted hellos: an ECHConfigList (RFC 9849, section 4) of an HTTPS record (RFC 9848)."""

from __future__ import annotations

from pqscan.wire.cursor import Cursor

VERSION = 0xFE0D  # the one that RFC 9849 defines; others are skipped
MOST_CONFIGS = 32


def read_ech_kems(data: bytes) -> tuple[int, ...]:
    """The KEM of each configuration in order, each once (numbers of the HPKE registry). Raises MalformedMessage."""
    outer = Cursor(data)
    configs = Cursor(outer.opaque16("ECHConfigList", least=4))
    outer.finish("ECHConfigList")
    found: dict[int, None] = {}
    for _ in range(MOST_CONFIGS):
        if not configs.remaining:
            break
        version = configs.uint16("ECHConfig.version")
        contents = Cursor(configs.opaque16("ECHConfig.contents"))
        if version == VERSION:
            contents.uint8("HpkeKeyConfig.config_id")
            found[contents.uint16("HpkeKeyConfig.kem_id")] = None
    return tuple(found)
