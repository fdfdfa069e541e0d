"""Whether a later answer proves that a weakness is gone: its subject was asked, answered, and is not there.

What was not asked, broken off or left open proves nothing. An answer proves no more than its depth can tell: a quick scan
never closes what an inventory found in a list. Refusals follow the facts of `probes` (see `policy.answers`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from pqscan.model.observation import Observation, Profile, Subject, Support
from pqscan.policy.answers import OWN_PARAMETERS, REST, Answers
from pqscan.policy.certificates import CERTIFICATE
from pqscan.registry.dtls import as_tls

_DEPTHS = {"quick": 1, "inventory": 2, "exhaustive": 3}
_AXES = {subject.value: subject for subject in (Subject.NAMED_GROUP, Subject.CIPHER_SUITE, Subject.SIGNATURE_SCHEME)}
_OF_IKE = frozenset(subject.value for subject in Subject if subject.value.startswith("ike_"))
_OF_CERTIFICATES = frozenset({Subject.CERTIFICATE_KEY.value, Subject.CERTIFICATE_SIGNATURE.value, CERTIFICATE})


def depth_of(profile: Profile) -> int:
    """1 to 3; a depth of another name counts as inventory."""
    return _DEPTHS.get(profile.depth, 2)


@dataclass(frozen=True, slots=True)
class Shown:
    """Where a weakness was seen until now: subject, value, the contexts (protocol versions), and the deepest answer's depth."""

    subject: str
    value: str
    contexts: frozenset[str | None]
    depth: int


@dataclass(frozen=True)
class Proof:
    """One complete answer, asked what it proves. `certificates` says that a chain came and every certificate in it could be
    read. `cached_property` needs a `__dict__`, hence no slots."""

    profile: Profile
    certificates: bool

    @cached_property
    def _answers(self) -> Answers:
        return Answers(self.profile)

    @cached_property
    def _can_prove(self) -> bool:
        return self.profile.complete and self._answers.contradiction() is None

    def settles(self, shown: Shown) -> bool:
        """Whether the weakness would have shown here, were it still there. Only asked where it did not show."""
        known = self._known.get(shown)
        if known is None:
            known = self._known[shown] = self._can_prove and self._settles(shown)
        return known

    @cached_property
    def _known(self) -> dict[Shown, bool]:
        """Thousands of targets share one answer, and the weaknesses that they had before."""
        return {}

    def _settles(self, shown: Shown) -> bool:
        deep_enough = depth_of(self.profile) >= shown.depth
        if shown.subject in _OF_CERTIFICATES:
            return self.certificates and deep_enough
        if shown.subject == Subject.PROTOCOL_VERSION.value:
            return self._answers.version(as_tls(shown.value)) in (Support.ACCEPTED, Support.REFUSED)
        if shown.subject in _OF_IKE:
            return all(self._settles_of_ike(axis_of(shown), shown.value, context) for context in shown.contexts)
        axis = _AXES.get(shown.subject)
        if axis is not None:
            contexts = (None if context is None else as_tls(context) for context in shown.contexts)
            return all(self._settles_in(axis, shown.value, context, deep_enough) for context in contexts)
        if shown.subject == Subject.CLIENT_CERTIFICATE.value:
            return any(o.value == "not_requested" for context in shown.contexts for o in self._answers.of(axis_of(shown), context))
        return deep_enough  # A behaviour, seen wherever so much is asked.

    def _settles_of_ike(self, axis: Subject, value: str, context: str | None) -> bool:
        """A gateway lists nothing but the hashes that it verifies: the rest is gone where it was refused, or its version is."""
        if context is not None and self._answers.version(context.partition("+")[0]) is Support.REFUSED:
            return True
        own = self._answers.of(axis, context)
        if axis is Subject.IKE_AUTHENTICATION and any(o.support is Support.OFFERED for o in own):
            return True
        return any(o.value == value and o.support is Support.REFUSED for o in own)

    def _settles_in(self, axis: Subject, value: str, version: str | None, deep_enough: bool) -> bool:
        if version is not None and self._answers.version(version) is Support.REFUSED:
            return True  # Nothing runs in a version that is refused.
        own = self._answers.of(axis, version)
        if any(o.support is Support.UNKNOWN and o.value in (value, REST) for o in own):
            return False
        if any(o.support is Support.REFUSED and o.value in (value, REST) for o in own):
            return True
        if not deep_enough or (version is not None and self._answers.version(version) is not Support.ACCEPTED):
            return False
        suites = self._answers.of(Subject.CIPHER_SUITE, version)
        if not _is_whole(suites):
            return False
        if axis is Subject.CIPHER_SUITE or value.startswith(OWN_PARAMETERS):
            return True  # Suites are found by elimination: what is not among the accepted ones was refused.
        return not own and version != "TLS1.3"  # No suite of that version names a group or a scheme any more.


def axis_of(shown: Shown) -> Subject:
    """The subject of the model; only for subjects of observations."""
    return Subject(shown.subject)


def _is_whole(suites: list[Observation]) -> bool:
    """Whether a version's list of suites came to its end."""
    return any(o.support.shows_use for o in suites) and not any(o.support is Support.UNKNOWN for o in suites)
