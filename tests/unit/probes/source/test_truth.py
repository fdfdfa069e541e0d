"""What the probe of source code finds in programs, and what it leaves: comments, texts, names that only look alike, tests, bans.

Every row is a program, and all that is to be found in it; `unknown` is a use whose algorithm the file does not tell."""

from __future__ import annotations

import pytest
from pqscan_probes.source_file import SourceFileProbe

from pqscan.errors import WrongProtocol
from pqscan.model.observation import Confidence, Usage
from pqscan.registry.quantum import QuantumClass
from tests.unit.probes.source.finding import found, observed
from tests.unit.scan.files.making import facts_of

PY, JAVA, KT, C, CPP, CS = "python", "java", "kotlin", "c", "cpp", "csharp"
GO, JS, TS, PHP, RUST, RUBY = "go", "javascript", "typescript", "php", "rust", "ruby"
JCA = "import java.security.*;\nimport javax.crypto.*;\n"
GENERATOR = "import java.security.KeyPairGenerator\nfun f() {\n"
NET = "using System.Security.Cryptography;\n"
PYCA = "from cryptography.hazmat.primitives.asymmetric import rsa, ec, padding\nfrom cryptography.hazmat.primitives import hashes\n"
TRUTH: list[tuple[str, str, str]] = [
    # Python: constants, aliases, what cannot be followed.
    (PY, "import hashlib\nhashlib.md5()\n", "MD5"),
    (PY, "import hashlib\nNAME = 'sha' '512'\nhashlib.new(NAME)\n", "SHA-512"),
    (PY, "import hashlib\nA = B = 'md5'\nhashlib.new(B)\n", "MD5"),
    (PY, "import hashlib\nA = 'md5' if x else 'sha1'\nhashlib.new(A)\n", "MD5, SHA-1"),
    (PY, "import hashlib\nhashlib.new(NAMES['old'])\n", "unknown"),
    (PY, "import hashlib\nn = 'md5'\nn = 'sha1'\nhashlib.new(n)\n", "unknown"),
    (PY, "import hashlib\ndef f(name='md5'):\n    return hashlib.new(name)\n", "MD5, unknown"),
    (PY, "import hashlib\nname = 'md5'\ndef f(name):\n    return hashlib.new(name)\n", "unknown"),
    (PY, "import hashlib\nhashlib.new(f'sha{bits}')\n", "unknown"),
    (PY, "import hashlib\nhashlib.new('nonsense')\n", "unknown"),
    (PY, "import hashlib\nclass A:\n    ALG = 'sha1'\n    def f(self):\n        return hashlib.new(self.ALG)\n", "SHA-1"),
    (PY, "import hashlib as crypto\nx = [crypto.sha256(a), crypto.sha1(b)]\n", "SHA-256, SHA-1"),
    (PY, "from hashlib import *\nsha224()\n", "SHA-224"),
    (PY, "from hashlib import (\n    md5,  # old\n    sha256 as good,\n)\ngood(x)\n", "SHA-256"),
    (PY, PYCA + "k = rsa.generate_private_key(65537, key_size=4096)\n", "RSA 4096"),
    (PY, PYCA + "BITS = 2048\nk = rsa.generate_private_key(public_exponent=3, key_size=BITS)\n", "RSA 2048"),
    (PY, PYCA + "k = ec.generate_private_key(curve=ec.SECP521R1())\n", "EC P-521"),
    (PY, PYCA + "k.sign(d, padding.PSS(padding.MGF1(hashes.SHA256()), 20), hashes.SHA384())\n", "RSA-PSS, SHA-256, SHA-384"),
    (PY, "import hmac, hashlib\nhmac.new(k, m, digestmod=hashlib.md5)\n", "HMAC MD5"),
    (PY, "import ssl\nctx.maximum_version = ssl.TLSVersion.TLSv1_1\n", "TLS1.1"),
    (PY, "import ssl\nctx.options |= ssl.OP_NO_TLSv1\n", ""),
    (PY, "from ssl import PROTOCOL_TLSv1 as OLD\nPROTOCOL_TLSv1_1 = OLD\n", "TLS1.0"),
    (PY, "from ssl import PROTOCOL_SSLv23, PROTOCOL_SSLv3 as PROTOCOL_TLS\nPROTOCOL_SSLv3 = PROTOCOL_SSLv23\n", ""),
    (PY, "# hashlib.md5()\nimport os\n", ""),
    (PY, '"""Use hashlib.md5(x)."""\nimport hashlib\n', ""),
    (PY, "import hashlib\nprint('hashlib.md5(x)')\n", ""),
    (PY, "import hashlib\ndoc = '''\nhashlib.sha1(x)\n'''\n", ""),
    (PY, "class Design:\n    Description = 'despatch'\nrsa = Design()\nrsa.generate(2048)\n", ""),
    (PY, "import hashlib\ndef md5(x):\n    return x\nmd5(1)\n", ""),
    (PY, "from mylib import hashlib2 as hashlib\nhashlib.md5()\n", ""),
    (PY, "from .rsa import generate_private_key\ngenerate_private_key(65537, 2048)\n", ""),
    (PY, "import secrets\nsecrets.token_bytes(16)\n", ""),
    (PY, "import hashlib\nif h == hashlib.sha1(): pass\n", ""),
    (PY, "import hashlib\nA = {'a': hashlib.md5, 'b': [hashlib.sha1]}\ndef f():\n    return hashlib.sha256\n",
     "MD5, SHA-1, SHA-256"),
    (PY, "import hashlib\ndef f(x: hashlib.md5, y=g(hashlib.sha1)):\n    assert x is hashlib.sha1\n    hashlib.md5 = y\n", ""),
    # Java and Kotlin.
    (JAVA, "package org.bouncycastle.crypto.engines;\nclass A { Object o = new AESEngine(); }\n", "AES"),
    (JAVA, "package org.bouncycastle.crypto;\nclass A { Object o = new AESEngine(); }\n", ""),
    (JAVA, JCA + 'class A { Object f() { return Cipher.getInstance("AES/CBC/PKCS5Padding"); } }\n', "AES CBC"),
    (JAVA, JCA + 'class A { private static final String A = "DES/ECB/NoPadding"; Object f() { '
     'return Cipher.getInstance(A); } }\n', "DES ECB"),
    (JAVA, JCA + 'class A { Object f(String a) { return Cipher.getInstance(a); } }\n', "unknown"),
    (JAVA, JCA + 'class A { Object f() { return Signature.getInstance("SHA384withECDSA", "BC"); } }\n', "ECDSA SHA-384"),
    (JAVA, JCA + 'class A { Object f() { return KeyPairGenerator.getInstance("ML-DSA"); } }\n', "ML-DSA"),
    (JAVA, JCA + 'class A { void f() { var g = KeyPairGenerator.getInstance("RSA"); g.initialize(1024); } }\n', "RSA 1024"),
    (JAVA, JCA + 'class A { static final int N = 3072; void f() { '
     'KeyPairGenerator g = KeyPairGenerator.getInstance("RSA"); g.initialize(N); } }\n', "RSA 3072"),
    (JAVA, 'class A { Object f() { return java.security.MessageDigest.getInstance("SHA-1"); } }\npackage a.b;\n', "SHA-1"),
    (JAVA, JCA + 'class A { /** Cipher.getInstance("DES") */ void f() {} }\n', ""),
    (JAVA, JCA + 'class A { String s = "Cipher.getInstance(\\"DES\\")"; }\n', ""),
    (JAVA, JCA + 'class A { void f() { Cipher.getInstance2("DES"); KeyStore.getInstance("JKS"); } }\n', ""),
    (JAVA, JCA + "class Despatch { String Description; Design design; DSAWhatever dsa; }\n", ""),
    (JAVA, 'import java.util.*;\nclass A { void f() { Security.setProperty("jdk.tls.disabledAlgorithms", "MD5, DSA"); } }\n', ""),
    (KT, 'import java.security.MessageDigest\nfun f(x: ByteArray) {\n  val d = MessageDigest.getInstance("MD5")\n}\n', "MD5"),
    (KT, 'import javax.crypto.Cipher\nprivate const val T = "AES/GCM/NoPadding"\nfun f() {\n  val c = Cipher.getInstance(T)\n'
     '}\n', "AES GCM"),
    (KT, 'import javax.crypto.Cipher\n// Cipher.getInstance("DES")\nfun f() {}\n', ""),
    (KT, 'import java.security.KeyPairGenerator\nfun f() {\n  val g = KeyPairGenerator.getInstance("EC")\n  g.initialize(256)\n'
     '}\n', "EC 256"),
    (KT, GENERATOR + '  val k = KeyPairGenerator.getInstance("RSA").apply { initialize(2048) }\n'
     '}\n', "RSA 2048"),
    (KT, GENERATOR + '  KeyPairGenerator.getInstance("EC").also { it.initialize(A("secp256r1")) }\n'
     '}\n', "EC P-256"),
    (KT, GENERATOR + '  KeyPairGenerator.getInstance("RSA").apply { x() }.y { initialize(2048) }\n'
     '  KeyPairGenerator.getInstance("DSA").apply { z.initialize(1024) }\n}\n', "RSA, DSA"),
    # C and C++.
    (CPP, "#include <rsa.h>\nusing namespace Botan;\nvoid f() {\n  RSA_PrivateKey *a;\n  extern RSA_PrivateKey b;\n"
     "  RSA_PrivateKey &c = d;\n}\nRSA_PrivateKey g(h);\nint s = sizeof(RSA_PrivateKey);\nstd::vector<RSA_PrivateKey> v(1);\n", ""),
    (CPP, "#include <rsa.h>\nclass A { CryptoPP::SHA1 hash; int n = CryptoPP::SHA256::DIGESTSIZE; };\n", "SHA-1"),
    (CPP, "#include <rsa.h>\nvoid f() { auto k = std::make_shared<CryptoPP::SHA256>(); auto l = std::make_any<CryptoPP::MD5>(); }\n"
     "void g(std::vector<CryptoPP::SHA1> *v);\n", "SHA-256, MD5, SHA-1"),
    (C, "#include <openssl/evp.h>\nvoid f(void) { EVP_DigestInit_ex(c, EVP_sha512(), NULL); }\n", "SHA-512"),
    (C, "#include <openssl/evp.h>\nconst EVP_CIPHER *f(void) { return EVP_bf_cbc(); }\n", "Blowfish CBC"),
    (C, "#include <openssl/rsa.h>\n#define BITS 2048\nvoid f(void) { RSA_generate_key_ex(r, BITS, e, NULL); }\n", "RSA 2048"),
    (C, '#include <openssl/evp.h>\nvoid f(const char *n) { EVP_get_digestbyname(n); }\n', "unknown"),
    (C, '#include <oqs/oqs.h>\nvoid f(void) { OQS_KEM *k = OQS_KEM_new(OQS_KEM_alg_ml_kem_768); }\n', "ML-KEM-768"),
    (C, '#include <openssl/ssl.h>\nvoid f(void) { SSL_CTX_set_min_proto_version(c, TLS1_VERSION); }\n', "TLS1.0"),
    (C, "#include <openssl/md5.h>\n/* MD5(d, n, o); */\n// SHA1_Init(&c);\n", ""),
    (C, "#include <openssl/md5.h>\nunsigned char *MD5(const unsigned char *d, size_t n, unsigned char *md);\n", ""),
    (C, "#include <openssl/md5.h>\n#if 0\nvoid f(void) { MD5_Init(&c); }\n#endif\n", ""),
    (C, "#include <openssl/md5.h>\n#if 0\nvoid f(void) { MD5_Init(&c); }\n#else\nvoid f(void) { SHA1_Init(&c); }\n"
     "#endif\n", "SHA-1"),
    (C, '#include <openssl/ssl.h>\nvoid f(void) { SSL_CTX_set_cipher_list(c, "HIGH:!MD5:!DES"); }\n', ""),
    (C, "#include <openssl/evp.h>\nint f(void) { return md == EVP_md5(); }\n", ""),
    (C, "#include <a.h>\nint DESIGN_init(int rsa) { despatch(rsa); return DSA; }\n", ""),
    (C, "#include <sodium.h>\nvoid f(void) { "
     "crypto_box_easy(c, m, n, nonce, pk, sk); crypto_sign_detached(s, 0, m, n, k); }\n", "X25519, Ed25519"),
    (C, "#include <gcrypt.h>\nvoid f(void) { gcry_md_open(&h, GCRY_MD_SHA1, 0); }\n", "SHA-1"),
    (CPP, "#include <openssl/evp.h>\nclass A { public: void f() { ::EVP_DigestInit(c, EVP_sha1()); } };\n", "SHA-1"),
    (CPP, "#include <string>\nnamespace a { void f() { auto k = EVP_RSA_gen(4096); } }\n", "RSA 4096"),
    # C#.
    (CS, NET + "class A { void F() { using var r = RSA.Create(3072); } }\n", "RSA 3072"),
    (CS, NET + "class A { const int N = 1024; void F() { var r = new RSACryptoServiceProvider(N); } }\n", "RSA 1024"),
    (CS, NET + "class A { void F() { var k = MLKem.GenerateKey(MLKemAlgorithm.MLKem1024); } }\n", "ML-KEM-1024"),
    (CS, "namespace B {\nclass A { void F() { System.Security.Cryptography.MD5.Create(); } }\n}\n", "MD5"),
    (CS, NET + "class A { /// <summary>MD5.Create()</summary>\n void F() {} }\n", ""),
    (CS, NET + 'class A { string Description = "DES.Create()"; RSA rsa; }\n', ""),
    (CS, "using Mine;\nclass A { void F() { Despatch.Create(); Design.Create(1024); } }\n", ""),
    (CS, NET + "class A { void F() { var h = HashAlgorithm.Create(name); } }\n", "unknown"),
    # Go.
    (GO, 'package a\nimport (\n\t"crypto/rsa"\n\t"crypto/rand"\n)\n'
     'func f() { k, _ := rsa.GenerateKey(rand.Reader, 2048) }\n', "RSA 2048"),
    (GO, 'package a\nimport sum "crypto/md5"\nfunc f(b []byte) { sum.Sum(b) }\n', "MD5"),
    (GO, 'package a\nimport "crypto/tls"\n'
     'var c = tls.Config{MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS13}\n', "TLS1.2, TLS1.3"),
    (GO, 'package a\nimport "crypto/mlkem"\nfunc f() { mlkem.GenerateKey768() }\n', "ML-KEM-768"),
    (GO, 'package a\nimport "crypto/ecdh"\nfunc f() { ecdh.P384().GenerateKey(r) }\n', "ECDH P-384"),
    (GO, 'package a\nimport "crypto/ecdh"\nfunc f(c ecdh.Curve) bool { return c == ecdh.P384() }\n', ""),
    (GO, 'package a\n// md5.Sum(x)\nimport "crypto/sha256"\nvar size = sha256.Size\n', ""),
    (GO, 'package a\nimport "example.com/mine/rsa"\nfunc f() { rsa.GenerateKey(nil, 2048) }\n', ""),
    (GO, 'package a\nvar s = `import "crypto/md5"\nmd5.Sum(x)`\n', ""),
    (GO, 'package a\nimport "crypto/tls"\nfunc f(v uint16) bool { return v < tls.VersionTLS12 }\n', ""),
    (GO, 'package a\nimport "crypto/hmac"\nimport "crypto/sha512"\nfunc f() { hmac.New(sha512.New, k) }\n', "HMAC SHA-512"),
    # JavaScript and TypeScript.
    (JS, "const { createHash: h } = require('crypto');\nh('sha1').update(x);\n", "SHA-1"),
    (JS, "import * as c from 'node:crypto';\nc.createCipheriv('aes-128-cbc', k, iv);\n", "AES-128 CBC"),
    (JS, "import crypto from 'crypto';\nconst opts = { modulusLength: 1024 };\n"
     "crypto.generateKeyPairSync('rsa', opts);\n", "RSA 1024"),
    (JS, "const crypto = require('crypto');\ncrypto.createHash(process.env.ALG);\n", "unknown"),
    (JS, "const crypto = require('crypto');\ncrypto.createHash(`sha${n}`);\n", "unknown"),
    (JS, "const crypto = require('crypto');\n/* crypto.createHash('md5') */\nconst t = 'crypto.createHash(\"md5\")';\n", ""),
    (JS, "const design = require('./des');\ndesign.createHash('md5');\nconst rsa = 1;\n", ""),
    (JS, "const crypto = require('crypto');\nconst Description = crypto.randomUUID();\n", ""),
    (JS, "const forge = require('node-forge');\nforge.md.sha1.create();\n", "SHA-1"),
    (JS, "const tls = require('tls');\ntls.createSecureContext({ minVersion: 'TLSv1.1' });\n", "TLS1.1"),
    (TS, "import { createHmac } from 'node:crypto';\n"
     "export const f = (k: string): string => createHmac('sha512', k).digest('hex');\n", "HMAC SHA-512"),
    (TS, "interface A { alg: string }\n"
     "const k = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-384' }, true, ['sign']);\n", "ECDSA P-384"),
    (TS, "import { ml_kem1024 } from '@noble/post-quantum/ml-kem.js';\nconst k: any = ml_kem1024.keygen();\n", "ML-KEM-1024"),
    (TS, "import type { Hash } from 'crypto';\nlet h: Hash;\n", ""),
    # PHP.
    (PHP, "<?php\necho md5($x);\n", "MD5"),
    (PHP, "<?php\nclass A { const ALG = 'sha512'; function f($x) { return hash(self::ALG, $x); } }\n", "SHA-512"),
    (PHP, "<?php\nopenssl_encrypt($d, $cipher, $k);\n", "unknown"),
    (PHP, "<html><?php echo sha1_file($f); ?></html>\n", "SHA-1"),
    (PHP, "<?php\n# md5($x)\n/* sha1($x) */\n$s = \"md5($x)\";\n", ""),
    (PHP, "<?php\n$this->md5($x); Foo::sha1($x); function md5x() {}\n", ""),
    (PHP, "<?php\nopenssl_sign($d, $s, $k, OPENSSL_ALGO_SHA1);\n", "unknown SHA-1"),
    (PHP, "<?php\n\\sodium_crypto_sign_keypair();\n", "Ed25519"),
    (PHP, "<?php\nnamespace phpseclib3\\Crypt {\nclass A { function f() { return [new Hash('sha1'), \\md5($x)]; } }\n}\n",
     "SHA-1, MD5"),
    (PHP, "<?php\n$hash = isset($a) ? strtolower($a) : 'sha1';\nhash_pbkdf2($hash, $p, $s, 1);\nhash($hash, $p);\n",
     "PBKDF2, SHA-1, unknown"),
    (PHP, "<?php\n$hash = $a ? 'sha256' : 'sha1';\nhash_hmac($hash, $p, $s);\n", "HMAC"),
    # Rust.
    (RUST, "use ring::signature;\nfn f() { let a = match s { signature::ED25519 => &signature::RSA_PSS_SHA512, _ => g }; }\n",
     "RSA-PSS SHA-512"),
    (RUST, "use sha2::{Digest, Sha256};\nfn f() { let h = Sha256::digest(b\"x\"); }\n", "SHA-256"),
    (RUST, "use rsa::{RsaPrivateKey, RsaPublicKey};\nfn f() { RsaPrivateKey::new(&mut rng, 2048).unwrap(); }\n", "RSA 2048"),
    (RUST, "use ml_kem::{MlKem768, KemCore};\nfn f() { let (a, b) = MlKem768::generate(&mut rng); }\n", "ML-KEM-768"),
    (RUST, "fn f() { let k = openssl::rsa::Rsa::generate(4096).unwrap(); }\n", "RSA 4096"),
    (RUST, "use ring::digest;\nfn f() { digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, b\"x\"); }\n", "SHA-1"),
    (RUST, "// Sha1::new()\nuse sha1::Sha1;\n/// Sha1::digest(x)\nfn f() {}\n", ""),
    (RUST, "use std::fmt;\nstruct Sha256;\nimpl Sha256 { fn new() -> Self { Sha256 } }\nfn f() { Sha256::new(); }\n", ""),
    (RUST, "use rustls::crypto::ring::kx_group::X25519;\nfn f() { mine![X25519]; vec![(1, &X25519)]; }\n", "X25519"),
    # Ruby.
    (RUBY, "require 'net/http'\nhttp.min_version = version\nhttp.min_version += 1\nx = http.min_version\n", ""),
    (RUBY, "require 'openssl'\nKEY = OpenSSL::PKey::RSA.new(2048)\n", "RSA 2048"),
    (RUBY, "require 'digest'\nputs Digest::SHA1.hexdigest('x')\n", "SHA-1"),
    (RUBY, "require 'openssl'\nNAME = 'AES-128-CBC'\ndef f\n  OpenSSL::Cipher.new(NAME)\nend\n", "AES-128 CBC"),
    (RUBY, "require 'openssl'\nOpenSSL::Cipher.new(name)\n", "unknown"),
    (RUBY, "require 'openssl'\nOpenSSL::HMAC.digest(OpenSSL::Digest.new('SHA1'), k, d)\n", "HMAC, SHA-1"),
    (RUBY, "require 'digest'\nx = Digest::SHA2.new(512)\n", ""),
    (RUBY, "require 'digest'\n# Digest::MD5.hexdigest(x)\ns = \"Digest::MD5.hexdigest(x)\"\n", ""),
    (RUBY, "class Description\n  def rsa\n    Design.new(2048)\n  end\nend\n", ""),
]  # fmt: skip


@pytest.mark.parametrize(("language", "code", "expected"), TRUTH, ids=[f"{row[0]}-{number}" for number, row in enumerate(TRUTH)])
def test_the_uses_of_a_program_are_found_and_nothing_else(language: str, code: str, expected: str) -> None:
    assert found(code, language) == expected


def test_the_table_is_as_large_as_it_says() -> None:
    assert len(TRUTH) >= 120
    assert sum(not expected for *_, expected in TRUTH) >= 40


@pytest.mark.parametrize(
    "name",
    [
        "shop/src/test/java/a/b/c/d/e/A.java",
        "tests/a.py",
        "spec/a_spec.rb",
        "pkg/a_test.go",
        "docs/example.py",
        "src/__tests__/a.js",
        "lib/CipherTest.java",
    ],
)
def test_code_of_tests_and_of_documentation_is_only_mentioned(name: str) -> None:
    code = {"java": JCA + 'class A { Object f() { return Cipher.getInstance("DES"); } }\n', "py": "import hashlib\nhashlib.md5()\n",
            "rb": "require 'digest'\nDigest::MD5.new\n", "go": 'package a\nimport "crypto/md5"\nvar h = md5.New()\n',
            "js": "const c = require('crypto');\nc.createHash('md5');\n"}  # fmt: skip
    languages = {"java": JAVA, "py": PY, "rb": RUBY, "go": GO, "js": JS}
    end = name.rpartition(".")[2]
    (one,) = observed(code[end], languages[end], name)
    assert one.usage is Usage.MENTIONED
    for elsewhere in (f"src/latest/protest.{end}", f"/srv/test/apps/shop/src/lib/cipher/main.{end}"):
        (one,) = observed(code[end], languages[end], elsewhere)
        assert one.usage is Usage.USED


@pytest.mark.parametrize(
    ("language", "code"),
    [
        (PY, "import pytest\nimport hashlib\ndef test_a():\n    hashlib.md5()\n"),
        (PY, "import unittest\nimport hashlib\nclass A(unittest.TestCase):\n    def f(self): hashlib.md5()\n"),
        (JAVA, "import org.junit.Test;\n" + JCA + 'class A {\n@Test\npublic void f() { Cipher.getInstance("DES"); } }\n'),
        (JS, "import { it } from 'vitest';\nimport crypto from 'crypto';\nit('a', () => crypto.createHash('md5'));\n"),
        (RUST, "#![cfg(test)]\nuse sha1::Sha1;\nfn f() { Sha1::new(); }\n"),
    ],
    ids=["pytest", "unittest", "junit", "vitest", "rust"],
)
def test_a_framework_and_tests_tell_tests_too(language: str, code: str) -> None:
    (one,) = observed(code, language)
    assert one.usage is Usage.MENTIONED


@pytest.mark.parametrize(
    ("language", "code"),
    [
        (PY, "from unittest import mock\nimport hashlib\nhashlib.md5()\n"),
        (PY, "import pytest\nimport hashlib\ndef run():\n    hashlib.md5()\n    pytest.main()\n"),
        (GO, 'package a\nimport (\n\t"crypto/md5"\n\t"testing"\n)\nfunc Check(t *testing.T) { md5.New() }\n'),
        (JS, "const assert = require('chai');\nconst c = require('crypto');\nc.createHash('md5');\n"),
    ],
    ids=["unittest", "pytest", "testing", "chai"],
)
def test_a_library_of_tests_alone_makes_no_tests(language: str, code: str) -> None:
    (one,) = observed(code, language)
    assert one.usage is Usage.USED


@pytest.mark.parametrize(
    ("name", "usage"),
    [
        ("load-test.py", Usage.USED),
        ("ab-test/assign.py", Usage.USED),
        ("openapi-spec/sign.py", Usage.USED),
        ("contest.py", Usage.USED),
        ("mock-bank/server.py", Usage.USED),
        ("test_a.py", Usage.MENTIONED),
        ("a_test.py", Usage.MENTIONED),
        ("conftest.py", Usage.MENTIONED),
        ("a/test/b.py", Usage.MENTIONED),
        ("integration-tests/b.py", Usage.MENTIONED),
        ("a\\\\tests\\\\b.py", Usage.MENTIONED),
    ],
)
def test_names_tell_tests_where_runners_find_them(name: str, usage: Usage) -> None:
    (one,) = observed("import hashlib\nhashlib.md5()\n", PY, name)
    assert one.usage is usage


@pytest.mark.parametrize(
    ("middle", "usages"),
    [
        ("#[cfg(test)]\nmod tests { fn g() { super::Sha1::new(); Sha1::digest(x); } }\n", "used mentioned used"),
        (
            '#[cfg(all(test, unix))]\n// why\n#[allow(x)]\nmod tests { const C: &str = "}"; fn g() { Sha1::digest(x); } }\n',
            "used mentioned used",
        ),
        ("#[test]\nfn g() { Sha1::digest(x); }\n", "used mentioned used"),
        ("#[cfg(test)]\nuse a::b;\nfn g() { Sha1::digest(x); }\n", "used used used"),
        ("#[cfg(not(test))]\nfn g() { Sha1::digest(x); }\n", "used used used"),
    ],
    ids=["module", "more attributes", "function", "import", "not in tests"],
)
def test_tests_in_a_file_of_rust_end_with_their_block(middle: str, usages: str) -> None:
    code = "use sha1::Sha1;\nfn f() { Sha1::new(); }\n" + middle + "fn h() { Sha1::new(); }\n"
    assert " ".join(one.usage.value for one in observed(code, RUST)) == usages


def test_what_cannot_be_followed_is_concluded_and_unknown() -> None:
    (one,) = observed(JCA + "class A { Object f(String a) { return Cipher.getInstance(a); } }\n", JAVA)
    assert (one.confidence, one.quantum_class) == (Confidence.INFERRED, QuantumClass.UNKNOWN)
    (one,) = observed("import hashlib\nhashlib.new(name)\n", PY)
    assert (one.confidence, one.quantum_class) == (Confidence.INFERRED, QuantumClass.NOT_PUBLIC_KEY)
    assert dict(one.parameters)["argument"] == "not_followed"
    (one,) = observed("import hashlib\nhashlib.new('nonsense')\n", PY)
    assert dict(one.parameters)["argument"] == "unlisted"


def test_each_use_has_its_line_its_octet_and_its_path() -> None:
    code = "# ế\nfrom hashlib import md5 as m\nm(b'')\n"
    (one,) = observed(code, PY)
    assert one.where is not None
    assert (one.where.line, one.where.symbol) == (3, "hashlib.md5")
    assert code.encode("utf-8")[one.where.offset or 0 :].startswith(b"m(b'')")


@pytest.mark.parametrize(
    "head",
    [b"# \xff\xfe\x80\xc3\n", b"# \xe1\xba\xbf \xf0\x9f\x98\x80\n", b"# \xed\xa0\x80\xe1\xba\n" * 2000],
    ids=["no-utf-8", "utf-8", "much"],
)
def test_octets_that_are_no_text_move_no_place(head: bytes) -> None:
    data = head + b"import hashlib\nhashlib.md5()\nhashlib.sha1()\n" + head
    observations = facts_of(SourceFileProbe(), data, "a.py").observations
    places = [one.where.offset for one in observations if one.where is not None]
    assert places == [data.index(b"hashlib.md5"), data.index(b"hashlib.sha1")]


def test_a_file_without_a_name_is_known_by_what_stands_in_it() -> None:
    assert found("#!/usr/bin/env python3\nimport hashlib\nhashlib.md5()\n", PY, "bin/tool") == "MD5"
    assert found('package main\nimport "crypto/md5"\nfunc main() { md5.New() }\n', GO, "bin/tool") == "MD5"
    assert found("hashlib.md5() is old. import hashlib\n", PY, "README") == ""


@pytest.mark.parametrize(
    ("language", "code"),
    [
        (RUST, "#![allow(dead_code)]\nuse md5::Md5;\nfn f() { Md5::new(); }\n"),
        (PY, "#!/usr/bin/env -S uv run --script\nimport hashlib\nhashlib.md5()\n"),
        (PY, "#! python3\nimport hashlib\nhashlib.md5()\n"),
        (PY, "\ufeffimport hashlib\nhashlib.md5()\n"),
        (PY, "\ufeff#!/usr/bin/python3\nimport hashlib\nhashlib.md5()\n"),
        (PY, "# a licence\n" * 10_000 + "import hashlib\nhashlib.md5()\n"),
        (CS, "\ufeff" + NET + "class A { void F() { MD5.Create(); } }\n"),
        (
            JAVA,
            "/*\n" + " * a licence\n" * 10_000 + " */\n" + JCA + 'class A { Object f() { return Cipher.getInstance("MD5"); } }\n',
        ),
        (C, "// a licence\n" * 10_000 + "#include <openssl/md5.h>\nvoid f(void) { MD5_Init(&c); }\n"),
    ],
    ids=[
        "attribute",
        "uv",
        "bare",
        "mark",
        "mark and shebang",
        "long comment",
        "mark in C#",
        "long comment in Java",
        "long comment in C",
    ],
)
def test_what_stands_in_front_hides_no_source_code(language: str, code: str) -> None:
    assert found(code, language) == "MD5"


@pytest.mark.parametrize("first", ["#!/bin/sh", "#!/usr/bin/env bash", "#!/usr/bin/perl -w"])
def test_a_script_of_a_shell_is_none_of_these_languages(first: str) -> None:
    assert found(f"{first}\nimport hashlib\nhashlib.md5()\n", PY, "tool") == ""


def test_the_description_of_a_package_is_none_either() -> None:
    assert found("Metadata-Version: 2.1\nName: a\n\n```\nimport hashlib\nhashlib.md5()\n```\n", PY, "a.egg-info/PKG-INFO") == ""


def test_where_the_tree_lies_says_nothing_of_what_it_holds() -> None:
    data = b"import hashlib\n\nhashlib.md5(b'')\n"
    root = "/srv/tests/corpus"
    for name, usage in ((f"{root}/a.py", Usage.USED), (f"{root}/tests/a.py", Usage.MENTIONED)):
        (observation,) = facts_of(SourceFileProbe((root,)), data, name).observations
        assert observation.usage is usage
    (alone,) = facts_of(SourceFileProbe((f"{root}/a.py",)), data, f"{root}/a.py").observations
    assert alone.usage is Usage.USED


def test_a_program_with_words_of_source_code_in_it_is_none() -> None:
    with pytest.raises(WrongProtocol):
        facts_of(SourceFileProbe(), b"\x7fELF\0\0" + b"import hashlib\n\nhashlib.md5(b'')\n" + bytes(3 << 20), "main")
