from __future__ import annotations

from dataclasses import replace
from datetime import date

from cryptography.hazmat.primitives.asymmetric import ec

from pqscan.wire.pki.certificate import read_certificate
from pqscan.wire.pki.chain import expected_order, is_in_order, issued_by, outlives, path, signatures_that_count, split_bundle
from tests.unit.wire.pki.making import NOT_AFTER, Issuer, assembled, signed

ROOT_KEY, MIDDLE_KEY, OTHER_KEY = (ec.derive_private_key(number, ec.SECP256R1()) for number in (21, 22, 23))
ROOT: Issuer = (ROOT_KEY, "Root")
MIDDLE: Issuer = (MIDDLE_KEY, "Middle")

root = read_certificate(signed("Root", key=ROOT_KEY, ca=True))
middle = read_certificate(signed("Middle", key=MIDDLE_KEY, issuer=ROOT, ca=True))
leaf = read_certificate(signed("a.example", issuer=MIDDLE))
stray = read_certificate(signed("Stray", key=OTHER_KEY, ca=True))
impostor = read_certificate(signed("Middle", key=OTHER_KEY, issuer=ROOT, ca=True))


def test_an_issuer_is_known_by_name_and_signature() -> None:
    assert issued_by(leaf, middle)
    assert not issued_by(leaf, root)
    assert not issued_by(leaf, impostor)
    assert issued_by(root, root)


def test_names_alone_decide_where_the_encoding_is_not_at_hand() -> None:
    assert issued_by(replace(leaf, der=b""), replace(impostor, der=b""))


def test_the_path_goes_from_the_leaf_to_its_root_past_strays_and_impostors() -> None:
    assert path([leaf, stray, impostor, root, middle]) == (leaf, middle, root)
    assert path([leaf, middle]) == (leaf, middle)
    assert path([]) == ()


def test_the_expected_order_is_the_path_and_then_the_rest() -> None:
    sent = (leaf, stray, root, middle)
    assert expected_order(sent) == (leaf, middle, root, stray)
    assert not is_in_order(sent)
    assert is_in_order((leaf, middle, root))
    assert is_in_order((leaf,))
    assert not is_in_order((leaf, middle, middle))


def test_the_self_signature_of_a_root_does_not_count() -> None:
    assert signatures_that_count([leaf, middle, root]) == (leaf, middle)
    assert signatures_that_count([leaf, middle]) == (leaf, middle)
    assert signatures_that_count([leaf, stray]) == (leaf,)
    assert signatures_that_count([root]) == ()


def test_the_path_ends_at_a_root_even_where_another_has_signed_the_same_key() -> None:
    crossed = read_certificate(signed("Root", key=ROOT_KEY, issuer=(OTHER_KEY, "Other"), ca=True))
    assert path([leaf, middle, root, crossed]) == (leaf, middle, root)
    assert path([leaf, middle, crossed, root]) == (leaf, middle, crossed)


def test_certificates_that_issue_each_other_end_the_path() -> None:
    there, back = (read_certificate(assembled(subject=s, issuer=i)) for s, i in ((A, B), (B, A)))
    first = read_certificate(assembled(issuer=A))
    nameless = [replace(certificate, der=b"") for certificate in (first, there, back)]
    assert path(nameless) == tuple(nameless)


def test_a_certificate_outlives_the_days_before_its_last() -> None:
    last = NOT_AFTER.date()
    assert outlives(leaf, date(2029, 12, 31)) is True
    assert outlives(leaf, last) is False
    assert outlives(replace(leaf, not_after=None), last) is None


def test_a_bundle_is_split_where_no_issuer_follows() -> None:
    assert split_bundle([leaf, middle, root, stray, leaf, middle]) == ((leaf, middle, root), (stray,), (leaf, middle))
    assert split_bundle([root, stray, root]) == ((root,), (stray,), (root,))
    assert split_bundle([root, root]) == ((root,), (root,))
    assert split_bundle([]) == ()


A = bytes.fromhex("300c310a300806035504030c0141")
B = bytes.fromhex("300c310a300806035504030c0142")
