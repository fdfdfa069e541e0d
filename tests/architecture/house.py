"""Where things stand in the house: the checkout's files, with or without git metadata."""

from __future__ import annotations

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
_NOT_OURS = {".git", ".venv", ".venv-lock", ".liboqs", "__pycache__", "dist", "build", ".peers", ".work"}
_NOT_OURS_SUFFIXES = {".pyc", ".sqlite"}


@cache
def project_files() -> tuple[Path, ...]:
    """Every file of the project, relative to ROOT: what git tracks, or without git what is neither made nor fetched."""
    if (ROOT / ".git").exists():
        try:
            listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        except (OSError, subprocess.CalledProcessError):
            listed = ""  # no git here, or the checkout belongs to somebody else
        if listed:
            return tuple(Path(name) for name in listed.split("\0") if name and (ROOT / name).is_file())
    return tuple(sorted(path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file() and _is_ours(path.relative_to(ROOT))))


def _is_ours(path: Path) -> bool:
    made = any(part in _NOT_OURS or part.endswith(("_cache", ".egg-info")) or part == ".hypothesis" for part in path.parts)
    return not made and path.suffix not in _NOT_OURS_SUFFIXES


@cache
def text_of(path: Path) -> str | None:
    """The text of a file of the project; None where it is binary."""
    content = (ROOT / path).read_bytes()
    if b"\0" in content[:8192]:
        return None
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return None


def python_files(*folders: str) -> list[Path]:
    """The Python files below the folders, or all of them."""
    return [path for path in project_files() if path.suffix == ".py" and (not folders or str(path).startswith(folders))]


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_bytes())
