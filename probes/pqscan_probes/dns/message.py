"""Writes questions and reads answers of the DNS with dnspython, which opens no socket here: bytes in, records out.

Everything in a message is a peer's: its size, the number of records and the length of alias chains are bounded, and whatever the
library raises is the message's fault. The library is loaded when the first message is written."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pqscan.errors import MalformedMessage
from pqscan.wire.dns.bounds import refuse_costly
from pqscan_probes.dns.records import (
    Answer,
    Binding,
    Caa,
    Ds,
    Key,
    Mail,
    Nsec3Parameters,
    Other,
    Query,
    Rcode,
    Record,
    RecordType,
    Signature,
    Sshfp,
    Text,
    Tlsa,
)

if TYPE_CHECKING:
    import dns.message
    import dns.name
    import dns.node
    import dns.rdataset
    import dns.rrset

MOST_RECORDS = 64  # of one type; zones have a handful of keys
MOST_ALIASES = 8
MOST_SIGNATURES = 64
MOST_TEXT = 255
_UDP_BYTES = 1232  # what passes every path whole, as current resolvers announce; over TCP it says nothing
_LAST_SECOND = 0xFFFFFFFF
_NO_ROOM = 4  # signatures that are computed for one answer: each costs the work of a verification
_MOST_KEY_BYTES = 1100  # RSA of 8192 bits, with a long exponent: larger ones are told and not computed with


def is_available() -> bool:
    """Whether dnspython is installed."""
    return importlib.util.find_spec("dns") is not None


def written(query: Query, identifier: int, cookie: bytes = b"") -> bytes:
    """The question as a message: recursion desired, DNSSEC records wanted (RFC 3225), checking by the server disabled (RFC 4035,
    section 3.2.2), so that it gives what it would hold back as bogus. `cookie` is that of RFC 7873, b"" for none."""
    import dns.edns
    import dns.flags
    import dns.message

    message = dns.message.make_query(
        query.name + ".",
        query.type.value,
        use_edns=0,
        want_dnssec=True,
        payload=_UDP_BYTES,
        id=identifier,
        options=[dns.edns.GenericOption(dns.edns.OptionType.COOKIE, cookie)] if cookie else None,
    )
    message.flags |= dns.flags.CD
    return message.to_wire()


def read_answer(data: bytes, query: Query, keys: Iterable[Key] = ()) -> Answer:
    """What the message says of the question; signatures are verified with `keys`, those of the zone that was asked for. Of a DNSKEY
    answer they are the records themselves.

    Raises MalformedMessage, and nothing else, whatever bytes they are."""
    try:
        return _read(data, query, tuple(keys))
    except MalformedMessage:
        raise
    except Exception as error:  # The library raises many kinds of errors on hostile bytes, and documents few.
        raise MalformedMessage(f"the answer about {query.name} is no message of the DNS ({type(error).__name__})") from None


def _read(data: bytes, query: Query, keys: tuple[Key, ...]) -> Answer:
    import dns.flags
    import dns.message
    import dns.name
    import dns.rdatatype

    refuse_costly(data)
    message = dns.message.from_wire(data, ignore_trailing=True)
    name = dns.name.from_text(query.name + ".")
    wanted = dns.rdatatype.from_text(query.type.value)
    if not message.question and int(message.rcode()) not in (Rcode.NOERROR, Rcode.NXDOMAIN):
        return Answer(int(message.rcode()), False, False, False)  # Some servers refuse without repeating what they refuse.
    if len(message.question) != 1 or message.question[0].name != name or message.question[0].rdtype != wanted:
        raise MalformedMessage(f"the answer repeats another question than {query.type.value} of {query.name}")
    aliases = _aliases(message, name)
    owner = aliases[-1] if aliases else name
    found = _of(message.answer, owner, wanted)
    records = () if found is None else tuple(map(_record, list(found)[:MOST_RECORDS]))
    if query.type is RecordType.DNSKEY:
        keys = tuple(record for record in records if isinstance(record, Key))
    soa = next((each.name for each in message.authority if each.rdtype == dns.rdatatype.SOA), None)
    return Answer(
        rcode=int(message.rcode()),
        is_authoritative=bool(message.flags & dns.flags.AA),
        is_truncated=bool(message.flags & dns.flags.TC),
        recursion_available=bool(message.flags & dns.flags.RA),
        records=records,
        signatures=_signatures(message, found, owner, keys),
        aliases=tuple(map(_text, aliases)),
        zone=None if soa is None else _text(soa),
    )


def _aliases(message: dns.message.Message, name: dns.name.Name) -> list[dns.name.Name]:
    """The names that CNAME records of the answer lead to, in order; a circle ends where it closes."""
    import dns.rdatatype

    targets = {each.name: next(iter(each)).target for each in message.answer if each.rdtype == dns.rdatatype.CNAME}
    found: list[dns.name.Name] = []
    while name in targets and targets[name] not in found:
        if len(found) == MOST_ALIASES:
            raise MalformedMessage(f"more than {MOST_ALIASES} aliases, one leading to the next")
        name = targets[name]
        found.append(name)
    return found


def _of(section: Iterable[dns.rrset.RRset], owner: dns.name.Name, wanted: int) -> dns.rrset.RRset | None:
    return next((each for each in section if each.name == owner and each.rdtype == wanted), None)


def _signatures(
    message: dns.message.Message, covered: dns.rrset.RRset | None, owner: dns.name.Name, keys: tuple[Key, ...]
) -> tuple[Signature, ...]:
    import dns.rdatatype

    if covered is None:
        return ()
    found: list[Signature] = []
    for each in message.answer:
        if each.name != owner or each.rdtype != dns.rdatatype.RRSIG:
            continue
        for rrsig in list(each)[: MOST_SIGNATURES - len(found)]:
            if rrsig.type_covered == covered.rdtype:
                verified = _verified(covered, rrsig, owner, keys) if len(found) < _NO_ROOM else None
                found.append(
                    Signature(
                        dns.rdatatype.to_text(rrsig.type_covered),
                        int(rrsig.algorithm),
                        rrsig.key_tag,
                        datetime.fromtimestamp(rrsig.inception & _LAST_SECOND, UTC),
                        datetime.fromtimestamp(rrsig.expiration & _LAST_SECOND, UTC),
                        verified,
                    )
                )
    return tuple(found)


def _verified(covered: dns.rrset.RRset, rrsig: Any, owner: dns.name.Name, keys: tuple[Key, ...]) -> bool | None:
    """Whether a key of the zone made it, whatever the time; None where it cannot be told. (Any: the library's record classes.)"""
    import dns.dnssec
    import dns.exception
    import dns.rdata
    import dns.rdataclass
    import dns.rdatatype
    import dns.rrset

    fitting = [k for k in keys if (k.tag, k.algorithm) == (rrsig.key_tag, rrsig.algorithm) and len(k.rdata) <= _MOST_KEY_BYTES]
    if not fitting:
        return None
    rdatas = [dns.rdata.from_wire(dns.rdataclass.IN, dns.rdatatype.DNSKEY, k.rdata, 0, len(k.rdata)) for k in fitting[:_NO_ROOM]]
    known: dict[dns.name.Name, dns.node.Node | dns.rdataset.Rdataset] = {
        rrsig.signer: dns.rrset.from_rdata_list(rrsig.signer, 0, rdatas)
    }
    try:
        dns.dnssec.validate_rrsig(covered, rrsig, known, now=rrsig.inception, policy=dns.dnssec.allow_all_policy)
    except (dns.exception.UnsupportedAlgorithm, ImportError):
        return None
    except Exception:  # A key or signature that cannot even be read is no proof either.
        return False
    return True


def _record(rdata: Any) -> Record:
    """Any: the library has a class for each type, made when it is first met."""
    import dns.dnssec
    import dns.rdatatype

    match dns.rdatatype.to_text(rdata.rdtype):
        case "DNSKEY":
            wire = rdata.to_wire()
            return Key(wire, int(rdata.flags), rdata.protocol, int(rdata.algorithm), dns.dnssec.key_id(rdata))
        case "DS":
            return Ds(rdata.key_tag, int(rdata.algorithm), int(rdata.digest_type), rdata.digest)
        case "NSEC3PARAM":
            return Nsec3Parameters(rdata.algorithm, rdata.iterations, len(rdata.salt))
        case "TLSA":
            return Tlsa(rdata.usage, rdata.selector, rdata.mtype, rdata.cert)
        case "SSHFP":
            return Sshfp(rdata.algorithm, rdata.fp_type, rdata.fingerprint)
        case "CAA":
            return Caa(rdata.flags, _printable(rdata.tag), _printable(rdata.value))
        case "MX":
            return Mail(rdata.preference, _text(rdata.exchange))
        case "TXT":
            return Text(b"".join(rdata.strings))
        case "HTTPS" | "SVCB":
            return _binding(rdata)
        case other:
            return Other(other)


def _binding(rdata: Any) -> Binding:
    from dns.rdtypes.svcbbase import ParamKey

    alpn, ech = rdata.params.get(ParamKey.ALPN), rdata.params.get(ParamKey.ECH)
    return Binding(
        rdata.priority,
        _text(rdata.target),
        () if alpn is None else tuple(_printable(each) for each in alpn.ids)[:MOST_RECORDS],
        b"" if ech is None else ech.ech,
    )


def _text(name: dns.name.Name) -> str:
    """In lower case, without the final dot; octets that no host name has as escapes. The root is empty."""
    return name.to_text(omit_final_dot=True).lower() if len(name.labels) > 1 else ""


def _printable(data: bytes) -> str:
    return "".join(chr(octet) if 0x20 <= octet < 0x7F else f"\\x{octet:02x}" for octet in data)[:MOST_TEXT]
