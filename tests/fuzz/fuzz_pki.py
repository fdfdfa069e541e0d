"""Feeds bytes that a fuzzer grows to the certificate, PEM and key set readers: `python tests/fuzz/fuzz_pki.py -max_total_time=60`.

Needs atheris (pip install atheris). Anything but a certificate or MalformedMessage is a crash with the input beside it.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

from pqscan.errors import MalformedMessage

MOST_KEY_BITS = 65_536


def one_input(data: bytes) -> None:
    """One run: as DER, as PEM whose blocks are read as DER, as a set of keys in JSON and as SAML metadata."""
    from pqscan.wire.kept import read_kept
    from pqscan.wire.keystore.bouncy_castle import read_bcfks, read_bouncy_castle
    from pqscan.wire.keystore.capi_key import read_capi_blob, read_pvk
    from pqscan.wire.keystore.cng_key import read_cng_blob
    from pqscan.wire.keystore.jks import read_java_key_store
    from pqscan.wire.keystore.nss import read_nss
    from pqscan.wire.keystore.pkcs12 import read_pkcs12
    from pqscan.wire.keystore.windows import read_elements, read_registry_blob
    from pqscan.wire.keystore.xml_key import read_xml_key
    from pqscan.wire.pki.bundle import begins_as_bundle, bundles_in, read_bundle
    from pqscan.wire.pki.certificate import read_certificate
    from pqscan.wire.pki.jwk import read_jwk_set
    from pqscan.wire.pki.parameters import read_dh_parameters, read_dsa_parameters, read_ec_parameters, read_x942_parameters
    from pqscan.wire.pki.pem import scan_pem
    from pqscan.wire.pki.private_key import read_private_key
    from pqscan.wire.pki.request import read_requested_key
    from pqscan.wire.pki.revocation import (
        read_attribute_certificate,
        read_crl,
        read_ocsp_request,
        read_ocsp_response,
        read_timestamp_request,
    )
    from pqscan.wire.pki.saml import read_saml_metadata
    from pqscan.wire.pki.unlocking import rounds_of
    from pqscan.wire.ssh.old_private_key import read_ssh1_key, read_sshcom_key
    from pqscan.wire.ssh.private_key import read_openssh_key, read_putty_key

    for read in (
        read_jwk_set,
        read_saml_metadata,
        read_kept,
        read_private_key,
        read_openssh_key,
        read_putty_key,
        read_sshcom_key,
        read_pvk,
        read_capi_blob,
        read_cng_blob,
        read_xml_key,
        read_ssh1_key,
        read_requested_key,
        read_pkcs12,
        read_java_key_store,
        read_bouncy_castle,
        read_bcfks,
        read_nss,
        read_elements,
        read_attribute_certificate,
        read_crl,
        read_ocsp_request,
        read_ocsp_response,
        read_timestamp_request,
        read_dh_parameters,
        read_dsa_parameters,
        read_x942_parameters,
        read_ec_parameters,
        rounds_of,
        read_bundle,
        begins_as_bundle,
        lambda octets: list(bundles_in(octets)),
    ):
        with contextlib.suppress(MalformedMessage):
            read(data)
    with contextlib.suppress(MalformedMessage):
        read_registry_blob(data, 0)
    for der in (data, *(block.der for block in scan_pem(data))):
        try:
            certificate = read_certificate(der)
        except MalformedMessage:
            continue
        if not certificate.public_key.oid or not certificate.subject.isprintable():
            raise AssertionError(f"a certificate without key or with unprintable text: {der.hex()}")
        if (certificate.public_key.size_bits or 0) > max(8 * len(der), MOST_KEY_BITS):
            raise AssertionError(f"a key that has more bits than a key can have: {der.hex()}")


def seeds() -> Iterator[bytes]:
    """The certificates of the property tests: few grown bytes get past the first lengths."""
    from tests.properties.test_lone_keys import SAMPLES as LONE
    from tests.properties.test_more_key_stores import SAMPLES as STORES
    from tests.properties.test_pki import SAMPLES
    from tests.properties.test_private_keys import SAMPLES as KEYS
    from tests.properties.test_signed_statements import SAMPLES as STATEMENTS

    yield from (*SAMPLES, *STATEMENTS, *STORES, *KEYS, *LONE)
    yield b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00" + bytes(32)  # pqscan.wire.pki.bare_key


def main(arguments: list[str]) -> int:
    try:
        import atheris
    except ImportError:
        print("atheris is not installed here; install it (pip install atheris) and run this file again.", file=sys.stderr)
        return 3
    with atheris.instrument_imports(include=["pqscan"]):
        from pqscan.wire.pki import certificate, jwk, pem, private_key, saml  # noqa: F401
        from pqscan.wire.ssh import private_key as ssh_private_key  # noqa: F401
    atheris.Setup(arguments, one_input)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
