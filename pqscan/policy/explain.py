"""Commands that check a verdict by hand with `openssl`, `ssh`, `ike-scan` or `dig`, written so that a POSIX shell (or, for names
with unprintable characters, bash) can be given them as they are, whatever a peer's name holds.
"""

from __future__ import annotations

import shlex
from dataclasses import replace

from pqscan.model.observation import Profile, Support
from pqscan.model.reason import Reason
from pqscan.model.target import NetworkTarget, Transport
from pqscan.policy.answers import QUANTUM_RESISTANT, Answers, group_class
from pqscan.policy.client_offers import CLIENT_PROBES
from pqscan.policy.key_establishment import QUIC, group_name, resistant_groups
from pqscan.policy.plain_by_hand import PROBES, plain_by_hand
from pqscan.policy.plain_text import without_tls
from pqscan.registry.dtls import DTLS

OPENSSL_NEEDED = "3.5"
_NAT_TRAVERSAL_PORT = 4500
OPENSSH_NEEDED = "9.9"  # the first with mlkem768x25519-sha256 (its release notes)
# Our word for a plaintext prelude to s_client's (OpenSSL 3.5 manual, openssl-s_client(1), -starttls).
_STARTTLS = {
    name: name for name in ("smtp", "pop3", "imap", "ftp", "xmpp", "ldap", "mysql", "postgres", "lmtp", "nntp", "sieve", "irc")
}
_STARTTLS |= {"postgresql": "postgres", "xmpp-client": "xmpp", "xmpp-server": "xmpp-server", "submission": "smtp"}
_FLAGS = {"TLS1.3": "-tls1_3", "TLS1.2": "-tls1_2", "TLS1.1": "-tls1_1", "TLS1.0": "-tls1"}
_TRADITIONAL = "X25519:P-256:P-384:P-521:X448:ffdhe2048:ffdhe3072"
_RESISTANT = "X25519MLKEM768:SecP256r1MLKEM768:SecP384r1MLKEM1024:MLKEM768:MLKEM1024"


def by_hand(target: NetworkTarget, profile: Profile) -> tuple[str, ...]:
    """The commands, the one that shows what a current client gets first; empty where `s_client` cannot reach the target.

    Say `needed()` beside them: an older OpenSSL knows no hybrid group and would prove the contrary."""
    if profile.probe == "ssh":
        return _ssh_by_hand(target)
    if profile.probe == "ike":
        return _ike_by_hand(target)
    if profile.probe in PROBES:
        return plain_by_hand(target, profile)
    if profile.probe in CLIENT_PROBES:
        return ()
    if profile.probe == "dns":
        return _dig_by_hand(target)
    if profile.probe == DTLS:
        return _s_client_over_dtls(target)
    base = _s_client_over_quic(target) if profile.probe == QUIC else s_client(target)
    if base is None:
        return ()
    answers = Answers(profile)
    if without_tls(answers) is not None:
        return ("openssl version", f"{base} -brief </dev/null")
    commands = ["openssl version", f"{base} -brief </dev/null"]
    resistant = resistant_groups(answers)
    selected = answers.selected_group
    shown = selected is not None and group_class(selected, answers.selected_version) in QUANTUM_RESISTANT
    if resistant and not shown:
        commands.append(f"{base} -tls1_3 -groups {shlex.quote(group_name(resistant[0]))} -brief </dev/null")
    if resistant:
        commands.append(f"{base} -tls1_3 -groups {_TRADITIONAL} -brief </dev/null")
    else:
        commands.append(f"{base} -tls1_3 -groups {_RESISTANT} -brief </dev/null")
    older = [version for version in answers.accepted_versions if version in _FLAGS and version != "TLS1.3"]
    if older:
        commands.append(f"{base} {_FLAGS[older[0]]} -cipher ALL:@SECLEVEL=0 -brief </dev/null")
    elif answers.version("TLS1.2") is Support.REFUSED:
        commands.append(f"{base} -tls1_2 -brief </dev/null")
    commands.append(f"{base} -showcerts </dev/null 2>/dev/null | openssl x509 -noout -text")
    return tuple(commands)


def _ssh_by_hand(target: NetworkTarget) -> tuple[str, ...]:
    """What OpenSSH says of the lists and keys of a server; it asks for no login (ssh(1), ssh-keyscan(1))."""
    place = f"-p {target.port} {quoted(target.address)}"
    quiet = "-o BatchMode=yes -o PreferredAuthentications=none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"
    return (
        "ssh -V",
        f"ssh -vv {quiet} {place} exit 2>&1 | grep -E 'kex: |KEX algorithms|host key algorithms'",
        f"ssh-keyscan {place} 2>/dev/null | ssh-keygen -lf -",
    )


def _ike_by_hand(target: NetworkTarget) -> tuple[str, ...]:
    """What ike-scan shows of IKEv2 and IKEv1; it carries no exchange on (ike-scan(1))."""
    nat = "--nat-t --sport=0" if target.port == _NAT_TRAVERSAL_PORT else f"--sport=0 --dport={target.port}"
    return (
        "ike-scan --version",
        f"ike-scan {nat} --ikev2 --multiline {quoted(target.address)}",
        f"ike-scan {nat} --multiline {quoted(target.address)}",
    )


def _dig_by_hand(target: NetworkTarget) -> tuple[str, ...]:
    """The zone's keys and signatures, and what its parent says of them (dig(1))."""
    if target.server_name is None:
        return ()
    way = "+tcp" if target.transport is Transport.TCP else "+notcp"
    ask = f"dig @{quoted(target.address)} -p {target.port} {way} +dnssec +cdflag +multiline"
    return tuple(f"{ask} {quoted(target.server_name)} {kind}" for kind in ("DNSKEY", "DS", "SOA"))


def needed(profile: Profile | None = None) -> Reason:
    """What the commands need: an OpenSSL that knows ML-KEM and ML-DSA, an OpenSSH that knows the hybrids, or dig."""
    if profile is not None and profile.probe == "ssh":
        return Reason.of("by_hand_needs_openssh", version=OPENSSH_NEEDED)
    if profile is not None and profile.probe == "ike":
        return Reason.of("by_hand_needs_ike_scan")
    if profile is not None and profile.probe == "dns":
        return Reason.of("by_hand_needs_dig")
    if profile is not None and profile.probe in PROBES:
        return Reason.of("by_hand_needs_programs")
    if profile is not None and profile.probe == DTLS:
        return Reason.of("by_hand_without_dtls13")
    return Reason.of("by_hand_needs_openssl", version=OPENSSL_NEEDED)


def _s_client_over_quic(target: NetworkTarget) -> str | None:
    """OpenSSL 3.2 and later (openssl-s_client(1), -quic, which wants an application protocol)."""
    over_tcp = s_client(replace(target, transport=Transport.TCP))
    return None if over_tcp is None else f"{over_tcp} -quic -alpn h3"


def _s_client_over_dtls(target: NetworkTarget) -> tuple[str, ...]:
    """What OpenSSL, which ends with DTLS 1.2, shows of the newest version that both know (openssl-s_client(1), -dtls)."""
    base = s_client(replace(target, transport=Transport.TCP))
    if base is None:
        return ()
    shown = f"{base} -dtls -showcerts </dev/null 2>/dev/null | openssl x509 -noout -text"
    return ("openssl version", f"{base} -dtls -brief </dev/null", shown)


def s_client(target: NetworkTarget) -> str | None:
    """The beginning of every command that asks the target; None where `s_client` cannot reach it."""
    if target.transport is not Transport.TCP:
        return None
    host = target.host_in_url
    words = ["openssl s_client -connect", quoted(f"{host}:{target.port}")]
    words += ["-noservername"] if target.server_name is None else ["-servername", quoted(target.server_name)]
    if target.starttls is not None:
        prelude = _STARTTLS.get(target.starttls)
        if prelude is None:
            return None
        words += ["-starttls", prelude]
        if prelude.startswith("xmpp") and target.server_name is not None:
            words += ["-name", quoted(target.server_name)]  # The domain that is asked for; else it is the address.
    return " ".join(words)


def quoted(text: str) -> str:
    """One shell word, on one line: unprintable characters (a terminal's escapes among them) become `$'\\x1b'`."""
    if text.isascii() and text.isprintable():
        return shlex.quote(text)
    return "$'" + "".join(map(_escaped, text.encode("utf-8", "surrogateescape"))) + "'"


def _escaped(byte: int) -> str:
    character = chr(byte)
    plain = byte < 128 and (character.isalnum() or character in "-._:[]")
    return character if plain else f"\\x{byte:02x}"
