"""What HTTPS says beside its TLS: HSTS, the server's own name, keys of an identity service at well-known paths. Of plain HTTP the
server's own name, and whether it forwards to HTTPS.

Wraps the probe of TLS and adds to its facts. Costs a server at most four further connections and those of the paths that the user
names, over plain HTTP one, each with one GET: nothing is followed, logged in to or guessed.
"""

from pqscan_probes.http.probe import HttpProbe

__all__ = ["HttpProbe"]
