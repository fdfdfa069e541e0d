"""One zone of the DNS, asked of one server: keys, signatures, what the parent vouches for, records that name keys.

Costs a server one connection and three questions (`quick`), up to some forty questions (`inventory`, `exhaustive`), one after the
other; over UDP one exchange, and a connection where an answer is cut. Nothing is transferred, guessed or walked; names below the
zone are those that the user gave, its mail servers and usual selectors of DKIM.
"""

from pqscan_probes.dns.probe import DnsProbe, DnsSettings

__all__ = ["DnsProbe", "DnsSettings"]
