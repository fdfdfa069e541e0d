"""The HTML report in headless Chromium: it opens without a console message, and a picture of it is no blank page."""

from __future__ import annotations

import importlib.util
import shutil
import struct
import subprocess
import zlib
from pathlib import Path

import pytest
from pqscan_reports.html import HtmlReport

from pqscan.report import ReportOptions

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (apt-get install chromium)"),
]


@pytest.fixture(scope="module", params=["vi", "en"])
def page(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    spec = importlib.util.spec_from_file_location("golden_sample", Path(__file__).parents[1] / "golden" / "sample.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    path: Path = tmp_path_factory.mktemp("page") / f"report.{request.param}.html"
    with path.open("wb") as out:
        HtmlReport().write(module.sample(), ReportOptions(language=request.param), out)
    return path


def chromium(page: Path, folder: Path, *options: str) -> str:
    """Runs Chromium once on a file, cut off from the network; gives what it wrote about the page's console."""
    assert CHROMIUM is not None
    quiet = ["--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
    closed = ["--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={folder / 'profile'}"]
    command = [
        CHROMIUM,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--enable-logging=stderr",
        "--v=0",
        *quiet,
        *closed,
        *options,
    ]
    done = subprocess.run([*command, page.as_uri()], capture_output=True, timeout=120, check=True)
    return "\n".join(line for line in done.stderr.decode("utf-8", "replace").splitlines() if "CONSOLE" in line)


def rows_of(png: bytes) -> tuple[int, int, set[bytes]]:
    """Width, height and the distinct rows of pixels of a PNG (as filtered, which is enough to tell a blank page)."""
    width, height, depth, colour = struct.unpack(">IIBB", png[16:26])
    position, packed = 8, b""
    while position < len(png):
        (length,) = struct.unpack(">I", png[position : position + 4])
        if png[position + 4 : position + 8] == b"IDAT":
            packed += png[position + 8 : position + 8 + length]
        position += 12 + length
    raw = zlib.decompress(packed)
    stride = 1 + width * depth // 8 * {2: 3, 6: 4}[colour]
    return width, height, {raw[start : start + stride] for start in range(0, len(raw), stride)}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_drawn_without_a_console_message(page: Path, tmp_path: Path, scheme: str) -> None:
    picture = tmp_path / "page.png"
    dark = ["--blink-settings=preferredColorScheme=0"] if scheme == "dark" else []
    said = chromium(page, tmp_path, "--window-size=1200,2400", f"--screenshot={picture}", *dark)
    assert said == ""
    width, height, rows = rows_of(picture.read_bytes())
    assert (width, height) == (1200, 2400)
    assert len(rows) > 600


def test_the_page_prints(page: Path, tmp_path: Path) -> None:
    paper = tmp_path / "page.pdf"
    assert chromium(page, tmp_path, "--no-pdf-header-footer", f"--print-to-pdf={paper}") == ""
    content = paper.read_bytes()
    assert content.startswith(b"%PDF-")
    assert 3 <= content.count(b"/Type /Page\n") <= 20 or len(content) > 60_000
