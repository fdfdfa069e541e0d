"""IKE at one address and port over UDP: whether IKEv2 takes ML-KEM, what it would choose, and what IKEv1 still takes.

Costs a responder at most six datagrams and one half-open exchange (`quick`); 96 datagrams, each of which but the last it answers
without keeping anything, and the first message of IKEv1's main mode, which is a second half-open exchange (`inventory`). Nobody
logs in, nothing is carried on. Aggressive mode, in which a responder shows a hash over its pre-shared key, is never asked.
"""

from pqscan_probes.ike.probe import IkeProbe, IkeSettings

__all__ = ["IkeProbe", "IkeSettings"]
