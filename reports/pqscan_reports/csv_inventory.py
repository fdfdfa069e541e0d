"""The inventory as CSV, one row a target (RFC 4180), and below them one for each share of the data's quality (R31), of the kind
`quality`. Codes and English column names, so that a program can read it.

For Excel (`excel`): UTF-8 with a byte order mark, semicolons, CRLF, and headings and labels in the reader's language.
No cell is ever a formula: one that could be read as such begins with an apostrophe, also behind a separator of the other
edition, which a program that splits there takes for the beginning of a cell.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import BinaryIO

from pqscan.locale import Translator, msgid, translator
from pqscan.model.observation import Profile, Subject
from pqscan.model.target import NetworkTarget
from pqscan.report import AssessedInventory, AssessedTarget, ReadinessView, ReportOptions
from pqscan_reports.escape import visible
from pqscan_reports.naming import chosen_method, key_text, leaf_digest, selected, shown, utc_text
from pqscan_reports.standing import quality_rows

_GROUPS = (Subject.NAMED_GROUP, Subject.KEX_METHOD, Subject.IKE_KEY_EXCHANGE, Subject.IKE_ADDITIONAL_KEY_EXCHANGE)
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_BEHIND_A_SEPARATOR = re.compile(r"""([,;|][\s"]*)(?=[=+\-@＝＋－＠])""")

# Column name and its heading for people.
COLUMNS: tuple[tuple[str, str], ...] = (
    ("kind", msgid("Kind")),
    ("site", msgid("Site")),
    ("host", msgid("Host as given")),
    ("address", msgid("Address or machine")),
    ("port", msgid("Port")),
    ("transport", msgid("Transport")),
    ("server_name", msgid("Server name sent")),
    ("starttls", msgid("STARTTLS")),
    ("path", msgid("Path")),
    ("probe", msgid("Probe")),
    ("status", msgid("Outcome")),
    ("detail", msgid("Detail")),
    ("complete", msgid("Complete answer")),
    ("key_establishment", msgid("Key establishment")),
    ("key_establishment_reason", msgid("Key establishment: why")),
    ("authentication", msgid("Authentication")),
    ("authentication_reason", msgid("Authentication: why")),
    ("current_client_version", msgid("Version the current client gets")),
    ("current_client_group", msgid("Group the current client gets")),
    ("current_client_cipher_suite", msgid("Cipher suite the current client gets")),
    ("protocol_versions", msgid("Protocol versions")),
    ("named_groups", msgid("Key-agreement groups")),
    ("certificate_subject", msgid("Certificate: subject")),
    ("certificate_issuer", msgid("Certificate: issuer")),
    ("certificate_key", msgid("Certificate: key")),
    ("certificate_key_bits", msgid("Certificate: key length, bits")),
    ("certificate_signature", msgid("Certificate: signature")),
    ("certificate_not_after", msgid("Certificate: valid until")),
    ("certificate_sha256", msgid("Certificate: SHA-256")),
    ("first_seen", msgid("First seen")),
    ("last_seen", msgid("Last seen")),
    ("run", msgid("Run")),
    ("profile", msgid("Profile")),
    ("figure", msgid("Quality of the data")),
    ("count", msgid("Number")),
    ("of", msgid("Of")),
    ("share_percent", msgid("Share, percent")),
)


@lru_cache(maxsize=8192)  # States, names and algorithms come again and again.
def cell(text: str) -> str:
    """`text` as it may stand in a cell: control characters escaped, never a formula."""
    harmless = _BEHIND_A_SEPARATOR.sub(r"\1'", visible(text))
    return f"'{harmless}" if text.startswith(_FORMULA_STARTS) or harmless.lstrip().startswith(_FORMULA_STARTS) else harmless


class CsvReport:
    """`pqscan report csv [--excel]`."""

    name = "csv"

    def write(self, inventory: AssessedInventory, options: ReportOptions, out: BinaryIO) -> None:
        say = translator(options.language)
        if options.excel:
            out.write(codecs.BOM_UTF8)
        line = io.StringIO(newline="")
        writer = csv.writer(line, delimiter=";" if options.excel else ",", lineterminator="\r\n" if options.excel else "\n")
        for row in self._rows(inventory, say, excel=options.excel):
            writer.writerow([cell(value) for value in row])
            out.write(line.getvalue().encode("utf-8"))
            line.seek(0)
            line.truncate()

    def _rows(self, inventory: AssessedInventory, say: Translator, *, excel: bool) -> Iterator[list[str]]:
        yield [say.gettext(heading) if excel else name for name, heading in COLUMNS]
        answers: dict[bytes, dict[str, str]] = {}
        for assessed in inventory.targets():
            row = _row(assessed, inventory, say, answers)
            if excel:
                row["status"] = say.label("outcome_status", row["status"])
                for column in ("key_establishment", "authentication"):
                    row[column] = say.state(column, row[column])
            yield [row[name] for name, _heading in COLUMNS]
        if inventory.readiness is not None:
            for row in _quality(inventory.readiness, say, excel=excel):
                yield [row.get(name, "") for name, _heading in COLUMNS]


def _quality(view: ReadinessView, say: Translator, *, excel: bool) -> Iterator[dict[str, str]]:
    """Four shares of the inventory's rows, four of the register's; empty where nothing is to count. Hundredths are cut off."""
    for figure, of, title, part, whole in quality_rows(view.figures, say):
        row = {"kind": "quality", "figure": f"{of} · {title}" if excel else figure}
        if part is not None and whole:
            hundredths = part * 10_000 // whole
            row |= {"count": str(part), "of": str(whole), "share_percent": f"{hundredths // 100}.{hundredths % 100:02d}"}
        yield row


def _answer_columns(profile: Profile) -> dict[str, str]:
    """The columns that come from the answers alone: the same for all targets of one profile."""
    subjects = (Subject.SELECTED_CIPHER_SUITE, Subject.SELECTED_ENCRYPTION, Subject.IKE_ENCRYPTION)
    suite = next((found for subject in subjects if (found := selected(profile, subject))), None)
    return {
        "current_client_version": selected(profile, Subject.SELECTED_VERSION) or "",
        "current_client_group": chosen_method(profile) or "",
        "current_client_cipher_suite": suite or "",
        "protocol_versions": " ".join(shown(profile, Subject.PROTOCOL_VERSION)),
        "named_groups": " ".join(name for subject in _GROUPS for name in shown(profile, subject)),
    }


def _row(
    assessed: AssessedTarget, inventory: AssessedInventory, say: Translator, answers: dict[bytes, dict[str, str]]
) -> dict[str, str]:
    sighting = assessed.sighting
    target = sighting.target
    profile = None if sighting.profile is None else inventory.profiles.get(sighting.profile)
    leaf = leaf_digest(sighting)
    certificate = None if leaf is None else inventory.certificates.get(leaf)
    row = dict.fromkeys((name for name, _heading in COLUMNS), "")
    if isinstance(target, NetworkTarget):
        row |= {"kind": "network", "site": target.site, "host": target.host or "", "address": target.address}
        row |= {"port": str(target.port), "transport": target.transport.value}
        row |= {"server_name": target.server_name or "", "starttls": target.starttls or ""}
    else:
        row |= {"kind": "file", "address": target.machine, "path": "!".join((target.path, *target.members))}
    row |= {
        "probe": sighting.probe,
        "status": sighting.status.value,
        "detail": "" if sighting.detail is None else say.render(sighting.detail),
        "complete": "" if profile is None else "yes" if profile.complete else "no",
        "key_establishment": assessed.key_establishment.state.value,
        "key_establishment_reason": " ".join(say.render(reason) for reason in assessed.key_establishment.reasons[:1]),
        "authentication": assessed.authentication.state.value,
        "authentication_reason": " ".join(say.render(reason) for reason in assessed.authentication.reasons[:1]),
        "first_seen": utc_text(sighting.first_seen) or "",
        "last_seen": utc_text(sighting.last_seen) or "",
        "run": sighting.run,
        "profile": "" if sighting.profile is None else sighting.profile.hex(),
    }
    if profile is not None:
        known = answers.get(profile.digest)
        row |= answers.setdefault(profile.digest, _answer_columns(profile)) if known is None else known
    if leaf is not None and certificate is not None:
        bits = certificate.public_key.size_bits
        row |= {
            "certificate_subject": certificate.subject,
            "certificate_issuer": certificate.issuer,
            "certificate_key": say.algorithm(key_text(certificate)),
            "certificate_key_bits": "" if bits is None else str(bits),
            "certificate_signature": say.algorithm(certificate.signature.algorithm),
            "certificate_not_after": utc_text(certificate.not_after) or "",
            "certificate_sha256": leaf.hex(),
        }
    return row
