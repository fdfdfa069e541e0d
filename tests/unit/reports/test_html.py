"""The HTML page: complete in itself, hostile text inert, unknown shown, no claim, folded rows counted, both languages."""

from __future__ import annotations

import html.parser
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from types import ModuleType

import pytest
from pqscan_reports import html as html_report
from pqscan_reports.html import view
from pqscan_reports.naming import gathered
from pqscan_reports.tally import FindingIndex, certificates_of, tally

from pqscan.locale import translator
from pqscan.model.reason import Reason
from pqscan.policy.rule import PolicyStatus
from pqscan.policy.state import Assessment, State
from pqscan.report import AssessedInventory, AssessedTarget, ClientView, ReportOptions

VOID = {"meta", "link", "br", "rect", "img", "hr"}


def written(inventory: AssessedInventory, language: str = "vi") -> str:
    out = io.BytesIO()
    html_report.HtmlReport().write(inventory, ReportOptions(language=language), out)
    return out.getvalue().decode("utf-8")


class Page(html.parser.HTMLParser):
    """Counts what a browser would see: tags, attributes, unbalanced ends."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.unbalanced: list[str] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module", params=["vi", "en"])
def page(request: pytest.FixtureRequest, inventory: AssessedInventory) -> Page:
    return Page(written(inventory, request.param))


def test_every_element_is_closed_where_it_was_opened(page: Page) -> None:
    assert page.unbalanced == []
    assert page.open == []


def test_nothing_loads_and_nothing_runs(page: Page) -> None:
    names = {tag for tag, _attributes in page.tags}
    assert not names & {"script", "iframe", "object", "embed", "form", "img", "base"}
    for _tag, attributes in page.tags:
        assert not any(name.startswith("on") for name in attributes)
        for name in ("src", "href"):
            assert (attributes.get(name) or "#").startswith(("#", "data:,"))
    policies = [a.get("content") for t, a in page.tags if t == "meta" and a.get("http-equiv") == "Content-Security-Policy"]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]


def test_the_style_loads_nothing(inventory: AssessedInventory) -> None:
    style = written(inventory).partition("<style>")[2].partition("</style>")[0]
    assert "@import" not in style
    assert set(re.findall(r"url\(([^)]*)\)", style)) <= {"#hatch"}


def test_hostile_text_is_shown_and_does_nothing(inventory: AssessedInventory, sample_module: ModuleType) -> None:
    raw = written(inventory)
    assert sample_module.HOSTILE not in raw
    assert "<script" not in raw
    assert "\x1b" not in raw
    assert "\u202e" not in raw
    assert "{{7*7}}" in raw
    assert "&lt;script&gt;" in raw


def test_every_vietnamese_letter_arrives(inventory: AssessedInventory, sample_module: ModuleType) -> None:
    assert sample_module.ALL_LETTERS in Page(written(inventory)).text


def test_every_table_has_a_caption_and_scoped_headings(page: Page) -> None:
    names = [tag for tag, _attributes in page.tags]
    assert names.count("table") == names.count("caption") > 5
    assert all(attributes.get("scope") in ("col", "row") for tag, attributes in page.tags if tag == "th")


def test_every_chart_has_a_name_or_is_hidden(page: Page) -> None:
    charts = [attributes for tag, attributes in page.tags if tag == "svg"]
    assert charts
    assert all(a.get("aria-label") or a.get("aria-hidden") == "true" for a in charts)


def test_a_policy_that_awaits_guidance_is_said_on_top_and_no_compliance_is_claimed(inventory: AssessedInventory) -> None:
    text = Page(written(inventory, "vi")).text
    assert "Chờ hướng dẫn" in text
    assert "không kết luận về việc tuân thủ" in text
    settled = replace(inventory, policies=tuple(p for p in inventory.policies if p.status is not PolicyStatus.AWAITING_GUIDANCE))
    assert 'class="banner"' not in written(settled)


def test_coverage_says_over_how_many_scans_it_adds_up(inventory: AssessedInventory) -> None:
    three = replace(inventory, coverage=replace(inventory.coverage, runs=3))
    assert "scans are added up" not in written(inventory, "en")
    assert "3 scans are added up here" in written(three, "en")


def test_unknown_has_its_own_figure_and_is_in_no_other(inventory: AssessedInventory) -> None:
    raw = written(inventory, "en")
    figures = dict(re.findall(r'figure-(\w+)"><span class="count">(\d+)</span>', raw))
    assert figures == {"good": "4", "capable": "1", "bad": "4", "unknown": "2"}


def test_the_certificates_that_outlive_a_date_name_the_date_and_who_can_change_them(inventory: AssessedInventory) -> None:
    part = written(inventory, "vi").partition('id="certificates"')[2].partition("</section>")[0]
    assert "14/08/2048" in part
    assert "31/12/2035" in part
    assert "không được phép từ sau mốc này" in part
    assert "phụ thuộc cấp trên" in part
    assert "dichvucong.example" not in part  # It ends before the date.


def test_configuration_lines_stand_verbatim_beside_what_they_change(inventory: AssessedInventory) -> None:
    assert "ssl_ecdh_curve X25519MLKEM768:X25519:prime256v1:secp384r1;" in Page(written(inventory)).text


def test_each_products_lines_stand_once_with_the_targets_that_they_change(inventory: AssessedInventory) -> None:
    part = written(inventory, "en").partition('id="advice"')[2].partition("</section>")[0]
    assert part.count("<pre>") == 3
    assert re.findall(r'<b>([^<]+)</b>.*?<span class="tag">(\d+ targets)</span>', part, re.DOTALL) == [
        ("Apache httpd", "4 targets"),
        ("Java", "3 targets"),
        ("nginx", "6 targets"),
    ]


def test_code_in_sentences_is_set_as_code_and_nothing_else_is() -> None:
    assert view.with_code("`a<b` <i>") == "<code>a&lt;b</code> &lt;i&gt;"


def test_what_is_folded_is_counted(
    inventory: AssessedInventory, sample_module: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = list(inventory.targets()) * 30

    def walk() -> Iterator[AssessedTarget]:
        return iter(many)

    monkeypatch.setattr(html_report, "MOST_GROUPS", 2)
    text = Page(written(replace(inventory, targets=walk), "en")).text
    assert "260 further targets are folded" in text
    assert "Folded here: 6 further groups with 210 targets" in text


def test_the_same_inventory_gives_the_same_page(inventory: AssessedInventory) -> None:
    later = replace(inventory, generated_at=inventory.generated_at.replace(year=2031))
    assert written(later) == written(inventory)


def test_an_inventory_with_nothing_in_it_still_says_what_was_asked(inventory: AssessedInventory) -> None:
    empty = replace(
        inventory,
        targets=lambda: iter(()),
        profiles={},
        certificates={},
        findings=(),
        client_views={},
        advice={},
        contradictions=(),
    )
    page = Page(written(empty, "en"))
    assert page.unbalanced == []
    assert "Nothing was found" in page.text
    assert "268 addresses or files were attempted" in page.text


def test_a_target_whose_profile_or_certificate_is_missing_is_still_shown(inventory: AssessedInventory) -> None:
    bare = replace(inventory, profiles={}, certificates={})
    assert "thu.example:443" in Page(written(bare, "en")).text


def test_a_key_of_a_kind_counts_each_target_once_however_many_of_its_certificates_have_one(inventory: AssessedInventory) -> None:
    counted = tally(inventory, FindingIndex(inventory.findings), 0)
    rows = view.key_rows(inventory, counted, translator("en"))
    kinds = {(row.name, row.size): row.targets for row in rows}
    served = [certificates_of(assessed) for assessed in inventory.targets()]
    for (name, size), targets in kinds.items():
        assert targets == sum(any(_kind(inventory, digest) == (name, size) for digest in digests) for digests in served)
    assert max(kinds.values()) <= counted.targets
    assert any(row.targets < sum(counted.certificate_targets[d] for d in _digests(inventory, row)) for row in rows)


def _kind(inventory: AssessedInventory, digest: bytes) -> tuple[str, str]:
    key = inventory.certificates[digest].public_key
    size = key.parameter or ("" if key.size_bits is None else str(key.size_bits))
    return key.algorithm, "" if size == key.algorithm else size


def _digests(inventory: AssessedInventory, row: view.AlgorithmRow) -> list[bytes]:
    return [digest for digest in inventory.certificates if _kind(inventory, digest) == (row.name, row.size)]


def test_why_a_client_cannot_connect_stands_beside_the_target(inventory: AssessedInventory) -> None:
    row = ClientView("openssl-3.0", "fails", "TLS1.2", reason=Reason.of("client_finite_field_small", bits=1024, least=2048))
    failing = replace(inventory, client_views=dict.fromkeys(inventory.profiles, (row,)))
    assert "have 1024 bits; the client goes on with no fewer than 2048" in Page(written(failing, "en")).text
    assert "dài 1024 bit; máy khách chỉ tiếp tục khi có ít nhất 2048 bit" in Page(written(failing, "vi")).text


def test_what_a_rule_says_alike_of_many_things_is_one_row_with_their_names(inventory: AssessedInventory) -> None:
    first = inventory.findings[0]
    same = [
        replace(first, value=name, reason=Reason.of("deprecated_now", algorithm=name)) for name in ("RSA-2048", "P-224", "RSA-2048")
    ]
    other = replace(first, reason=Reason.of("deprecated_ahead", algorithm="RSA-2048", date="2030"))
    rows = gathered([*same, other])
    assert [dict(row.reason.parameters)["algorithm"] for row in rows] == ["RSA-2048, P-224", "RSA-2048"]
    assert [row.finding for row in rows] == [same[0], other]


def test_the_head_names_the_current_client_with_version_and_day_and_the_authorisation(inventory: AssessedInventory) -> None:
    runs = tuple(replace(run, client="openssl-3.5", authorisation_number="123/QĐ") for run in inventory.runs)
    head = Page(written(replace(inventory, runs=runs), "vi")).text.partition("Hiện trạng")[0]
    assert "OpenSSL 3.5.9, 29/09/2026" in head
    assert "123/QĐ" in head


def test_who_must_act_comes_before_the_targets_and_what_nobody_here_can_change_stands_apart(inventory: AssessedInventory) -> None:
    page = written(inventory, "en")
    assert page.index('id="actors"') < page.index('id="worst"')
    own, _, upstream = page.partition('id="certificates"')[2].partition("</section>")[0].partition("<details>")
    assert "rows of certification authorities above the unit" in upstream or "row of certification" in upstream
    assert "depends on upstream" not in own


def test_shares_say_of_how_many_they_are(inventory: AssessedInventory) -> None:
    assert "Shares are of the 11 targets that establish keys.</p>" in written(inventory, "en")


def test_shares_say_how_many_targets_outside_of_the_assessment_are_in_none_of_them(inventory: AssessedInventory) -> None:
    rows = list(inventory.targets())
    outside = [replace(row, key_establishment=Assessment(State.OUTSIDE, ())) for row in rows[:2]]
    page = written(replace(inventory, targets=lambda: iter([*outside, *rows[2:]])), "en")
    assert "2 targets outside of the assessment are in none of them." in page
