"""`python -m tests.corpus FOLDER` writes the files of the corpus and `truth.json` beside them."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

from tests.corpus.samples import every_sample, write


def main() -> None:
    folder = Path(sys.argv[1])
    samples = every_sample()
    write(samples, folder / "files")
    truth = {
        sample.path: {"assets": [asdict(asset) for asset in sample.assets], "is_locked": sample.is_locked} for sample in samples
    }
    (folder / "truth.json").write_text(json.dumps(truth, indent=1), encoding="utf-8")
    print(f"{len(samples)} files in {folder / 'files'}")


if __name__ == "__main__":
    main()
