"""Files by which a package tells what it is itself: in a jar, and beside installed packages of Python and npm."""

from __future__ import annotations

import pytest

from tests.unit.probes.test_manifest_file import in_short, observed

PACKAGES: list[tuple[str, str, list[str]]] = [
    (
        "pom.properties",
        "#Created by Apache Maven\nversion=1.84\ngroupId=org.bouncycastle\nartifactId=bcprov-jdk18on\n",
        ["maven:org.bouncycastle:bcprov-jdk18on 1.84"],
    ),
    (
        "MANIFEST.MF of OSGi",
        "Manifest-Version: 1.0\r\nBundle-SymbolicName: bcprov;singleton:=true\r\nTool: Bnd\r\nBundle-Version: 1.70.0\r\n\r\n"
        "Name: a/B.class\r\nBundle-Version: 9\r\n",
        ["maven:org.bouncycastle:bcprov-jdk18on 1.70.0"],
    ),
    (
        "MANIFEST.MF of a module",
        "Manifest-Version: 1.0\nAutomatic-Module-Name: com.google.crypto.tink\n\n",
        ["maven:com.google.crypto.tink:tink"],
    ),
    (
        "package.json of a package",
        '{\n  "name": "node-forge",\n  "version": "1.4.3",\n  "main": "lib/index.js"\n}\n',
        ["npm:node-forge 1.4.3"],
    ),
    (
        "package.json of a package with dependencies",
        '{"version": "0.7.1", "name": "@noble/post-quantum", "dependencies": {"@noble/curves": "2.4.0"}, "a": {"name": "jose"}}',
        ["npm:@noble/post-quantum 0.7.1", "npm:@noble/curves 2.4.0"],
    ),
    (
        "METADATA",
        "Metadata-Version: 2.4\nName: PyNaCl\nVersion: 1.6.2\nRequires-Dist: cryptography>=3\n\nName: rsa\nVersion: 4.9\n",
        ["pypi:pynacl 1.6.2"],
    ),
]


@pytest.mark.parametrize(("text", "expected"), [sample[1:] for sample in PACKAGES], ids=[sample[0] for sample in PACKAGES])
def test_a_package_tells_its_name_and_version(text: str, expected: list[str]) -> None:
    assert in_short(text) == expected


def test_a_package_that_tells_what_it_is_itself_is_no_manifest_of_others() -> None:
    (one,) = observed("Manifest-Version: 1.0\nBundle-SymbolicName: bcprov\nBundle-Version: 1.84\n")
    stated = dict(one.parameters)
    assert (stated["manifest"], stated["knows_post_quantum"]) == ("package", "yes")
    assert observed("Manifest-Version: 1.0\nBundle-SymbolicName: org.example.bcprov\nRequire-Bundle: bcprov\n") == ()
    assert observed('{"name": "jose", "version": 5, "main": {"name": "jws"}}') != ()
    assert observed('{"main": {"name": "jose", "version": "5.0.0"}}') == ()
    assert observed('[project]\nname = "a"\ndependencies = ["bcprov"]\n') == ()
