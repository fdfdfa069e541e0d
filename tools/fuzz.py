"""Runs every fuzz target of tests/fuzz for a bounded time and tells how much of the program each one reached.

A target is a file `fuzz_*.py` that takes libFuzzer's options (atheris); its function `seeds()`, where it has one, gives the
inputs to begin with, without which few get past the first bytes. Where atheris has no wheel nothing runs, and that is said.
An input that breaks a codec is printed in hex; the exit code is 1 then.
"""

from __future__ import annotations

import argparse
import importlib.util
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

TARGETS = Path(__file__).resolve().parent.parent / "tests" / "fuzz"
_REACHED = re.compile(r"^#(\d+)\s.*?\bcov: (\d+)", re.MULTILINE)
_INPUT_SECONDS = 10  # one input may not take longer
_MEMORY_MEGABYTES = 2048


def seeds(target: Path) -> Iterable[bytes]:
    """What the target's own `seeds()` gives; nothing where it has none."""
    spec = importlib.util.spec_from_file_location(target.stem, target)
    if spec is None or spec.loader is None:
        return ()
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    make: Callable[[], Iterable[bytes]] | None = getattr(module, "seeds", None)
    return make() if make else ()


def run(target: Path, seconds: int) -> bool:
    """True where nothing broke."""
    with tempfile.TemporaryDirectory(prefix="pqscan-fuzz-") as folder:
        corpus, broken = Path(folder, "corpus"), Path(folder, "broken")
        corpus.mkdir()
        broken.mkdir()
        for number, seed in enumerate(seeds(target)):
            (corpus / f"seed-{number}").write_bytes(seed)
        limits = [f"-max_total_time={seconds}", f"-timeout={_INPUT_SECONDS}", f"-rss_limit_mb={_MEMORY_MEGABYTES}"]
        command = [sys.executable, str(target), *limits, f"-artifact_prefix={broken}/", "-print_final_stats=1", str(corpus)]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", check=False)
        last = _REACHED.findall(done.stderr)[-1:]
        told = f"{last[0][0]} inputs, {last[0][1]} places of the program reached" if last else "no figures"
        print(f"{target.stem}: {told}", flush=True)
        if done.returncode == 0 and last:
            return True
        print(done.stdout[-4000:] + done.stderr[-8000:])
        for found in sorted(broken.iterdir()):
            print(f"{target.stem}: {found.name}: {found.read_bytes()[:4096].hex()}")
        return False


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=20, help="for each target")
    parser.add_argument("targets", nargs="*", help="names of targets, such as fuzz_pki; all by default")
    options = parser.parse_args()
    if importlib.util.find_spec("atheris") is None:
        print("fuzz: atheris has no wheel for this machine and Python, so nothing ran; tests/properties attack the same codecs.")
        return 0
    targets = [path for path in sorted(TARGETS.glob("fuzz_*.py")) if not options.targets or path.stem in options.targets]
    whole = [run(path, options.seconds) for path in targets]  # every target runs, also after one that broke
    return 0 if all(whole) else 1


if __name__ == "__main__":
    sys.exit(main())
