"""Whatever text peers and files carry, in every place where it can stand: each report stays well-formed and inert."""

from __future__ import annotations

import html.parser
import io
import json
from collections import Counter
from dataclasses import replace
from types import ModuleType

from hypothesis import example, given, settings
from hypothesis import strategies as st
from pqscan_reports import NAMES, renderer

from pqscan.model.canonical import canonical
from pqscan.model.inventory import Coverage, NotRead
from pqscan.model.observation import Observation, Subject, Support
from pqscan.model.outcome import OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget, NetworkTarget
from pqscan.report import AssessedInventory, AssessedTarget, ReportOptions
from tests.golden import pieces

ANY_TEXT = st.text(alphabet=st.characters(codec=None, exclude_categories=()), max_size=40)
MARKUP = st.text(alphabet="<>&\"'`={}%#;/!-\\\x00\x1b\n\r\u202e\udc80ab", max_size=40)


def with_text(inventory: AssessedInventory, text: str) -> AssessedInventory:
    """One network and one file target whose every string from outside is `text`."""
    certificate = replace(pieces.PORTAL, subject=text, issuer=text, names=(text,), malformed=(text,), serial="00")
    alpn = Observation(Subject.ALPN_PROTOCOL, text, Support.ACCEPTED, parameters=(("reason", text),))
    profile = canonical(replace(pieces.DEFAULT, observations=(*pieces.DEFAULT.observations, alpn)))
    reason = Reason.of("peer_rejected", detail=text)
    chained = pieces.sighting(NetworkTarget("192.0.2.1", 443, text, text), profile, (certificate,), OutcomeStatus.REJECTED, reason)
    members = pieces.sighting(FileTarget(text, text, (text,)), None, (certificate,))
    default, vulnerable = pieces.State.DEFAULT, pieces.State.VULNERABLE
    rows: list[AssessedTarget] = [pieces.judged(chained, default, vulnerable), pieces.judged(members, vulnerable, vulnerable)]
    return replace(
        inventory,
        targets=lambda: iter(rows),
        profiles={profile.digest: profile},
        certificates={certificate.sha256: certificate},
        coverage=Coverage(2, {OutcomeStatus.REJECTED: 1}, (NotRead(text, reason),)),
        policies=tuple(replace(policy, id=f"p{text}", title=text, edition=text) for policy in inventory.policies),
        findings=tuple(replace(finding, policy=f"p{text}") for finding in inventory.findings),
        runs=tuple(replace(run, scope=text, client=text, authorisation_number=text) for run in inventory.runs),
    )


def shape(page: str) -> Counter[str]:
    """Which elements and attributes a browser would make of a page."""
    seen: Counter[str] = Counter()

    class Reader(html.parser.HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            seen.update([tag, *(f"{tag} {name}" for name, _value in attrs)])

    Reader().feed(page)
    return seen


def written(inventory: AssessedInventory) -> dict[str, bytes]:
    pages: dict[str, bytes] = {}
    for report in map(renderer, [name for name in NAMES if name not in ("xlsx", "docx-section")]):  # Those are archives.
        out = io.BytesIO()
        report.write(inventory, ReportOptions(language="en"), out)
        pages[report.name] = out.getvalue()
    return pages


@given(ANY_TEXT | MARKUP)
@example("<script>alert(1)</script>")
@example("</title></style></pre><img src=x onerror=alert(1)>")
@example("{{ 7 * 7 }}{% raw %}")
@example("\udcff\x1b]0;x\x07")
@settings(max_examples=20, deadline=None)
def test_text_from_outside_changes_no_report_but_by_being_read(
    sample_module: ModuleType, inventory: AssessedInventory, text: str
) -> None:
    pages = {name: page.decode("utf-8") for name, page in written(with_text(inventory, text)).items()}
    for name, page in pages.items():
        assert not any((ord(c) < 0x20 and c != "\n") or 0x7F <= ord(c) < 0xA0 or c == "\u202e" for c in page), name
    document = json.loads(pages["json"])
    assert document["targets"][0]["target"]["server_name"] == text
    assert pages["csv"].count("\n") == 3
    plain = written(with_text(inventory, "x" if text else ""))["html"].decode("utf-8")
    assert shape(pages["html"]) == shape(plain)
