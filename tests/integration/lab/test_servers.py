"""The lab proves itself: every server does what its truth file says, as OpenSSL's own client sees it."""

from __future__ import annotations

import pytest

from pqscan.demo.servers import DEMO_SERVERS
from tests.peers.lab import Lab
from tests.peers.openssl_client import (
    GROUPS,
    SCHEMES,
    SUITES,
    VERSIONS,
    Answer,
    ask,
    current_client,
    describe_key,
    describe_signature,
)
from tests.peers.truth import load_truth, truth_names

NAMES = truth_names()
DEMO_NAMES = truth_names("demo")
CASES = [(name, version) for name in NAMES for version in load_truth(name).versions]
WITHOUT_FINITE_FIELDS = tuple(group for group in GROUPS if not group.startswith("0x01"))
CURVE_OF_LEAF = {"P-256": "0x0017", "P-384": "0x0018", "P-521": "0x0019"}
SCHEME_OF_SIGNATURE = {
    "1.2.840.113549.1.1.5": "0x0201",
    "1.2.840.113549.1.1.11": "0x0401",
    "1.2.840.10045.4.3.2": "0x0403",
    "1.2.840.10045.4.3.3": "0x0503",
    "1.2.840.10045.4.3.4": "0x0603",
    "1.3.101.112": "0x0807",
    "2.16.840.1.101.3.4.3.17": "0x0904",
    "2.16.840.1.101.3.4.3.18": "0x0905",
    "2.16.840.1.101.3.4.3.19": "0x0906",
}
UNSHARED = "0x0029"  # curveSM2: in no server's list, so a share for it alone forces a HelloRetryRequest.


def _suites_of(version: str, *, forward_secret: bool = False) -> tuple[str, ...]:
    suites = [suite for suite in SUITES if suite.startswith("0x13") == (version == "TLS1.3")]
    return tuple(suite for suite in suites if not forward_secret or SUITES[suite].startswith(("ECDHE", "DHE", "TLS_")))


def _suites_for(version: str, group: str) -> tuple[str, ...]:
    """The suites whose key exchange runs over this kind of group."""
    if version == "TLS1.3":
        return _suites_of(version)
    start = "DHE" if group.startswith(("0x01", "dh:")) else "ECDHE"
    return tuple(suite for suite in _suites_of(version) if SUITES[suite].startswith(start))


class Client:
    """Asks one server of the lab in one version."""

    def __init__(self, lab: Lab, name: str, version: str) -> None:
        self.truth = load_truth(name)
        self.version = version
        self._server = lab[name]

    def ask(
        self,
        *,
        groups: tuple[str, ...] = tuple(GROUPS),
        suites: tuple[str, ...] | None = None,
        schemes: tuple[str, ...] = tuple(SCHEMES),
    ) -> Answer:
        suites = _suites_of(self.version) if suites is None else suites
        return ask(
            self._server.address,
            self._server.port,
            versions=(self.version,),
            groups=groups,
            suites=suites,
            schemes=schemes,
            name=self.truth.server_name,
        )


@pytest.fixture
def client(lab: Lab, request: pytest.FixtureRequest) -> Client:
    return Client(lab, *request.param)


each_version = pytest.mark.parametrize("client", CASES, indirect=True, ids=lambda case: f"{case[0]}-{case[1]}")


def test_every_demo_server_has_a_truth_and_every_truth_a_server() -> None:
    assert sorted(spec.name for spec in DEMO_SERVERS) == DEMO_NAMES


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("version", VERSIONS)
def test_a_version_is_accepted_exactly_where_the_truth_says(lab: Lab, name: str, version: str) -> None:
    assert Client(lab, name, version).ask().accepted == (version in load_truth(name).versions)


@each_version
def test_each_accepted_suite_works_alone_and_all_others_together_do_not(client: Client) -> None:
    expected = _askable(client.truth.versions[client.version].suites)
    for suite in expected:
        assert (
            client.ask(suites=(suite,), groups=WITHOUT_FINITE_FIELDS).suite == suite or client.ask(suites=(suite,)).suite == suite
        )
    others = tuple(suite for suite in _suites_of(client.version) if suite not in expected)
    if others:
        assert not client.ask(suites=others).accepted
        assert not client.ask(suites=others, groups=WITHOUT_FINITE_FIELDS).accepted


@each_version
def test_each_accepted_group_works_and_all_others_together_do_not(client: Client) -> None:
    truth = client.truth.versions[client.version]
    curves = {CURVE_OF_LEAF[chain.keys[0]] for chain in client.truth.chains if chain.keys[0] in CURVE_OF_LEAF}
    for group in _askable_groups(truth.groups):
        suites = _suites_for(client.version, group)
        if group.startswith("dh:"):  # Own parameters: used where the client lists no finite-field group.
            finite = [suite for suite in truth.suites if SUITES[suite].startswith(("DHE", "ADH"))]
            assert group in {client.ask(groups=("0x001d",), suites=(suite,)).group for suite in finite}
        else:  # Below TLS 1.3 the client's list must also hold the curve of an ECDSA certificate (RFC 8422, section 5.1.1).
            alone = client.ask(groups=(group,), suites=suites).group
            assert group in (alone, client.ask(groups=(group, *sorted(curves - {group})), suites=suites).group)
    # Where the client lists no finite-field group a server may choose one (Java takes ffdhe2048) or parameters of its own.
    own = {group for group in truth.groups if group.startswith(("dh:", "0x01"))}
    others = tuple(group for group in GROUPS if group not in truth.groups)
    for suites in {_suites_for(client.version, group) for group in GROUPS} if others else ():
        answer = client.ask(groups=others, suites=suites)
        assert not answer.accepted or answer.group in own


@each_version
def test_each_accepted_scheme_works_alone_and_all_others_together_do_not(client: Client) -> None:
    expected = client.truth.versions[client.version].schemes
    if client.version not in ("TLS1.2", "TLS1.3"):
        assert expected == ()
        return
    suites = _suites_of(client.version, forward_secret=True)
    chain_schemes = {SCHEME_OF_SIGNATURE[chain.signatures[0]] for chain in client.truth.chains}
    for scheme in expected:
        # Java wants to see the schemes of its chain in the same list, since OpenSSL's client sends no signature_algorithms_cert.
        alone = client.ask(schemes=(scheme,), suites=suites).scheme
        assert scheme in (alone, client.ask(schemes=(scheme, *sorted(chain_schemes - {scheme})), suites=suites).scheme)
    others = tuple(scheme for scheme in SCHEMES if scheme not in expected)
    assert not client.ask(schemes=others, suites=suites).accepted


@each_version
def test_suites_come_in_the_order_that_the_truth_names(client: Client) -> None:
    truth = client.truth.versions[client.version]
    groups = WITHOUT_FINITE_FIELDS if any(group.startswith("dh:") for group in truth.groups) else tuple(GROUPS)
    suites = _askable(truth.suites)
    for asked in (suites, _reversed_with_aes_gcm_first(suites)):
        expected = asked if truth.suite_order == "client" else suites
        assert _picked(lambda left: client.ask(suites=left, groups=groups).suite, asked) == expected


@pytest.mark.parametrize("client", [case for case in CASES if case[1] == "TLS1.3"], indirect=True, ids=lambda case: case[0])
def test_groups_are_asked_for_in_the_order_that_the_truth_names(client: Client) -> None:
    truth = client.truth.versions["TLS1.3"]
    groups = _askable_groups(truth.groups)
    for asked in (groups, groups[::-1]):
        expected = asked if truth.group_order == "client" else groups
        if truth.group_tuples:
            expected = tuple(group for each in truth.group_tuples for group in asked if group in each)
        assert _picked(lambda left: client.ask(groups=(UNSHARED, *left)).group, asked) == expected


@each_version
def test_chains_and_the_wish_for_a_client_certificate_are_as_the_truth_says(client: Client) -> None:
    truth = client.truth.versions[client.version]
    answers = [client.ask()] + [client.ask(schemes=(scheme,)) for scheme in truth.schemes]
    sent = {
        (tuple(map(describe_key, answer.chain)), tuple(map(describe_signature, answer.chain))) for answer in answers if answer.chain
    }
    assert sent <= {(chain.keys, chain.signatures) for chain in client.truth.chains}
    if client.version == "TLS1.3":  # All kinds of leaf can be had in TLS 1.3.
        assert len(sent) == len(client.truth.chains)
    assert {answer.client_certificate_requested for answer in answers if answer.chain} == {truth.client_certificate == "requested"}


@pytest.mark.parametrize("name", NAMES)
def test_the_current_client_gets_what_the_truth_says(lab: Lab, name: str) -> None:
    truth = load_truth(name)
    answer = current_client(lab[name].address, lab[name].port, truth.server_name)
    if truth.selected.fails is not None:
        assert (answer.accepted, f"alert_{answer.alert}") == (False, truth.selected.fails)
        return
    got = (answer.version, answer.group, answer.suite, answer.scheme, describe_key(answer.chain[0]))
    wanted = truth.selected
    assert got == (wanted.version, wanted.group, wanted.suite, wanted.scheme, wanted.leaf)
    assert not answer.retried


@pytest.mark.parametrize("name", [name for name in NAMES if load_truth(name).group_selection])
def test_an_x25519_share_alone_is_taken_or_answered_by_a_retry_as_the_truth_says(lab: Lab, name: str) -> None:
    truth = load_truth(name)
    # The hybrid is listed first: a server that goes by the client's order asks for it too.
    answer = ask(
        lab[name].address,
        lab[name].port,
        groups=("0x11ec", "0x001d"),
        shares=("0x001d",),
        versions=("TLS1.3",),
        name=truth.server_name,
    )
    assert answer.accepted
    assert answer.retried == (truth.group_selection == "hello_retry_upgrade")


@pytest.mark.parametrize("name", [name for name in NAMES if load_truth(name).server_name])
def test_without_a_name_the_default_site_answers_as_the_truth_says(lab: Lab, name: str) -> None:
    truth = load_truth(name)
    version = list(truth.versions)[-1]
    named = Client(lab, name, version).ask()
    unnamed = ask(lab[name].address, lab[name].port, versions=(version,))
    if truth.default_site is not None and truth.default_site.startswith("alert_"):
        assert f"alert_{unnamed.alert}" == truth.default_site
    else:
        assert (named.chain[0] == unnamed.chain[0]) == (truth.default_site == "same")


@pytest.mark.parametrize("name", NAMES)
def test_application_protocols_are_those_of_the_truth(lab: Lab, name: str) -> None:
    truth = load_truth(name)
    answers = [ask(lab[name].address, lab[name].port, alpn=(protocol,), name=truth.server_name) for protocol in ("h2", "http/1.1")]
    assert tuple(dict.fromkeys(answer.alpn for answer in answers if answer.alpn)) == truth.alpn


def _askable(suites: tuple[str, ...]) -> tuple[str, ...]:
    """Without RC4 and triple DES, which OpenSSL 4.0 lacks: test_go_client.py asks for those."""
    return tuple(suite for suite in suites if suite in SUITES)


def _askable_groups(groups: tuple[str, ...]) -> tuple[str, ...]:
    """Without what OpenSSL 4.0 lacks: secp256k1, private groups."""
    return tuple(group for group in groups if group in GROUPS or group.startswith("dh:"))


def _reversed_with_aes_gcm_first(suites: tuple[str, ...]) -> tuple[str, ...]:
    """Backwards, but AES-GCM first where there is one: Go prefers ChaCha20 for a client that does not start so."""
    backwards = suites[::-1]
    first = next(
        (suite for suite in backwards if "GCM" in SUITES[suite] and SUITES[suite].startswith(("ECDHE", "TLS_"))), backwards[0]
    )
    return (first, *(suite for suite in backwards if suite != first))


def _picked(ask_for: object, values: tuple[str, ...]) -> tuple[str, ...]:
    """What the server picks while each pick is taken out of the list."""
    left, picked = list(values), []
    while left:
        choice = ask_for(tuple(left))  # type: ignore[operator]
        picked.append(choice)
        left.remove(choice)
    return tuple(picked)
