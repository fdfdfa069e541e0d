"""What is followed inside a file: choices and what is set once; what is set again is not, and a tree that is too deep is told."""

from __future__ import annotations

import pytest
from pqscan_probes.source_file import SourceFileProbe

from tests.unit.probes.source.finding import found, observed
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


@pytest.mark.parametrize(
    ("language", "code", "expected"),
    [
        (PY, "import oqs\nKEM = 'ML-KEM-768'\nwith oqs.KeyEncapsulation(KEM) as kem:\n    pass\n", "ML-KEM-768"),
        (PY, "import hashlib\nA = 'md5'\ndef f():\n    hashlib.new(A)\ndef g(A):\n    hashlib.new(A)\n", "MD5, unknown"),
        (PY, "import hashlib\nN = 'sha1'\nx.f(N)\nelse_ = {N: 1}\nhashlib.new(N)\n", "SHA-1"),
        (
            GO,
            'package a\nimport "crypto/rsa"\nconst bits = 2048\nfunc f() {\n\tk, _ := rsa.GenerateKey(r, bits)\n\te, _ := x()\n}\n',
            "RSA 2048",
        ),
        (RUBY, "require 'openssl'\nBITS = 2048\nk = OpenSSL::PKey::RSA.new(BITS)\nm = OpenSSL::X\n", "RSA 2048"),
        (RUBY, "require 'openssl'\nmodule M\n  ALG = 'md5'.freeze\nend\nOpenSSL::Digest.new(M::ALG)\n", "MD5"),
        (PHP, "<?php\ndefine('ALGO', 'sha1');\nhash(ALGO, $d);\n", "SHA-1"),
        (PHP, "<?php\n$c = ['private_key_bits' => 2048, 'private_key_type' => 0];\nopenssl_pkey_new($c);\n", "RSA 2048"),
        (JAVA, JCA + 'class A { interface N { String S = "DES"; } Object f() { return Cipher.getInstance(N.S); } }\n', "DES"),
    ],
    ids=["with", "of another function", "no head", "go", "ruby", "freeze", "define", "php array", "interface"],
)
def test_a_constant_is_followed_where_no_parameter_has_its_name(language: str, code: str, expected: str) -> None:
    assert found(code, language) == expected


TS = "typescript"


@pytest.mark.parametrize(
    ("language", "code", "expected"),
    [
        (TS, "import * as c from 'crypto';\nenum Alg { Hash = 'md5' }\nc.createHash(Alg.Hash);\n", "MD5"),
        (
            TS,
            "import * as c from 'crypto';\nconst o = { modulusLength: 3072 } as const;\nc.generateKeyPairSync('rsa', o);\n",
            "RSA 3072",
        ),
        (TS, "import * as c from 'crypto';\nconst n = 'md5' as string;\nc.createHash(n);\n", "MD5"),
    ],
    ids=["enum", "as const", "as type"],
)
def test_types_of_typescript_hide_no_value(language: str, code: str, expected: str) -> None:
    assert found(code, language) == expected


@pytest.mark.parametrize(
    ("language", "code", "expected"),
    [
        (PY, "import hashlib\nN = 256\nhashlib.new(f'sha{N}')\n", "SHA-256"),
        (PY, "import hashlib\nhashlib.new(f'sha{n}')\n", "unknown"),
        (PY, "import hashlib\nN = 1\nhashlib.new(f'sha{N:03}')\n", "unknown"),
        (JS, "const c = require('crypto');\nc.createHash(`sha${256}`);\n", "SHA-256"),
        ("kotlin", 'import javax.crypto.Cipher\nconst val M = "GCM"\nval c = Cipher.getInstance("AES/$M/NoPadding")\n', "AES GCM"),
        (
            "kotlin",
            'import javax.crypto.Cipher\nconst val M = "GCM"\nval c = Cipher.getInstance("AES/${M}/NoPadding")\n',
            "AES GCM",
        ),
        (RUBY, "require 'openssl'\nN = 'md'\nOpenSSL::Digest.new(\"#{N}5\")\n", "MD5"),
        (PHP, "<?php\n$n = 'md';\nhash(\"{$n}5\", $d);\n", "MD5"),
    ],
    ids=["python", "python unknown", "python formatted", "js", "kotlin", "kotlin braces", "ruby", "php"],
)
def test_what_is_filled_into_a_text_is_followed(language: str, code: str, expected: str) -> None:
    assert found(code, language) == expected


@pytest.mark.parametrize(
    ("language", "code", "expected"),
    [
        (PY, "import hashlib\ndef f(name: str = 'md5'):\n    hashlib.new(name)\n", "MD5, unknown"),
        (PY, "import hashlib\ndef f(name='md5'):\n    name = other()\n    hashlib.new(name)\n", "unknown"),
        (PY, "import hashlib\ndef f(name='md5'):\n    def g(name):\n        hashlib.new(name)\n", "unknown"),
        (PY, "import hashlib\nclass A:\n def __init__(self, n='md5'):\n  self.n = n\n def f(self):\n  hashlib.new(self.n)\n",
         "MD5, unknown"),
        (TS, "import * as c from 'crypto';\nclass A { f(n: string = 'md5') { c.createHash(n); } }\n", "MD5, unknown"),
        (JS, "const c = require('crypto');\nconst f = (n = 'md5') => c.createHash(n);\nconst g = n => c.createHash(n);\n",
         "MD5, unknown, unknown"),
        ("kotlin", 'import javax.crypto.Cipher\nfun f(m: String = "DES", x: Int) = Cipher.getInstance(m)\n', "DES, unknown"),
        (PHP, "<?php\nfunction f($n = 'md5') { hash($n, $d); }\n", "MD5, unknown"),
        (RUBY, "require 'openssl'\ndef f(n = 'md5', b: 1)\n  OpenSSL::Digest.new(n)\nend\n", "MD5, unknown"),
        (RUBY, "require 'openssl'\ndef f(n: 'md5')\n  OpenSSL::Digest.new(n)\nend\n", "MD5, unknown"),
        (CS, "using System.Security.Cryptography;\nclass A { void F(int n = 1024) { RSA.Create(n); } }\n", "RSA 1024"),
        ("cpp", "#include <openssl/evp.h>\nvoid f(int n = 1024) { EVP_RSA_gen(n); }\n", "RSA 1024"),
    ],
    ids=["python", "set", "inner", "object", "ts", "js", "kotlin", "php", "ruby", "ruby keyword", "csharp", "cpp"],
)  # fmt: skip
def test_the_default_of_a_parameter_is_told_and_what_callers_choose_is_unknown(language: str, code: str, expected: str) -> None:
    assert found(code, language) == expected


def test_a_default_is_told_as_one() -> None:
    code = "import hashlib\ndef f(name='md5'):\n    hashlib.new(name)\n"
    default, other = observed(code, PY)
    assert dict(default.parameters)["argument"] == "default"
    assert dict(other.parameters)["argument"] == "not_followed"


def test_groups_that_are_left_to_the_library_are_told_as_unknown() -> None:
    (context,) = observed("import ssl\nctx = ssl.create_default_context()\n", PY)
    assert (context.value, context.context) == ("unknown", "key_establishment")
    assert dict(context.parameters)["argument"] == "of_library"
