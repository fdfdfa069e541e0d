"""What is followed inside a file: choices and what is set once; what is set again is not, and a tree that is too deep is told."""

from __future__ import annotations

import pytest
from pqscan_probes.source_file import SourceFileProbe

from tests.unit.probes.source.finding import found
from tests.unit.probes.source.test_truth import CS, GO, JAVA, JCA, JS, PHP, PY, RUBY, RUST, C
from tests.unit.scan.files.making import facts_of


@pytest.mark.parametrize(
    "code",
    [
        "import hashlib\nx = " + "hashlib.md5() + " * 20_000 + "1\n",
        "import hashlib\nx = " + "hashlib.md5 and " * 20_000 + "1\n",
    ],
    ids=["found", "nothing found"],
)
def test_a_tree_that_is_too_deep_is_told_as_looked_at_in_part(code: str) -> None:
    facts = facts_of(SourceFileProbe(), code.encode("utf-8"), "a.py")
    assert not facts.complete
    assert facts.detail is not None
    assert facts.detail.code == "source_work_spent"


def test_the_size_of_a_key_is_that_which_its_own_object_is_told_next() -> None:
    one = 'KeyPairGenerator {0} = KeyPairGenerator.getInstance("RSA"); {0}.initialize({1});\n'
    code = (
        JCA
        + "class A { void f() {\n"
        + "".join(one.format(name, size) for name, size in (("a", 1024), ("b", 2048), ("a", 3072)))
        + "} }\n"
    )
    assert found(code, JAVA) == "RSA 1024, RSA 2048, RSA 3072"


SSL = "using System.Security.Authentication;\n"


@pytest.mark.parametrize(
    ("language", "code", "expected"),
    [
        (
            CS,
            SSL + "class A { SslProtocols F() { return SslProtocols.Ssl3 | SslProtocols.Tls; } }\n",
            "SSLv3, TLS1.0",
        ),
        (
            CS,
            SSL + "class A { SslProtocols F(bool b) => b ? SslProtocols.Tls11 : SslProtocols.Tls12; }\n",
            "TLS1.1, TLS1.2",
        ),
        (
            CS,
            SSL + "class A { bool F(SslProtocols p) => (p & (SslProtocols.Ssl3 | SslProtocols.Tls)) != 0; }\n",
            "",
        ),
        (
            CS,
            SSL + "class A { SslProtocols F(int n) => n switch { 1 => SslProtocols.Tls11, _ => SslProtocols.Tls12 }; }\n",
            "TLS1.1, TLS1.2",
        ),
        (
            CS,
            SSL + "class A { int F(SslProtocols p) => p switch { SslProtocols.Tls11 => 1, _ => 2 }; }\n",
            "",
        ),
        (PY, "import hashlib\nhashlib.new('md5' if old else 'sha256')\n", "MD5, SHA-256"),
        (JS, "const c = require('crypto');\nc.createHash(old ? 'md5' : 'sha256');\n", "MD5, SHA-256"),
        (JAVA, JCA + 'class A { Object f(boolean b) { return Cipher.getInstance(b ? "DES" : "AES"); } }\n', "DES, AES"),
        (C, "#include <openssl/evp.h>\nconst EVP_MD *f(int b) { return b ? EVP_md5() : EVP_sha256(); }\n", "MD5, SHA-256"),
        (PHP, "<?php\nhash($a ? 'md5' : 'sha256', $x);\n", "MD5, SHA-256"),
        (RUBY, "require 'openssl'\nOpenSSL::Cipher.new(a ? 'aes-128-cbc' : 'des-cbc')\n", "AES-128 CBC, DES"),
    ],
    ids=[
        "or",
        "choice",
        "mask",
        "switch",
        "compared in a switch",
        "python",
        "javascript",
        "java",
        "c",
        "php",
        "ruby",
    ],
)
def test_what_is_chosen_from_is_used(language: str, code: str, expected: str) -> None:
    assert found(code, language) == expected


@pytest.mark.parametrize(
    ("language", "code"),
    [
        (PY, "import hashlib\nname = 'md5'\nfor name in names:\n    pass\nhashlib.new(name)\n"),
        (PY, "import hashlib\nname = 'md'\nname += '5'\nhashlib.new(name)\n"),
        (PY, "import hashlib\nname = 'md5'\nif (name := other()):\n    pass\nhashlib.new(name)\n"),
        (PY, "import hashlib\nname = 'md5'\nwith other() as name:\n    hashlib.new(name)\n"),
        (PY, "import hashlib\nname = 'md5'\nname, b = other()\nhashlib.new(name)\n"),
        (PY, "import hashlib\nname = 'md5'\n[hashlib.new(name) for name in names]\n"),
        (JS, "const c = require('crypto');\nlet name = 'md5';\nname += x;\nc.createHash(name);\n"),
        (JS, "const c = require('crypto');\nlet name = 'md5';\nfor (name of names) c.createHash(name);\n"),
        (JAVA, JCA + 'class A { String n = "DES"; void f() { for (String n : all) Cipher.getInstance(n); } }\n'),
        (PHP, "<?php\n$n = 'md5';\nforeach ($all as $n) { hash($n, $x); }\n"),
        (GO, 'package a\nimport "crypto/rsa"\nvar n = 1024\nfunc f() { for n = range all { rsa.GenerateKey(r, n) } }\n'),
        (RUST, "use rsa::RsaPrivateKey;\nfn f() { let mut n = 1024; n = 2048; RsaPrivateKey::new(&mut r, n); }\n"),
        (RUBY, "require 'openssl'\nn = 'des-cbc'\nn += x\nOpenSSL::Cipher.new(n)\n"),
    ],
    ids=["for", "sum", "walrus", "with", "several", "comprehension", "js sum", "js for", "java", "php", "go", "rust", "ruby"],
)
def test_what_is_set_again_is_no_constant(language: str, code: str) -> None:
    assert found(code, language) in ("unknown", "RSA")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("const crypto = require('crypto');\nconst { createHash: h } = crypto;\nh('md5');\n", "MD5"),
        ("const { /* one, two */ createHash, // three, four\n createHmac } = require('crypto');\ncreateHash('md5');\n", "MD5"),
        ("const {\n // one, two\n createHash\n} = require('crypto');\ncreateHash('md5');\n", "MD5"),
        ("const { createHash = other } = require('crypto');\ncreateHash('md5');\n", "MD5"),
        ("const { md: { sha1 } } = require('node-forge');\nsha1.create();\n", "SHA-1"),
        ("const { createHash } = mine;\ncreateHash('md5');\nrequire('crypto');\n", ""),
        ("const a = { b: require('crypto') };\nb.createHash('md5');\n", ""),
    ],
    ids=["of a name", "comments", "a line of comment", "default", "nested", "of another", "in an object"],
)
def test_what_is_taken_apart_of_a_module_is_of_it(code: str, expected: str) -> None:
    assert found(code, JS) == expected
