"""Keys in the forms of Windows: PVK files, blobs of CryptoAPI (also of strong names) and of CNG, each a file of its own. A private
key is told with its size and its lock; its public half, where it is in the clear, is kept as the key by which others know it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.model.key_facts import private_key_observation, public_key_observation
from pqscan.model.observation import Observation, Where
from pqscan.model.outcome import Chain, Facts
from pqscan.model.target import FileTarget
from pqscan.probe import FileSource, Mark
from pqscan.wire.keystore.capi_key import read_capi_blob, read_pvk
from pqscan.wire.keystore.cng_key import read_cng_blob
from pqscan.wire.keystore.lone_key import LoneKey

_MOST_OCTETS = 1 << 17
_PVK = (Mark("pvk", "1e f1 b5 b0 00 00 00 00 ?? 00 00 00 ?? 00 00 00", is_hex=True, at_start=True),)
_CAPI = (
    Mark("capi-rsa-public", "06 02 00 00 00 ?? 00 00 52 53 41 31", is_hex=True, at_start=True),
    Mark("capi-rsa-private", "07 02 00 00 00 ?? 00 00 52 53 41 32", is_hex=True, at_start=True),
    Mark("capi-dss-public", "06 02 00 00 00 ?? 00 00 44 53 53 31", is_hex=True, at_start=True),
    Mark("capi-dss-private", "07 02 00 00 00 ?? 00 00 44 53 53 32", is_hex=True, at_start=True),
    Mark("strong-name", "00 ?? 00 00 ?? ?? 00 00 ?? ?? 00 00 06 02 00 00 00 ?? 00 00 52 53 41 31", is_hex=True, at_start=True),
)
_CNG = (  # A magic, then sizes that are no larger than a key's.
    Mark("cng-rsa", "52 53 41 ?? ?? ?? 00 00 ?? ?? 00 00 ?? ?? 00 00", is_hex=True, at_start=True),
    Mark("cng-ecdh", "45 43 4b ?? ?? 00 00 00", is_hex=True, at_start=True),
    Mark("cng-ecdsa", "45 43 53 ?? ?? 00 00 00", is_hex=True, at_start=True),
    Mark("cng-dsa", "44 53 50 ?? ?? ?? 00 00", is_hex=True, at_start=True),
    Mark("cng-dsa-2", "44 50 ?? 32 ?? ?? 00 00", is_hex=True, at_start=True),
    Mark("cng-ml-dsa", "44 53 53 ?? ?? 00 00 00 ?? ?? 00 00", is_hex=True, at_start=True),
    Mark("cng-ml-kem", "4d 4c 4b ?? ?? 00 00 00 ?? ?? 00 00", is_hex=True, at_start=True),
)
_READERS: tuple[tuple[tuple[Mark, ...], Callable[[bytes], LoneKey]], ...] = (
    (_PVK, read_pvk), (_CAPI, read_capi_blob), (_CNG, read_cng_blob),
)  # fmt: skip
_CONTEXT = "file"


class WindowsKeyProbe:
    """Raises WrongProtocol where the file is none of these, MalformedMessage where it begins as one and cannot be read."""

    name = "windows_key"
    marks = (*_PVK, *_CAPI, *_CNG)

    async def run(self, target: FileTarget, source: FileSource) -> Facts:
        if source.is_whole and len(source.data) <= _MOST_OCTETS:
            for marks, read in _READERS:
                if any(source.places(mark).offsets for mark in marks):
                    try:
                        return _facts(read(source.data), replace(source.where(0), line=None))
                    except MalformedMessage as error:
                        if read is read_cng_blob:  # So few octets begin other files, too.
                            break
                        raise MalformedMessage(
                            f"{target.path} has a private or public key that cannot be read ({error})"
                        ) from error
        raise WrongProtocol(f"{target.path} is no key of Windows; leave it out")


def _facts(key: LoneKey, where: Where) -> Facts:
    digest = key.public.spki_sha256
    return Facts(
        observations=(_observation(key, where),),
        chains=(Chain(None, _CONTEXT, (digest,)),) if key.info else (),
        certificates=(key.info,) if key.info else (),
    )


def _observation(key: LoneKey, where: Where) -> Observation:
    if not key.is_private:
        return public_key_observation(key.public, where, context=_CONTEXT)
    others = () if key.encoding is None else (("encoding", key.encoding),)
    return private_key_observation(key.public, key.form, where, lock=() if key.lock is None else key.lock.stated, others=others)
