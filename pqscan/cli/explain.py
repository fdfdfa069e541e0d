"""`pqscan explain`: why one target is judged so, and a command that checks it by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pqscan.cli import out, words
from pqscan.cli.assess import AS_OF_HELP, POLICY_HELP, chosen_policies, read_day
from pqscan.cli.group import command, option
from pqscan.cli.pseudonym import pseudonym_options, pseudonyms
from pqscan.cli.settings import settings
from pqscan.cli.words import msgid

if TYPE_CHECKING:
    from pqscan.app.explanation import Explanation, RuledFinding
    from pqscan.model.certificate import Certificate
    from pqscan.model.observation import Observation, Profile
    from pqscan.model.reason import Reason
    from pqscan.policy.state import Assessment

_MOST_FACTS = 40
_MOST_CHAINS, _MOST_CERTIFICATES = 8, 6


@command(
    "explain",
    short_help=msgid("Why a target is judged so, and how to check it."),
    help=msgid(
        "Says why a target is judged as it is: what was asked, what came back, which rules speak of it, what other clients "
        "would get, which line of configuration would change it, and commands that check it by hand.\n\n"
        "TARGET is host:port, an address, name@address:port, or the path of a file."
    ),
)
@click.argument("target", metavar="TARGET")
@option("--policy", metavar="NAME", multiple=True, help=POLICY_HELP)
@option("--as-of", metavar="DATE", help=AS_OF_HELP)
@option("--run", metavar="ID", help=msgid("What one run saw; default: what every target answers now."))
@pseudonym_options
def explain(target: str, policy: tuple[str, ...], as_of: str | None, run: str | None, pseudonymise: bool, key: str | None) -> None:
    from pqscan.app.explanation import explain as find
    from pqscan.app.pseudonymous import meant, of_explanations

    day, policies, names = read_day(as_of), chosen_policies(policy), pseudonyms(pseudonymise, key)
    chosen = settings()
    with chosen.open_store() as store:
        word = target if names is None else meant(store, target, names)
        found = find(store, word, policies=policies, as_of=day, run=run)
    if names is not None:
        found = of_explanations(found, names)
    if chosen.wants_json:
        documents: list[out.Json] = [_json(one) for one in found]
        out.document(documents)
        return
    for number, one in enumerate(found):
        if number:
            out.line()
        _print(one)


def _print(one: Explanation) -> None:
    from pqscan_reports.naming import target_text

    from pqscan.policy.advice import certificate_advice

    say, sighting = words.say(), one.assessed.sighting
    out.line(target_text(sighting.target))
    out.line("─" * min(out.columns() or out.COLUMNS, out.COLUMNS))
    _state("key_establishment", words.gettext("Key establishment"), one.assessed.key_establishment)
    _state("authentication", words.gettext("Authentication"), one.assessed.authentication)
    out.line()
    status = words.label("outcome_status", sighting.status.value)
    connections = words.counted("{count} connection", "{count} connections", sighting.connections_used)
    out.wrapped(words.filled("How it ended: {status}, {connections}", status=status, connections=connections))
    if sighting.detail is not None:
        out.wrapped(say.render(sighting.detail), "  ")
    first, last = say.date(sighting.first_seen), say.date(sighting.last_seen)
    out.wrapped(words.filled("Seen: {first} to {last}, run {run}", first=first, last=last, run=sighting.run))
    if one.profile is not None:
        _profile(one.profile)
    _proven(one)
    _chains(one)
    _findings(one)
    if one.clients:
        _head(words.gettext("What clients get"))
        for view in one.clients:
            got = ", ".join(part for part in (view.group, view.version) if part)
            outcome = words.label("client_outcome", view.outcome)
            out.wrapped(f"{view.client}: {outcome}" + (f" ({got})" if got else ""), "  ", "    ")
            if view.outcome == "fails" and view.reason is not None:
                out.wrapped(say.render(view.reason), "    ")
    certificate = certificate_advice(one.assessed.key_establishment, one.assessed.authentication)
    if one.advice or certificate is not None:
        _head(words.gettext("What would change it"))
        if certificate is not None:
            out.wrapped(say.render(certificate), "  ")
        for row in one.advice:
            since = f" ({words.filled('from {version}', version=row.since)})" if row.since else ""
            out.wrapped(f"{row.product}{since}", "  ", "    ")
            for text in row.lines:
                out.line(f"      {text}")
            if row.reason is not None:
                out.wrapped(say.render(row.reason), "    ")
    _upgrades(one)
    if one.commands:
        _head(words.gettext("Check it by hand"))
        out.wrapped(say.render(one.commands_need), "  ")
        for text in one.commands:
            out.line(f"  {text}")


def _upgrades(one: Explanation) -> None:
    """By the version that the peer tells: what a distribution has put into it besides is not known."""
    if not one.upgrades:
        return
    _head(words.gettext("What an upgrade would give, by the version that the server tells"))
    for row in one.upgrades:
        text = (
            msgid("{product} {version}: from {since} on {algorithms} by default ({source})")
            if row.ability.is_default
            else msgid("{product} {version}: from {since} on {algorithms} can be used ({source})")
        )
        told = words.filled(
            text,
            product=row.software.product,
            version=row.software.version,
            since=row.ability.since,
            algorithms=", ".join(row.ability.algorithms),
            source="; ".join(row.ability.references),
        )
        out.wrapped(told, "  ", "    ")


def _proven(one: Explanation) -> None:
    """The groups that a run of the harness carried through: shown beside what was offered, no part of a state."""
    if not one.assessed.proven:
        return
    _head(words.gettext("Proven by a handshake"))
    for proof in one.assessed.proven:
        parameters = dict(proof.observation.parameters)
        told = words.filled(
            "{group}: {day}, run {run}, key agreement on {library}",
            group=_value(proof.observation),
            day=words.say().date(proof.seen_at),
            run=proof.run,
            library=parameters.get("library", "–"),
        )
        out.wrapped(told, "  ", "    ")


def _head(title: str) -> None:
    out.line()
    out.line(title)


def _state(family: str, title: str, assessment: Assessment) -> None:
    out.wrapped(f"{title}: {words.state(family, assessment.state.value)}")
    for reason in dict.fromkeys(words.say().render(reason) for reason in assessment.reasons):
        out.wrapped(reason, "  ")


def _profile(profile: Profile) -> None:
    from pqscan.model.observation import Subject, Support, Usage

    if profile.observations and not any(o.usage in (Usage.NEGOTIATED, Usage.CONFIGURED) for o in profile.observations):
        _at_rest(profile)
        return
    if any(o.usage is Usage.CONFIGURED for o in profile.observations):
        _in_force(profile)
        return
    _head(words.filled("What was asked: {depth}, edition {asked}", depth=profile.depth, asked=profile.asked))
    folded = {subject.value for subject in (Subject.NAMED_GROUP, Subject.SIGNATURE_SCHEME, Subject.IKE_KEY_EXCHANGE)}
    behaves = {subject.value for subject in (Subject.CLIENT_CERTIFICATE, Subject.DEFAULT_SITE, Subject.BEHAVIOUR)}
    grouped: dict[tuple[str, str, str], list[Observation]] = {}
    for o in profile.observations:
        grouped.setdefault((o.context or "", o.subject.value, o.support.value), []).append(o)
    for (context, subject, support), observations in grouped.items():
        refused = support == Support.REFUSED.value
        title = words.label("subject", subject)
        told = "" if subject in behaves else f", {words.label('support', support)}"
        text = f"{context} {title}{told}: ".lstrip()
        if refused and subject in folded and len(observations) > 8:
            text += words.counted("{count} value", "{count} values", len(observations))
            shown = [_value(o) for o in observations if o.quantum_class.value in ("pqt_hybrid", "post_quantum")][:8]
            text += f" ({', '.join(shown)}, ...)" if shown else ""
        else:
            text += ", ".join(_value(o) for o in observations)
        out.wrapped(text, "  ", "    ")


def _at_rest(profile: Profile) -> None:
    """What lies in a file, each thing with its place."""
    _head(words.gettext("What was found"))
    for o in profile.observations[:_MOST_FACTS]:
        title = "" if o.subject.value == "behaviour" else f"{words.label('subject', o.subject.value)}: "
        out.wrapped(f"{title}{_value(o)}{_size(o)}{_place_and_lock(o)}", "  ", "    ")
    left = len(profile.observations) - _MOST_FACTS
    if left > 0:
        out.wrapped(words.counted("and {count} more", "and {count} more", left), "  ", "    ")


def _in_force(profile: Profile) -> None:
    """What the lines of a configuration put in force, part by part, each list with its line."""
    _head(words.gettext("What is in force"))
    grouped: dict[tuple[str, int, str], list[str]] = {}
    for o in profile.observations:
        stated = dict(o.parameters)
        part = str(stated.get("part") or o.context or "")
        line = 0 if o.where is None else o.where.line or 0
        notes = [words.filled("line {line}", line=line)] if line else []
        notes += [str(stated["directive"])] if "directive" in stated else []
        if o.subject.value == "software":  # Nobody names itself in a file, and its context says no more.
            part, title = "", words.gettext("Product")
        else:
            title = f"{part} {words.label('subject', o.subject.value)}"
        title += f" ({'; '.join(notes)})" if notes else ""
        size = "".join(f"-{stated[key]}" for key in ("size_bits", "parameter") if key in stated)
        grouped.setdefault((part, line, title), []).append(f"{_value(o)}{size}")
    for (_, _, title), shown in sorted(grouped.items())[:_MOST_FACTS]:
        out.wrapped(f"{title}: {', '.join(shown)}", "  ", "    ")
    left = len(grouped) - _MOST_FACTS
    if left > 0:
        out.wrapped(words.counted("and {count} more", "and {count} more", left), "  ", "    ")


def _size(o: Observation) -> str:
    """The curve or size of a certificate's key, where its name does not tell it."""
    stated = dict(o.parameters)
    more = str(stated.get("parameter") or stated.get("size_bits") or "")
    return f" {more}" if o.subject.value == "certificate_key" and more and more != o.name else ""


def _place_and_lock(o: Observation) -> str:
    from pqscan.model.observation import Where

    stated = dict(o.parameters)
    notes: list[str] = []
    where = o.where or Where()
    if where.line is not None:
        notes.append(words.filled("line {line}", line=where.line))
    notes += [where.symbol] if where.symbol else []
    if where.offset and not notes:
        notes.append(words.filled("byte {offset}", offset=where.offset))
    notes += [str(stated[key]) for key in ("version", "version_range", "hash") if key in stated]
    if o.usage.value in ("linked", "mentioned"):
        notes.append(words.label("usage", o.usage.value))
    if "locked_by" in stated:
        lock = " + ".join(str(stated[key]) for key in ("kdf", "locked_by") if key in stated)
        notes.append(words.filled("locked by {lock}", lock=lock))
    return f" ({'; '.join(notes)})" if notes else ""


def _value(o: Observation) -> str:
    from pqscan_reports.naming import observation_text

    value = words.label("fact_value", observation_text(o))
    name = words.gettext("the rest") if o.value == "*" else words.say().phrase(value)  # An alert is named.
    reasons = [str(value) for key, value in o.parameters if key == "reason"]
    return f"{name} ({words.say().phrase(reasons[0])})" if reasons else name


def _chains(one: Explanation) -> None:
    from pqscan_reports.naming import certificate_text, chain_text, key_text

    if not one.chains:
        return
    _head(words.gettext("Certificates"))
    served: dict[tuple[str | None, tuple[Certificate, ...]], list[str]] = {}
    for context, server_name, certificates in one.chains:
        served.setdefault((server_name, certificates), []).append(chain_text(context, words.say()))
    for (server_name, certificates), contexts in list(served.items())[:_MOST_CHAINS]:
        out.wrapped(", ".join(contexts) + (f": {server_name}" if server_name else ""), "  ", "    ")
        for certificate in certificates[:_MOST_CERTIFICATES]:
            if certificate.is_bare_key:
                key = words.say().algorithm(key_text(certificate))
                out.wrapped(f"{certificate_text(certificate)}: {key}", "    ", "      ")
                continue
            until = "–" if certificate.not_after is None else words.say().date(certificate.not_after)
            told = words.filled(
                "{subject}: {key}, signed with {signature}, valid until {until}",
                subject=certificate.subject or "–",
                key=words.say().algorithm(key_text(certificate)),
                signature=words.say().algorithm(certificate.signature.algorithm),
                until=until,
            )
            out.wrapped(told, "    ", "      ")
        if len(certificates) > _MOST_CERTIFICATES:
            more = len(certificates) - _MOST_CERTIFICATES
            out.wrapped(words.counted("{count} more certificate", "{count} more certificates", more), "    ")
    if len(served) > _MOST_CHAINS:
        out.wrapped(words.counted("{count} more chain", "{count} more chains", len(served) - _MOST_CHAINS), "  ")


def _findings(one: Explanation) -> None:
    """One sentence for all that a rule says alike: its algorithms are listed in it."""
    from pqscan_reports.naming import gathered

    if not one.findings:
        return
    _head(words.filled("Which rules, as of {day}", day=words.say().date(one.as_of)))
    met = sum(found.finding.verdict.value == "meets" for found in one.findings)
    rules = {id(found.finding): found for found in one.findings}
    for row in gathered(found.finding for found in one.findings if found.finding.verdict.value != "meets"):
        out.wrapped(_finding(rules[id(row.finding)], row.reason), "  ", "    ")
    if met:
        out.wrapped(words.counted("{count} rule is met.", "{count} rules are met.", met), "  ")


def _finding(found: RuledFinding, reason: Reason) -> str:
    verdict = words.label("verdict", found.finding.verdict.value)
    rule = "" if found.rule is None else f", {found.rule.id}"
    return f"{verdict} ({words.label('policy', found.finding.policy)}{rule}): {words.say().render(reason)}"


def _json(one: Explanation) -> out.Json:
    from pqscan_reports.json_inventory import assessed_json, certificate_json, finding_json, profile_json, reason_json

    say = words.say()
    certificates = {certificate.sha256.hex(): certificate for _c, _n, chain in one.chains for certificate in chain}
    found: list[out.Json] = [finding_json(ruled.finding, say) for ruled in one.findings]
    clients: list[out.Json] = [
        {
            "client": view.client,
            "outcome": view.outcome,
            "version": view.version,
            "group": view.group,
            "reason": None if view.reason is None else reason_json(view.reason, say),
        }
        for view in one.clients
    ]
    advice: list[out.Json] = [
        {"product": row.product, "lines": list(row.lines), "since": row.since, "source": row.source} for row in one.advice
    ]
    return {
        "as_of": one.as_of.isoformat(),
        "target": assessed_json(one.assessed, say),
        "profile": None if one.profile is None else profile_json(one.profile),
        "certificates": {digest: certificate_json(certificate) for digest, certificate in sorted(certificates.items())},
        "findings": found,
        "clients": clients,
        "advice": advice,
        "commands": list(one.commands),
        "upgrades": [
            {
                "product": row.software.product,
                "version": row.software.version,
                "since": row.ability.since,
                "algorithms": list(row.ability.algorithms),
                "is_default": row.ability.is_default,
                "source": "; ".join(row.ability.references),
            }
            for row in one.upgrades
        ],
    }
