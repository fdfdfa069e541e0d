"""Where the bench keeps things: its own folder, and a git-ignored one for what it builds and writes while it runs."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parent
PQSCAN = ROOT / ".venv" / "bin" / "pqscan"
PYTHON = ROOT / ".venv" / "bin" / "python"


def work_folder() -> Path:
    """Made when first asked for."""
    folder = FOLDER / ".work"
    folder.mkdir(exist_ok=True)
    return folder
