"""Archives made in memory, for samples that lie in them."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Mapping
from typing import Literal

Mode = Literal["w", "w:gz", "w:bz2", "w:xz"]


def zipped(members: Mapping[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


def tarred(members: Mapping[str, bytes], mode: Mode = "w") -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode=mode) as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return target.getvalue()


def image(*layers: Mapping[str, bytes]) -> bytes:
    """What `docker save` writes: a tar of layers, which are tars."""
    members = {f"{number}/layer.tar": tarred(layer) for number, layer in enumerate(layers)}
    names = ", ".join(f'"{name}"' for name in members)
    members["manifest.json"] = f'[{{"Config": "config.json", "RepoTags": ["web:1"], "Layers": [{names}]}}]'.encode()
    members["config.json"] = b'{"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": []}}'
    return tarred(members)
