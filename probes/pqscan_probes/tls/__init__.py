"""TLS 1.3 down to SSLv3 (SSLv2 on request) at one address: versions, groups, suites, schemes, certificates, who prefers what.

Costs a server one to three connections (`quick`), about thirty (`inventory`), more with `exhaustive`; every handshake is
well-formed and ended in order, nobody logs in, nothing is guessed.
"""

from pqscan_probes.tls.over_dtls import DtlsProbe
from pqscan_probes.tls.over_quic import QuicProbe
from pqscan_probes.tls.probe import TlsProbe, TlsSettings

__all__ = ["DtlsProbe", "QuicProbe", "TlsProbe", "TlsSettings"]
