"""SSH at one address: every name list in the server's order, host keys with their proof, what the current client gets.

Costs a server one connection (`quick`), one more for each further type of host key (`inventory`), a few more for the sizes of its
group exchange (`exhaustive`); never more than ten, one after the other. Nobody logs in, nothing is guessed.
"""

from pqscan_probes.ssh.probe import SshProbe, SshSettings

__all__ = ["SshProbe", "SshSettings"]
