"""What one exchange of a case sends: a right initiator with hooks, each of which bends one thing.

A script without a change is its own control.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pqscan.wire.ike.header import Message, Payload
from pqscan.wire.ike.keys import IkeKeys
from pqscan.wire.ike.payloads import KeyExchange
from pqscan.wire.ike.protected import MOST_DATAGRAM, Sealer
from pqscan.wire.ike.session import claim
from pqscan.wire.ike.words import ExchangeType, Flag, PayloadType
from pqscan.wire.key_agreement import COMPONENT_KEYS, KeyMaker

Datagrams = tuple[bytes, ...]


class Voice:
    """What a script speaks with once there are keys. `key` is the KE payload of the ML-KEM, `number` that of the next request;
    `older` are keys that an additional key exchange has replaced."""

    def __init__(self, spis: bytes, keys: IkeKeys, key: KeyExchange, random: Callable[[int], bytes], *, fragments: bool) -> None:
        self.spis = spis
        self.key = key
        self.number = 1
        self.older: IkeKeys | None = None
        self.random = random
        self.fragments = fragments
        self.change_keys(keys)

    def change_keys(self, keys: IkeKeys) -> None:
        """Everything is said under these keys from now on."""
        self.older, self.keys = getattr(self, "keys", None), keys
        self.sealer = Sealer(keys.to_responder)

    def message(self, exchange: ExchangeType, payloads: tuple[Payload, ...], number: int | None = None) -> Message:
        """A request, not protected yet."""
        chosen = self.number if number is None else number
        return Message(self.spis[:8], self.spis[8:], exchange, Flag.INITIATOR, chosen, payloads)

    def seal(self, message: Message, *, padding: bytes = b"", most: int = MOST_DATAGRAM) -> Datagrams:
        """Protected, in fragments where it is large and the gateway knows them."""
        return tuple(self.sealer.seal(message, fragments=self.fragments, padding=padding, most=most))

    @property
    def key_payload(self) -> Payload:
        return Payload(PayloadType.KE, self.key.encode())


Hook = Callable[[Voice], Datagrams]
Change = Callable[[Message], Message]


def usual_key_exchange(voice: Voice) -> Datagrams:
    """IKE_INTERMEDIATE with our encapsulation key (RFC 9370, section 2.2.2)."""
    return voice.seal(voice.message(ExchangeType.IKE_INTERMEDIATE, (voice.key_payload,)))


def usual_authentication(voice: Voice) -> Datagrams:
    """An IKE_AUTH that fails: it shows the keys, and the gateway forgets the SA with it."""
    return voice.seal(voice.message(ExchangeType.IKE_AUTH, claim(voice.random)))


def unchanged(message: Message) -> Message:
    return message


def as_it_is(datagram: bytes) -> bytes:
    return datagram


@dataclass(frozen=True, slots=True)
class Script:
    """One exchange with one group and, unless `method` is None, an ML-KEM on top. `groups` are offered besides; `follows`: another
    group that the gateway wants is taken. `change` bends our IKE_SA_INIT as a message, `frame` as a datagram; `key_exchange` and
    `authentication` say what goes out after it. `repeats`: a request that is sent once more when it has been answered. `makers`
    make our public values; `nonce` is ours where it is not to be 32 random bytes. `label` tells variants apart."""

    group: int
    method: int | None = None
    label: str = ""
    groups: tuple[int, ...] = ()
    follows: bool = False
    change: Change = unchanged
    frame: Callable[[bytes], bytes] = as_it_is
    key_exchange: Hook = usual_key_exchange
    authentication: Hook = usual_authentication
    repeats: ExchangeType | None = None
    makers: Mapping[str, KeyMaker] = field(default_factory=lambda: COMPONENT_KEYS)
    nonce: bytes | None = None

    @property
    def bends_init(self) -> bool:
        return self.change is not unchanged or self.frame is not as_it_is


def without_faults(script: Script) -> Script:
    """The control: the same methods, nothing bent, carried to the end."""
    return Script(script.group, script.method)
