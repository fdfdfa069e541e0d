"""Files read for the gate alone: into a store of their own, which goes when it has been judged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from pqscan.app.files import FileScan, run_file_scan
from pqscan.app.place import open_store
from pqscan.errors import WorkError

if TYPE_CHECKING:
    from pqscan.store.repository import Store


@contextmanager
def store_of_files(paths: tuple[str, ...]) -> Iterator[Store]:
    """Everything below the paths. Raises WorkError where no store can be made in the folder for temporary files."""
    try:
        folder = TemporaryDirectory(prefix="pqscan-")
    except OSError as error:
        raise WorkError(
            f"nothing can be written where temporary files lie ({error.strerror}): name another place in TMPDIR"
        ) from None
    with folder, open_store(str(Path(folder.name) / "files.sqlite"), create=True) as store:
        run_file_scan(FileScan(tuple(map(Path, paths))), store)
        yield store
