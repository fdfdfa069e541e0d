"""liboqs as a file: `LIBRARY` is where it lies. Importing this loads nothing; `pqscan.harness.liboqs` does, when asked.

The folder is laid out as OQS_INSTALL_PATH of liboqs-python wants it: `lib/liboqs.so` below it.
"""

from pathlib import Path

FOLDER = Path(__file__).parent
LIBRARY = FOLDER / "lib" / "liboqs.so"
