"""DHE with the named groups of RFC 7919, before TLS 1.3, asked apart from the curves.

A hello that lists such a group makes some servers refuse DHE with parameters of their own, others take the first listed every
time, and others need one. So the enumeration lists curves alone, and these groups get hellos with nothing but DHE suites.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pqscan.registry import universe
from pqscan.wire.tls.answer import Answer, Ending
from pqscan.wire.tls.client_hello import Offer
from pqscan.wire.tls.elimination import AxisName, Elimination
from pqscan.wire.tls.inquiry import Ask, Inquirer, Inquiry, reason_of
from pqscan.wire.tls.version_survey import (
    Terms,
    VersionSurvey,
    certificate_schemes,
    chosen_group,
    every_finite_field,
    everything,
    is_ephemeral_finite_field,
)
from pqscan.wire.tls.words import AlertDescription

_MOST_SUITES = 120


@dataclass(slots=True)
class FiniteFields:
    """What the finite-field hellos brought. `refusals` wait for a control of `refused_bytes`; `unproven` says why the rest
    of the groups is not known to be refused."""

    suites: list[int] = field(default_factory=list)
    groups: list[int] = field(default_factory=list)
    universe: tuple[int, ...] = ()
    refusals: int = 0
    refused_bytes: int = 0
    unproven: str = ""
    stumbled: bool = False  # internal_error, which refuses no group: some servers have parameters for none, and pick DHE (GnuTLS)
    has_succeeded: bool = False  # one of these hellos was answered with a choice

    def hand_over(self, elimination: Elimination) -> None:
        """Add what was found, and what was refused, to the elimination of the same version."""
        for value in self.suites:
            elimination.axes[AxisName.SUITES].find(value)
        axis = elimination.axes[AxisName.GROUPS]
        axis.universe += tuple(group for group in self.universe if group not in axis.universe)
        for value in self.groups:
            axis.find(value)
        axis.unproven = axis.unproven or self.unproven
        if self.stumbled:
            axis.unsettled.update((group, "alert_80") for group in self.universe if group not in axis.found)


def ask_finite_fields(inquirer: Inquirer, terms: Terms, survey: VersionSurvey, elimination: Elimination) -> Inquiry[FiniteFields]:
    """One hello where the server has no DHE, else one more than it has groups. Raises Throttled."""
    groups = every_finite_field(terms.depth, survey.version)
    result = FiniteFields(universe=groups)
    if not groups:
        return result
    result.groups = [group for group in elimination.axes[AxisName.GROUPS].found if group in groups]
    known = [suite for suite in elimination.axes[AxisName.SUITES].found if is_ephemeral_finite_field(suite)]
    left = () if known else _ephemeral(terms, survey)
    while left:
        answer = yield from _ask(inquirer, terms, survey, result, left[:_MOST_SUITES], groups)
        if answer.chosen_suite in left and answer.said_yes:
            result.suites.append(answer.chosen_suite)
            left = tuple(suite for suite in left if suite != answer.chosen_suite)
        else:
            left = left[_MOST_SUITES:]
    accepted = tuple(known + result.suites)
    while accepted and len(result.groups) < len(groups):
        others = tuple(group for group in groups if group not in result.groups)
        before = len(result.groups)
        yield from _ask(inquirer, terms, survey, result, accepted, others)
        if len(result.groups) == before:
            break  # Refused, or it keeps to parameters of its own.
    return result


def _ephemeral(terms: Terms, survey: VersionSurvey) -> tuple[int, ...]:
    suites = everything(universe.cipher_suites_asked, terms.depth, survey.version)
    return tuple(suite for suite in suites if is_ephemeral_finite_field(suite))


def _ask(
    inquirer: Inquirer,
    terms: Terms,
    survey: VersionSurvey,
    result: FiniteFields,
    suites: tuple[int, ...],
    groups: tuple[int, ...],
) -> Inquiry[Answer]:
    schemes = certificate_schemes(survey.version)
    offer = Offer((survey.version,), suites, groups, schemes, schemes, server_name=terms.server_name)
    answer = yield from inquirer.ask(Ask(offer))
    if answer.said_yes and answer.version == survey.version:
        survey.see(answer)
        result.refusals, result.has_succeeded = 0, True
        group = chosen_group(answer)
        if group in result.universe and group not in result.groups:
            result.groups.append(group)
        return answer
    result.refusals, result.refused_bytes = result.refusals + 1, answer.hello_bytes
    result.stumbled = result.stumbled or answer.alert == AlertDescription.INTERNAL_ERROR
    if answer.ending is not Ending.ALERT:
        result.unproven = result.unproven or reason_of(answer)
    return answer
