"""The codes for what is wrong with a certificate's encoding, as `Certificate.malformed` carries them (sorted)."""

from __future__ import annotations

from enum import StrEnum


class Flaw(StrEnum):
    """One way in which a certificate is not as RFC 5280 and X.690 (DER) demand. Facts about bytes, not a judgement."""

    BAD_DNS_NAME = "bad_dns_name"  # a dNSName with octets that no name has
    BAD_EXTENSION = "bad_extension"  # an extension that cannot be read
    BAD_FIELD = "bad_field"  # something in TBSCertificate that does not belong there
    BAD_IP_ADDRESS = "bad_ip_address"  # an iPAddress of neither 4 nor 16 octets
    BAD_KEY_PARAMETERS = "bad_key_parameters"  # parameters of the key missing or not as its algorithm demands
    BAD_NAME = "bad_name"  # a distinguished name whose structure breaks off
    BAD_PUBLIC_KEY = "bad_public_key"  # a key that is not built as its algorithm demands, or is no point of its curve
    BAD_SERIAL = "bad_serial"  # an empty serial number
    BAD_SIGNATURE_PARAMETERS = "bad_signature_parameters"
    BAD_STRING = "bad_string"  # characters that the string's type does not have
    BAD_TIME = "bad_time"  # a time that cannot be read, or has no seconds, no Z, or a fraction
    BAD_VERSION = "bad_version"  # a version other than 1 to 3, or extensions before version 3
    DUPLICATE_EXTENSION = "duplicate_extension"
    EXPLICIT_EC_PARAMETERS = "explicit_ec_parameters"  # the curve's numbers instead of its name
    EXTENSIONS_CUT = "extensions_cut"  # more extensions or key purposes than are kept
    INDEFINITE_LENGTH = "indefinite_length"  # BER that DER forbids
    LENGTH_OVERRUN = "length_overrun"  # an element that says it is longer than what holds it
    LONG_SERIAL = "long_serial"  # more than 20 octets
    NAME_CUT = "name_cut"  # a distinguished name longer than is kept
    NAMES_CUT = "names_cut"  # more alternative names than are kept
    NEGATIVE_SERIAL = "negative_serial"
    NO_SIGNATURE = "no_signature"  # the signature or its algorithm is missing
    NON_MINIMAL_INTEGER = "non_minimal_integer"
    NON_MINIMAL_LENGTH = "non_minimal_length"
    NOT_STRICT_DER = "not_strict_der"  # strict parsers refuse it; nothing above says why
    PUBLIC_KEY_SIZE = "public_key_size"  # not the size that keys of this algorithm have
    SIGNATURE_ALGORITHMS_DIFFER = "signature_algorithms_differ"  # the inner and the outer identifier
    SIGNATURE_SIZE = "signature_size"  # not the size that signatures of this algorithm have
    TRAILING_BYTES = "trailing_bytes"
    TRUNCATED = "truncated"  # the bytes end before the certificate does
    ZERO_SERIAL = "zero_serial"
