"""Every finding of one certificate: its key, the signature on it, its validity and its encoding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

from pqscan.model.certificate import Certificate
from pqscan.model.observation import Subject
from pqscan.policy.evaluate import UNKNOWN_SYSTEM, outlives
from pqscan.policy.finding import Finding, Verdict
from pqscan.policy.profiles import Judgements
from pqscan.policy.rule import PolicyEdition, Purpose
from pqscan.policy.system import SystemContext
from pqscan.policy.use import AlgorithmUse
from pqscan.policy.uses import key_use, signature_use
from pqscan.registry.quantum import QuantumClass

CERTIFICATE = "certificate"  # the subject of findings about the certificate as a whole


def assess_certificate(
    certificate: Certificate,
    policies: Iterable[PolicyEdition],
    as_of: date,
    system: SystemContext = UNKNOWN_SYSTEM,
    *,
    establishes_keys: bool = False,
    signs: bool = True,
) -> tuple[Finding, ...]:
    """Policy by policy in the order given, then today's floor.

    A TLS key signs; `establishes_keys` says that a server accepts static RSA or DH with it, so that it is judged for that
    purpose too; one that is there to encrypt to alone does not `sign` (`KeyRoles`). A signature of a certificate on itself proves
    nothing and is not judged."""
    return certificate_findings(certificate, Judgements(policies, as_of, system), establishes_keys=establishes_keys, signs=signs)


def certificate_findings(
    certificate: Certificate, judgements: Judgements, *, establishes_keys: bool = False, signs: bool = True
) -> tuple[Finding, ...]:
    """The same, where more than one certificate is asked for."""
    if judgements.system.is_outside_assessment or not (signs or establishes_keys):  # What is only trusted does neither.
        return ()
    uses = [key_use(certificate)] if signs else []
    if not signs or (establishes_keys and uses[0].purpose is Purpose.SIGNATURE):
        uses.append(key_use(certificate, establishes_keys=True))
    if not certificate.self_signed and not certificate.is_bare_key:  # Nobody signs a bare key.
        uses.append(signature_use(certificate))
    uses += _whole(certificate, judgements.as_of)
    found: list[Finding] = []
    last_day = None if certificate.not_after is None else certificate.not_after.date()
    anyone_s = tuple(replace(use, certificate=None) for use in uses)
    for _edition, findings in judgements.findings(anyone_s, certificate=certificate.sha256):
        for finding in findings:
            due = finding.due
            beyond = finding.verdict is Verdict.DUE and due is not None and last_day is not None and last_day > due
            if beyond and last_day is not None and finding.subject == Subject.CERTIFICATE_KEY:
                found.append(outlives(finding, last_day))
            else:
                found.append(finding)
    return tuple(found)


def _whole(certificate: Certificate, as_of: date) -> Iterator[AlgorithmUse]:
    """What the floor says of the certificate itself. The last day of validity is still valid."""
    if certificate.kind == "x509" and (certificate.not_after is None or certificate.not_before is None):
        yield _part(certificate, "no_validity", "")
    if certificate.not_after is not None and as_of > certificate.not_after.date():
        yield _part(certificate, "expired", certificate.not_after.date().isoformat())
    if certificate.not_before is not None and as_of < certificate.not_before.date():
        yield _part(certificate, "not_yet_valid", certificate.not_before.date().isoformat())
    if certificate.malformed:
        yield _part(certificate, "malformed", ", ".join(sorted(certificate.malformed)[:5]))


def _part(certificate: Certificate, family: str, name: str) -> AlgorithmUse:
    return AlgorithmUse(
        Purpose.SIGNATURE,
        CERTIFICATE,
        family,
        name or None,
        None,
        QuantumClass.NOT_PUBLIC_KEY,
        (family,),
        certificate=certificate.sha256,
    )
