"""The two states of a target, each with its reasons: `key_establishment` and `authentication`."""

from __future__ import annotations

from pqscan.policy.authentication import authentication
from pqscan.policy.chains import NamedChains
from pqscan.policy.key_establishment import key_establishment

__all__ = ["NamedChains", "authentication", "key_establishment"]
