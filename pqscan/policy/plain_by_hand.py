"""Commands that check by hand what the probes of protocols without public-key cryptography of their own told."""

from __future__ import annotations

import shlex

from pqscan.model.observation import Profile
from pqscan.model.target import NetworkTarget

PROBES = frozenset({"smb", "kerberos", "snmp", "wireguard"})


def plain_by_hand(target: NetworkTarget, profile: Profile) -> tuple[str, ...]:
    """Of SMB what nmap's scripts show, which log in nowhere; of SNMPv3 what Net-SNMP's manager does; of the others nothing."""
    address = shlex.quote(target.address)
    if profile.probe == "smb":
        six = "-6 " if ":" in target.address else ""
        return (f"nmap {six}-Pn -p {target.port} --script smb-protocols,smb2-security-mode {address}",)
    if profile.probe == "snmp":
        place = shlex.quote(f"udp{'6' if ':' in target.address else ''}:{target.host_in_url}:{target.port}")
        return (f"snmpget -v3 -l noAuthNoPriv -u nobody -Dusm {place} SNMPv2-MIB::sysDescr.0",)
    return ()
