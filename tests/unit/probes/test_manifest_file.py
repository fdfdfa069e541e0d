"""Manifests and lock files of thirteen ecosystems: the libraries in them, their versions, and what each knows."""

from __future__ import annotations

import json

import pytest
from pqscan_probes.manifest_file import ManifestFileProbe

from pqscan.errors import WrongProtocol
from pqscan.model.observation import Observation, Subject, Usage
from tests.unit.scan.files.making import facts_of, piece_for

PROBE = ManifestFileProbe()


def observed(text: str) -> tuple[Observation, ...]:
    try:
        return facts_of(PROBE, text.encode("utf-8"), "some file").observations
    except WrongProtocol:
        return ()


def in_short(text: str) -> list[str]:
    """`name version` where it is exact, `name (range)` else, in the order of the file."""
    found = []
    for one in observed(text):
        stated = dict(one.parameters)
        version = stated.get("version") or (f"({stated['version_range']})" if "version_range" in stated else "")
        found.append(f"{one.context}:{one.value} {version}".strip())
    return found


SAMPLES: list[tuple[str, str, list[str]]] = [
    (
        "requirements.txt",
        "# cryptography==1\n-r base.txt\nrequests==2.0\ncryptography==49.0.1\nPyNaCl>=1.5,<2  # "
        "box\nparamiko[gssapi]~=3.4 ; python_version > '3'\n",
        ["pypi:cryptography 49.0.1", "pypi:pynacl (>=1.5,<2)", "pypi:paramiko (~=3.4)"],
    ),
    (
        "requirements.txt with sums",
        "cryptography==50.0.2 \\\n    --hash=sha256:00 \\\n    --hash=sha256:11\n    # via app\nrsa==4.9\n",
        ["pypi:cryptography 50.0.2", "pypi:rsa 4.9"],
    ),
    ("requirements.txt of a short name", "rsa==4.9\n", ["pypi:rsa 4.9"]),
    ("requirements.txt with a short name", "requests==2.0\nrsa >= 4\nrsa2==1\n", ["pypi:rsa (>= 4)"]),
    (
        "requirements.txt with an address",
        "requests==2.0\nrsa @ https://user:pw@host/rsa.whl\ncryptography@ git+https://host/c ; x\n",
        ["pypi:rsa", "pypi:cryptography"],
    ),
    (
        "Pipfile",
        '[[source]]\nurl = "x"\n\n[packages]\nrsa = "==4.9"\n"cryptography" = "*"\npyjwt = {version = ">=2", extras = ["crypto"]}\n'
        'pynacl = {git = "https://user:pw@host/x"}\n\n[dev-packages]\nparamiko = "~=3.4"\n\n[requires]\necdsa = "3"\n',
        ["pypi:rsa 4.9", "pypi:cryptography (*)", "pypi:pyjwt (>=2)", "pypi:pynacl", "pypi:paramiko (~=3.4)"],
    ),
    (
        "pyproject.toml",
        '[project]\nname = "a"\ndependencies = [\n  "cryptography>=42",\n  "click",\n  '
        '"PyJWT[crypto]==2.8.0",\n]\n[tool.x]\nrsa = "1"\n',
        ["pypi:cryptography (>=42)", "pypi:pyjwt 2.8.0"],
    ),
    (
        "pyproject.toml of poetry",
        '[tool.poetry]\nname = "a"\n[tool.poetry.dependencies]\npython = "^3.11"\ncryptography = "^42.0"\nrsa = '
        '{version = "4.9", optional = true}\n',
        ["pypi:cryptography (^42.0)", "pypi:rsa 4.9"],
    ),
    (
        "poetry.lock",
        '[[package]]\nname = "cryptography"\nversion = "42.0.5"\noptional = false\npython-versions = '
        '">=3.7"\n\n[metadata]\ncontent-hash = "0"\n',
        ["pypi:cryptography 42.0.5"],
    ),
    (
        "uv.lock",
        'version = 1\nrequires-python = ">=3.11"\n\n[[package]]\nname = "pynacl"\nversion = "1.5.0"\nsource = { registry = "x" }\n',
        ["pypi:pynacl 1.5.0"],
    ),
    (
        "Pipfile.lock",
        '{"_meta": {"hash": {"sha256": "0"}, "pipfile-spec": 6}, "default": {"rsa": {"hashes": ["sha256:1"], "version": "==4.9"}}}',
        ["pypi:rsa 4.9"],
    ),
    (
        "package.json",
        '{"name": "a", "dependencies": {"node-forge": "^1.3.1", "left-pad": "1.0.0"}, "devDependencies": {"jose": '
        '"6.1.0"}, "x": {"elliptic": "1"}}',
        ["npm:node-forge (^1.3.1)", "npm:jose 6.1.0"],
    ),
    (
        "package-lock.json",
        '{"name": "a", "lockfileVersion": 3, "packages": {"": {"name": "a", "version": "1.0.0"},\n'
        '"node_modules/elliptic": {"version": "6.5.4"},\n'
        '"node_modules/x/node_modules/@noble/curves": {"version": "1.2.0"}}}',
        ["npm:elliptic 6.5.4", "npm:@noble/curves 1.2.0"],
    ),
    (
        "yarn.lock",
        '# yarn lockfile v1\n\n\n"@noble/hashes@^1.3.0":\n  version "1.3.3"\n\njsrsasign@^10.0.0, jsrsasign@^10.5.0:\n '
        ' version "10.9.0"\n',
        ["npm:@noble/hashes 1.3.3", "npm:jsrsasign 10.9.0"],
    ),
    (
        "pnpm-lock.yaml",
        "lockfileVersion: '9.0'\n\npackages:\n\n  '@noble/curves@1.4.0':\n    resolution: {integrity: x}\n\n  "
        "bcrypt@5.1.1:\n    resolution: {}\n",
        ["npm:@noble/curves 1.4.0", "npm:bcrypt 5.1.1"],
    ),
    (
        "go.mod",
        "module example.com/a\n\ngo 1.24\n\nrequire (\n\tgithub.com/cloudflare/circl v1.5.0\n\t// "
        "github.com/tjfoc/gmsm v1.0.0\n\tgolang.org/x/crypto v0.31.0 // indirect\n)\nrequire "
        "github.com/golang-jwt/jwt/v5 v5.2.0\n",
        ["go:github.com/cloudflare/circl v1.5.0", "go:golang.org/x/crypto v0.31.0", "go:github.com/golang-jwt/jwt v5.2.0"],
    ),
    (
        "go.sum",
        "golang.org/x/crypto v0.31.0 h1:ihbySMvVjLAeSH1IbfcRTkD/iNscyz8rGzjF/E5hV6U=\ngolang.org/x/crypto "
        "v0.31.0/go.mod h1:kDsLvtWBEx7MV9tJOj9bnXsPbxwJQ6csT/x4KIN4Ssk=\n",
        ["go:golang.org/x/crypto v0.31.0"],
    ),
    (
        "Cargo.toml",
        '[package]\nname = "rsa"\nversion = "0.1.0"\n\n[dependencies]\nring = "0.17"\nserde = "1"\nrustls = { version '
        '= "=0.23.27", features = ["x"] }\n# openssl = "0.10"\n\n[features]\naes = "1"\n',
        ["cargo:ring (0.17)", "cargo:rustls 0.23.27"],
    ),
    (
        "Cargo.lock",
        'version = 3\n\n[[package]]\nname = "ml-kem"\nversion = "0.2.1"\nsource = "registry+x"\nchecksum = '
        '"0"\n\n[[package]]\nname = "ring"\nversion = "0.17.8"\n',
        ["cargo:ml-kem 0.2.1", "cargo:ring 0.17.8"],
    ),
    (
        "pom.xml",
        "<project>\n<properties><bc.version>1.70</bc.version></properties>\n<dependencies>\n<dependency>\n"
        " <groupId>org.bouncycastle</groupId>\n"
        " <artifactId>bcprov-jdk15on</artifactId>\n <version>${bc.version}</version>\n</dependency>\n"
        "<!-- <dependency><groupId>com.jcraft</groupId>"
        "<artifactId>jsch</artifactId></dependency> "
        "-->\n<dependency><groupId>com.auth0</groupId><artifactId>java-jwt</artifactId></dependency>\n</dependencies>\n"
        "</project>\n",
        ["maven:org.bouncycastle:bcprov-jdk15on 1.70", "maven:com.auth0:java-jwt"],
    ),
    (
        "build.gradle",
        "plugins {\n}\ndependencies {\n  implementation 'org.bouncycastle:bcprov-jdk18on:1.79'\n  // implementation "
        "'com.jcraft:jsch:0.1.55'\n  api(\"com.auth0:java-jwt:4.+\")\n}\n",
        ["maven:org.bouncycastle:bcprov-jdk18on 1.79", "maven:com.auth0:java-jwt (4.+)"],
    ),
    (
        "build.gradle by parts",
        "dependencies {\n  implementation group: 'com.nimbusds', name: 'nimbus-jose-jwt', version: '9.37'\n"
        "  implementation group: 'org.bouncycastle', name: 'bcprov-jdk18on'\n}\n",
        ["maven:com.nimbusds:nimbus-jose-jwt 9.37", "maven:org.bouncycastle:bcprov-jdk18on"],
    ),
    (
        "libs.versions.toml",
        '[versions]\nbc = "1.79"\n[libraries]\n'
        'bcprov = { module = "org.bouncycastle:bcprov-jdk18on", version.ref = "bc" }\n'
        'jjwt = { group = "io.jsonwebtoken", name = "jjwt-api", version = "0.12.5" }\n'
        'jwt = "com.auth0:java-jwt:4.4.0"\n# jsch = "com.jcraft:jsch:0.1.55"\n'
        'tink = { module = "com.google.crypto.tink:tink" }\n',
        [
            "maven:org.bouncycastle:bcprov-jdk18on 1.79",
            "maven:io.jsonwebtoken:jjwt-api 0.12.5",
            "maven:com.auth0:java-jwt 4.4.0",
            "maven:com.google.crypto.tink:tink",
        ],
    ),
    (
        "gradle.lockfile",
        "# This is a Gradle generated file for dependency "
        "locking.\norg.bouncycastle:bcprov-jdk18on:1.78.1=runtimeClasspath\nempty=\n",
        ["maven:org.bouncycastle:bcprov-jdk18on 1.78.1"],
    ),
    (
        "a project of .NET",
        '<Project Sdk="x">\n<ItemGroup>\n<PackageReference Include="BouncyCastle.Cryptography" Version="2.4.0" />\n'
        '<!-- <PackageReference Include="MimeKit" Version="1.0" /> -->\n'
        '<PackageReference Include="SSH.NET">\n<Version>2024.2.0</Version></PackageReference>\n</ItemGroup></Project>\n',
        ["nuget:bouncycastle.cryptography 2.4.0", "nuget:ssh.net 2024.2.0"],
    ),
    (
        "packages.config",
        '<?xml version="1.0"?>\n<packages>\n<package id="Portable.BouncyCastle" version="1.9.0" '
        'targetFramework="net472" />\n</packages>\n',
        ["nuget:portable.bouncycastle 1.9.0"],
    ),
    (
        "packages.lock.json",
        '{"version": 1, "dependencies": {"net8.0": {"NSec.Cryptography": {"type": "Direct", "requested": "[22.4.0, )", '
        '"resolved": "22.4.0"}}}}',
        ["nuget:nsec.cryptography 22.4.0"],
    ),
    (
        "composer.json",
        '{"name": "a/b", "require": {"php": ">=8", "phpseclib/phpseclib": "~3.0", "ext-openssl": "*"}, "require-dev": '
        '{"firebase/php-jwt": "6.10.0"}}',
        ["composer:phpseclib/phpseclib (~3.0)", "composer:ext-openssl (*)", "composer:firebase/php-jwt 6.10.0"],
    ),
    (
        "composer.lock",
        '{"content-hash": "0", "packages": [{"name": "phpseclib/phpseclib", "version": "3.0.36", "x": 1}]}',
        ["composer:phpseclib/phpseclib 3.0.36"],
    ),
    (
        "Gemfile",
        "source 'x'\ngem 'rails', '~> 7.0'\ngem 'jwt', '~> 2.7'\n# gem 'rbnacl'\ngem \"bcrypt\"\n",
        ["rubygems:jwt (~> 2.7)", "rubygems:bcrypt"],
    ),
    (
        "Gemfile.lock",
        "GEM\n  remote: x\n  specs:\n    bcrypt (3.1.20)\n    net-ssh (7.2.1)\n    rails (7.1)\n      bcrypt (~> "
        "3.1)\n\nPLATFORMS\n  ruby\n",
        ["rubygems:bcrypt 3.1.20", "rubygems:net-ssh 7.2.1"],
    ),
    (
        "conanfile.txt",
        "[requires]\nopenssl/3.5.0\nzlib/1.3\nlibsodium/[>=1.0.18]\n",
        ["conan:openssl 3.5.0", "conan:libsodium ([>=1.0.18])"],
    ),
    (
        "conanfile.py",
        'from conan import ConanFile\nclass A(ConanFile):\n    requires = "mbedtls/3.5.0", "fmt/10.0"\n',
        ["conan:mbedtls 3.5.0"],
    ),
    (
        "conan.lock",
        '{"version": "0.5", "requires": ["openssl/3.2.1#39f#99%1", "zlib/1.3#1%2"]}',
        ["conan:openssl 3.2.1"],
    ),
    (
        "vcpkg.json",
        '{"name": "a", "builtin-baseline": "0", "dependencies": ["openssl", {"name": "libsodium", "version>=": "1.0.18"}, "fmt"]}',
        ["vcpkg:openssl", "vcpkg:libsodium (1.0.18)"],
    ),
    (
        "Package.resolved",
        '{"pins": [{"identity": "swift-crypto", "kind": "x", "location": "y", "state": {"revision": "0", "version": '
        '"3.1.0"}}], "version": 2}',
        ["swift:swift-crypto 3.1.0"],
    ),
    (
        "Podfile.lock",
        "PODS:\n  - CryptoSwift (1.8.0)\n  - Other (1.0)\n\nDEPENDENCIES:\n  - CryptoSwift\n",
        ["swift:cryptoswift 1.8.0"],
    ),
    (
        "mix.lock",
        '%{\n  "jose": {:hex, :jose, "1.11.6", "00", [:mix], [], "hexpm", "11"},\n  "plug": {:hex, :plug, "1.0", "0", '
        '[], [], "h", "1"},\n}\n',
        ["hex:jose 1.11.6"],
    ),
    (
        "mix.exs",
        'defmodule A do\n  use Mix.Project\n  defp deps do\n    [{:joken, "~> 2.6"}, {:plug, "1.0"}]\n  end\nend\n',
        ["hex:joken (~> 2.6)"],
    ),
    (
        "pubspec.lock",
        'packages:\n  pointycastle:\n    dependency: "direct main"\n    description:\n      name: pointycastle\n    '
        'source: hosted\n    version: "3.7.4"\n',
        ["pub:pointycastle 3.7.4"],
    ),
    (
        "pubspec.yaml",
        "name: a\nenvironment:\n  sdk: '>=3.0.0'\ndependencies:\n  flutter:\n    sdk: flutter\n  pointycastle: "
        "^3.7.0\n  path: 1.0\n",
        ["pub:pointycastle (^3.7.0)"],
    ),
]


@pytest.mark.parametrize(("text", "expected"), [sample[1:] for sample in SAMPLES], ids=[sample[0] for sample in SAMPLES])
def test_the_libraries_of_a_manifest_are_named_with_their_versions(text: str, expected: list[str]) -> None:
    assert in_short(text) == expected


ADDRESSES = ["https://user:token@host/x.tgz", "git+ssh://git:token@host/r.git#v1.0", "user:token@host", "npm:token@1.0", "token"]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('{"name": "a", "dependencies": {"elliptic": "%s", "jose": "6.1.0"}}', ["npm:elliptic", "npm:jose 6.1.0"]),
        ('{"name": "a", "lockfileVersion": 1, "dependencies": {"elliptic": {"version": "%s"}}}', ["npm:elliptic"]),
        ('{"name": "a/b", "require": {"firebase/php-jwt": "%s"}}', ["composer:firebase/php-jwt"]),
        (
            '[package]\nname = "x"\n[dependencies]\nring = { git = "%s", version = "0.17" }\nrsa = "%s"\n',
            ["cargo:ring (0.17)", "cargo:rsa"],
        ),
        ('[project]\nname = "a"\ndependencies = [\n"rsa @ %s",\n"pynacl==%s",\n]\n', ["pypi:rsa", "pypi:pynacl"]),
        ("source 'x'\ngem 'jwt', '%s'\n", ["rubygems:jwt"]),
    ],
    ids=["package.json", "package-lock.json", "composer.json", "Cargo.toml", "pyproject.toml", "Gemfile"],
)
def test_an_address_in_the_place_of_a_version_reaches_no_report(text: str, names: list[str], address: str) -> None:
    text = text.replace("%s", address)
    assert in_short(text) == names
    assert "token" not in str(observed(text))


@pytest.mark.parametrize(
    "version",
    [
        ">=1.2.3 <2.0.0 || ^3.x",
        "1.2 - 2.3",
        "*",
        "^5.0|^6.0@dev",
        "[1.0,2.0)",
        "(,1.0]",
        "~> 1.2",
        ">= 1, < 2",
        "4.+",
        "1!2.0.post1",
    ],
)
def test_ranges_of_every_ecosystem_are_kept_as_written(version: str) -> None:
    text = json.dumps({"name": "a", "dependencies": {"elliptic": version}})
    assert in_short(text) == [f"npm:elliptic ({version})"]


@pytest.mark.parametrize(
    "text",
    [
        "cryptography is a library.\nrsa==4.9\n",
        "import cryptography\nrsa = 1\n",
        '{"name": "a", "x": {"node-forge": "1"}}',
        "<html><dependency></dependency></html>",
        "The module uses ring = 1\n",
        "pynacl\nrsa\n",
    ],
)
def test_what_only_speaks_of_libraries_is_no_manifest(text: str) -> None:
    assert observed(text) == ()


def test_what_is_linked_is_told_with_its_line_and_with_what_it_knows() -> None:
    old, new = observed("requests==1\ncryptography==48.0.1\n") + observed("cryptography==49.0\n")
    assert (old.subject, old.usage, old.where.line if old.where else 0) == (Subject.LIBRARY, Usage.LINKED, 2)
    assert dict(old.parameters)["knows_post_quantum"] == "no"
    assert dict(new.parameters)["knows_post_quantum"] == "yes"
    assert dict(new.parameters)["manifest"] == "manifest"
    assert str(dict(old.parameters)["brings"]).startswith("RSA, ")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\ufeffcryptography==49.0.1\nrequests==2\n", ["pypi:cryptography 49.0.1"]),
        ("\ufeff# one\ncryptography==49.0.1\n", ["pypi:cryptography 49.0.1"]),
        ("# a licence\n" * 30_000 + "cryptography==49.0.1\n", ["pypi:cryptography 49.0.1"]),
        ('\ufeff{"name": "a", "dependencies": {"jose": "6.1.0"}}', ["npm:jose 6.1.0"]),
        ("a==1\n" + "cryptography==49.0.1\n" * 15_000, ["pypi:cryptography 49.0.1"]),
    ],
    ids=["mark", "mark and comment", "long comment", "mark and JSON", "longer than what is looked at"],
)
def test_what_stands_in_front_hides_no_manifest(text: str, expected: list[str]) -> None:
    assert in_short(text) == expected


def test_places_behind_a_mark_of_the_encoding_are_those_of_the_file() -> None:
    one, _ = observed("\ufeff# one\nrsa==4.9\ncryptography==49.0.1\n")
    assert one.where is not None
    assert (one.where.offset, one.where.line) == (9, 2)


def test_a_range_says_nothing_of_what_the_version_knows() -> None:
    (one,) = observed("cryptography>=49\n")
    assert "knows_post_quantum" not in dict(one.parameters)
    assert dict(one.parameters)["version_range"] == ">=49"


@pytest.mark.parametrize("text", ["rsa==4.9\n", "a==1\nrsa>=4\n", "[packages]\nrsa = '*'\n", "PyJWT==2.8.0\n", "M2Crypto==1\n"])
def test_a_file_that_names_but_a_short_or_a_capital_name_is_asked_about(text: str) -> None:
    assert list(piece_for(PROBE, text.encode()).marks)


def test_a_decision_in_a_comment_stays_beside_the_library() -> None:
    (one,) = observed('# pqscan: ignore reason="moves in May" until=2027-05-01\nrsa==4.9\n')
    assert dict(one.parameters)["ignored_reason"] == "moves in May"
    assert dict(one.parameters)["ignored_until"] == "2027-05-01"
