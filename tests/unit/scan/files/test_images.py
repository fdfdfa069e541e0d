"""Images of containers: layers by number, and files that a later layer deletes."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pqscan.scan.files.examine import Examined
from tests.unit.scan.files.test_examine import PEM, examine, members, not_read, tarred

KEY = "etc/ssl/key.pem"


def docker(*layers: dict[str, bytes], first: bool = False) -> bytes:
    """As `docker save` wrote it up to version 24. `first`: the list of layers stands in front of them."""
    names = [f"{number:064x}/layer.tar" for number in range(len(layers))]
    listed = {"manifest.json": json.dumps([{"Config": "c.json", "RepoTags": ["a:1"], "Layers": names}]).encode()}
    packed = {name: tarred(layer) for name, layer in zip(names, layers, strict=True)}
    return tarred({**listed, **packed} if first else {**packed, **listed})


def oci(*layers: dict[str, bytes]) -> bytes:
    """An OCI layout in a tar, layers packed by gzip, everything by its digest."""
    blobs: dict[str, bytes] = {}

    def blob(data: bytes) -> str:
        digest = hashlib.sha256(data).hexdigest()
        blobs[f"blobs/sha256/{digest}"] = data
        return f"sha256:{digest}"

    digests = [blob(gzip.compress(tarred(layer), mtime=0)) for layer in layers]
    config = blob(json.dumps({"rootfs": {"diff_ids": []}}).encode())
    manifest = {"schemaVersion": 2, "config": {"digest": config}, "layers": [{"digest": one} for one in digests]}
    index = {"manifests": [{"digest": blob(json.dumps(manifest).encode())}]}
    return tarred({"oci-layout": b"{}", "index.json": json.dumps(index).encode(), **blobs})


def told(examined: Examined) -> list[tuple[tuple[str, ...], str | None]]:
    """Where something was found, and which layer deletes it, in the parameters and in the reason."""
    rows = []
    for outcome in examined.outcomes:
        assert outcome.profile is not None
        deleting = {dict(one.parameters).get("deleted_in") for one in outcome.profile.observations}
        reason = None if outcome.detail is None else dict(outcome.detail.parameters)["layer"]
        assert deleting == {reason}
        rows.append((members(outcome), reason))
    return rows


@pytest.mark.parametrize("image", [docker, oci], ids=["docker", "oci"])
def test_a_file_is_named_by_its_layer_and_told_where_a_later_one_deletes_it(tmp_path: Path, image: Callable[..., bytes]) -> None:
    layers = ({KEY: PEM, "etc/kept.pem": PEM}, {"other": b"x"}, {"etc/ssl/.wh.key.pem": b""})
    examined = examine(tmp_path / "i.tar", image(*layers))
    assert told(examined) == [(("layer1", KEY), "layer3"), (("layer1", "etc/kept.pem"), None)]


@pytest.mark.parametrize(
    ("layer", "is_deleted"),
    [
        ({"etc/.wh.ssl": b""}, True),
        ({".wh.etc": b""}, True),
        ({"etc/ssl/.wh..wh..opq": b""}, True),
        ({".wh..wh..opq": b""}, True),
        ({"./etc/ssl/.wh.key.pem": b""}, True),
        ({"etc/.wh.ss": b""}, False),
        ({".wh.key.pem": b""}, False),
        ({"etc/ssl/other/.wh..wh..opq": b""}, False),
    ],
    ids=["folder", "folder above", "emptied", "all emptied", "with a dot", "another folder", "another place", "emptied below"],
)
def test_a_folder_that_is_deleted_takes_what_is_in_it(tmp_path: Path, layer: dict[str, bytes], is_deleted: bool) -> None:
    examined = examine(tmp_path / "i.tar", docker({KEY: PEM}, layer))
    assert told(examined) == [(("layer1", KEY), "layer2" if is_deleted else None)]


def test_what_a_layer_brings_itself_or_anew_is_not_deleted_by_it(tmp_path: Path) -> None:
    examined = examine(
        tmp_path / "i.tar",
        docker({"etc/ssl/.wh.key.pem": b"", KEY: PEM}, {"a": b""}),
    )
    assert told(examined) == [(("layer1", KEY), None)]


def test_the_list_of_layers_may_stand_in_front_of_them(tmp_path: Path) -> None:
    examined = examine(tmp_path / "i.tar", docker({KEY: PEM}, {f".wh.{KEY.split('/', maxsplit=1)[0]}": b""}, first=True))
    assert told(examined) == [(("layer1", KEY), "layer2")]


def test_an_image_in_an_archive_is_one_too(tmp_path: Path) -> None:
    examined = examine(tmp_path / "i.tar.gz", gzip.compress(docker({KEY: PEM}, {"etc/.wh.ssl": b""})))
    assert told(examined) == [(("i.tar", "layer1", KEY), "layer2")]


def test_of_two_images_with_one_layer_both_must_delete_it(tmp_path: Path) -> None:
    base, deleting, other = (tarred(one) for one in ({KEY: PEM}, {".wh.etc": b""}, {"a": b""}))
    images = [{"Layers": ["1/layer.tar", "2/layer.tar"]}, {"Layers": ["1/layer.tar", "3/layer.tar"]}]
    content = {"1/layer.tar": base, "2/layer.tar": deleting, "3/layer.tar": other, "manifest.json": json.dumps(images).encode()}
    assert told(examine(tmp_path / "i.tar", tarred(content))) == [(("layer1", KEY), None)]


def test_names_may_begin_with_a_dot(tmp_path: Path) -> None:
    layers = {"./1/layer.tar": tarred({f"./{KEY}": PEM}), "./2/layer.tar": tarred({"./etc/.wh.ssl": b""})}
    manifest = json.dumps([{"Layers": ["1/layer.tar", "2/layer.tar"]}]).encode()
    examined = examine(tmp_path / "i.tar", tarred({**layers, "./manifest.json": manifest}))
    assert told(examined) == [(("layer1", f"./{KEY}"), "layer2")]


def test_what_could_not_be_read_is_named_by_its_layer(tmp_path: Path) -> None:
    broken = tarred({"a.zip": b"PK\x03\x04 and no more"})
    content = {"1/layer.tar": broken, "manifest.json": json.dumps([{"Layers": ["1/layer.tar"]}]).encode()}
    assert [where for where, _, _ in not_read(examine(tmp_path / "i.tar", tarred(content)))] == [("layer1", "a.zip")]


def test_an_archive_that_only_looks_like_an_image_keeps_its_names(tmp_path: Path) -> None:
    for manifest in (b'{"layers": 5}', b'[{"Layers": [1]}]', b'{"layers": [{"digest": 1}]}', b"[" * 60_000 + b"ayers", b'{"Layers'):
        examined = examine(tmp_path / "i.tar", tarred({"1/layer.tar": tarred({KEY: PEM}), "manifest.json": manifest}))
        assert told(examined) == [(("1/layer.tar", KEY), None)]
