"""The two states of an SSH server. It lists all that it takes (RFC 4253, section 7.1), so that its list is proof by itself.

What the pinned client gets is the first name of the client's list that the server lists too; the probe has worked it out."""

from __future__ import annotations

from pqscan.model.certificate import Certificate
from pqscan.model.observation import Profile, Subject
from pqscan.model.reason import Reason
from pqscan.policy.answers import QUANTUM_RESISTANT
from pqscan.policy.chains import NamedChains
from pqscan.policy.floor import below_floor, value_below
from pqscan.policy.ssh_uses import is_marker, method_class, row_of
from pqscan.policy.state import Assessment, State
from pqscan.policy.uses import key_use
from pqscan.registry.quantum import QuantumClass
from pqscan.registry.ssh import SshStatus

SSH_1, SSH_2 = "SSH-1", "SSH-2.0"
_HOST_KEY_CONTEXT = "ssh_host_key "  # followed by the name inside the key


def ssh_key_establishment(profile: Profile) -> Assessment:
    """Which of the seven states the list of key exchange methods shows, the deciding reason first."""
    found = _Lists(profile)
    if found.speaks_1_alone():
        return Assessment(State.BROKEN, (Reason.of("ssh_1_alone"),))
    open_question = found.open_question(Subject.KEX_METHOD)
    if open_question is not None:
        return Assessment(State.UNKNOWN, (open_question, *found.learned(Subject.KEX_METHOD, Subject.SELECTED_KEX_METHOD)))
    broken = found.broken(Subject.KEX_METHOD, Subject.SELECTED_KEX_METHOD)
    if broken is not None:
        return Assessment(State.BROKEN, (broken,))
    return found.state(Subject.KEX_METHOD, Subject.SELECTED_KEX_METHOD)


def ssh_authentication(profile: Profile, chains: NamedChains) -> Assessment:
    """The same over host keys: the algorithms that are listed, and the keys behind them as far as they were seen."""
    found = _Lists(profile)
    if found.speaks_1_alone():
        return Assessment(State.BROKEN, (Reason.of("ssh_1_alone"),))
    open_question = found.open_question(Subject.HOST_KEY)
    if open_question is not None:
        return Assessment(State.UNKNOWN, (open_question,))
    broken = found.broken(Subject.HOST_KEY, Subject.SELECTED_HOST_KEY) or _weak_key(found, chains)
    if broken is not None:
        return Assessment(State.BROKEN, (broken,))
    signed = _signed_traditionally(found, chains)
    state = found.state(Subject.HOST_KEY, Subject.SELECTED_HOST_KEY)
    if signed is not None and state.state in (State.DEFAULT, State.EXCLUSIVE):
        return Assessment(State.CAPABLE, (signed, *state.reasons))
    return state


class _Lists:
    """What one server lists, and what the pinned client gets of it."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._offered: dict[Subject, list[str]] = {}
        for one in profile.observations:
            if one.support.shows_use and not (one.subject is Subject.KEX_METHOD and is_marker(one.value)):
                self._offered.setdefault(one.subject, []).append(one.value)

    def offered(self, subject: Subject) -> list[str]:
        return self._offered.get(subject, [])

    def first(self, subject: Subject) -> str | None:
        return next(iter(self.offered(subject)), None)

    def speaks_1_alone(self) -> bool:
        """Whether its identification says so (RFC 4253, section 5): 1.99 would mean both."""
        return self._profile.complete and self.offered(Subject.PROTOCOL_VERSION) == [SSH_1] and not self._profile.is_imported

    def open_question(self, subject: Subject) -> Reason | None:
        if self._profile.is_imported:
            return Reason.of("only_imported")
        if self.offered(subject):
            return None if self._profile.complete or self.first(Subject.PROTOCOL_VERSION) else Reason.of("answer_incomplete")
        if not self._profile.complete:
            return Reason.of("answer_incomplete")
        return Reason.of("nothing_accepted")

    def broken(self, subject: Subject, selected: Subject) -> Reason | None:
        """Below the floor: what the pinned client gets or, where it gets nothing, all that is listed."""
        gets = self.first(selected)
        if gets is not None:
            rule = value_below(selected, gets, None)
            return None if rule is None else Reason.of("current_client_gets_below_floor", value=gets, rule=rule.id)
        if all(value_below(subject, name, None) is not None for name in self.offered(subject)):
            return Reason.of("everything_below_floor", version=SSH_2)
        return None

    def state(self, subject: Subject, selected: Subject) -> Assessment:
        names, gets = self.offered(subject), self.first(selected)
        classes = {name: method_class(subject, name) for name in names}
        resistant = [name for name in names if classes[name] in QUANTUM_RESISTANT]
        unlisted = next((name for name in names if classes[name] not in (*QUANTUM_RESISTANT, QuantumClass.TRADITIONAL)), None)
        learned = self._learned(subject, gets)
        if resistant:
            kinds = _obsolete(subject, resistant)
            first = SSH_1 if SSH_1 in self.offered(Subject.PROTOCOL_VERSION) else None  # which knows RSA alone
            other = next((name for name in names if classes[name] not in QUANTUM_RESISTANT), first)
            if other is None:
                return Assessment(State.EXCLUSIVE, (Reason.of("only_resistant_accepted", group=resistant[0]), *kinds))
            code = "unlisted_accepted" if other == unlisted else "traditional_accepted"
            missing = Reason.of(code, value=other, version=SSH_2)
            if gets is not None and method_class(subject, gets) in QUANTUM_RESISTANT:
                return Assessment(State.DEFAULT, (Reason.of("current_client_gets_resistant", group=gets), *kinds, missing))
            accepted = Reason.of("resistant_accepted_not_by_default", group=resistant[0])
            return Assessment(State.CAPABLE, (accepted, *kinds, *learned))
        if unlisted is not None:
            return Assessment(State.UNKNOWN, (Reason.of("unlisted_accepted", value=unlisted, version=SSH_2), *learned))
        code = "ssh_lists_traditional_keys" if subject is Subject.HOST_KEY else "ssh_lists_traditional_only"
        return Assessment(State.VULNERABLE, (Reason.of(code, count=len(names)), *learned))

    def learned(self, subject: Subject, selected: Subject) -> tuple[Reason, ...]:
        """What the pinned client gets, whatever the state."""
        gets = self.first(selected)
        if gets is not None and method_class(subject, gets) in QUANTUM_RESISTANT:
            return (Reason.of("current_client_gets_resistant", group=gets),)
        return self._learned(subject, gets)

    def _learned(self, subject: Subject, gets: str | None) -> tuple[Reason, ...]:
        if gets is None or method_class(subject, gets) in QUANTUM_RESISTANT:
            return ()
        return (Reason.of("current_client_gets_traditional", group=gets, version=SSH_2),)


def _obsolete(subject: Subject, resistant: list[str]) -> tuple[Reason, ...]:
    """Where every resistant method is one of yesterday."""
    rows = [row_of(subject, name) for name in resistant]
    if not all(row is not None and row.status is SshStatus.OBSOLETE for row in rows):
        return ()
    return (Reason.of("obsolete_resistant_group", group=resistant[0]),)


def _keys(chains: NamedChains) -> dict[str, Certificate]:
    """The host keys that were seen, by the name inside them."""
    return {
        context.removeprefix(_HOST_KEY_CONTEXT): members[0]
        for context, members in chains
        if context.startswith(_HOST_KEY_CONTEXT) and members
    }


def _key_met(found: _Lists, chains: NamedChains) -> Certificate | None:
    """The key that the pinned client meets: several algorithms may sign with one key (RFC 8332, section 3)."""
    gets = found.first(Subject.SELECTED_HOST_KEY)
    row = None if gets is None else row_of(Subject.SELECTED_HOST_KEY, gets)
    keys = _keys(chains)
    return None if gets is None else keys.get(gets) or keys.get(gets if row is None else row.key_format)


def _weak_key(found: _Lists, chains: NamedChains) -> Reason | None:
    """The key that the pinned client meets is too small, whatever signs with it."""
    key = _key_met(found, chains)
    if key is None:
        return None
    use = key_use(key)
    rule = below_floor(use)
    return (
        None if rule is None else Reason.of("certificate_below_floor", part=use.subject, value=use.name or use.value, rule=rule.id)
    )


def _signed_traditionally(found: _Lists, chains: NamedChains) -> Reason | None:
    """A host certificate whose authority signed with a traditional algorithm: the key is resistant, its proof is not."""
    key = _key_met(found, chains)
    if key is None or key.kind != "ssh_certificate" or key.signature.quantum_class in QUANTUM_RESISTANT:
        return None
    return Reason.of("resistant_key_in_traditional_chain", part=Subject.CERTIFICATE_SIGNATURE.value, value=key.signature.algorithm)
