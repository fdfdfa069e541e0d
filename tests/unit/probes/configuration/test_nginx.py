"""nginx: a directive of a block hides the same one of the blocks around it (nginx documentation, ngx_http_ssl_module)."""

from __future__ import annotations

import pytest

from pqscan.errors import WrongProtocol
from pqscan.model.observation import Confidence, Subject, Usage
from tests.unit.probes.configuration.making import facts, line_of, of, parameters, parts, product, state

HTTP = "http {{\n ssl_protocols TLSv1.2 TLSv1.3;\n server {{\n listen 443 ssl;\n server_name a.example;\n {} }}\n}}\n"


def server(*lines: str) -> str:
    return HTTP.format("\n".join(lines))


@pytest.mark.parametrize(
    ("line", "groups", "expected"),
    [
        ("ssl_ecdh_curve X25519MLKEM768:X25519:prime256v1;", ["X25519MLKEM768", "x25519", "secp256r1"], "default"),
        ("ssl_ecdh_curve X25519:X25519MLKEM768;", ["x25519", "X25519MLKEM768"], "capable"),
        ("ssl_ecdh_curve X25519:P-256;", ["x25519", "secp256r1"], "vulnerable"),
        ("ssl_ecdh_curve auto;", ["*"], "unknown"),
        ("", ["*"], "unknown"),
        ("ssl_conf_command Groups X25519MLKEM768;", ["X25519MLKEM768"], "default"),  # TLS 1.2 is on: it is not the only one.
        ("ssl_conf_command Groups X25519MLKEM768; ssl_protocols TLSv1.3;", ["X25519MLKEM768"], "exclusive"),
        ("ssl_ecdh_curve X25519MLKEM768; ssl_protocols TLSv1.2;", ["X25519MLKEM768"], "vulnerable"),
        ("ssl_ecdh_curve X25519MLKEM768; ssl_protocols TLSv1 TLSv1.1;", ["X25519MLKEM768"], "broken"),
        ("# ssl_ecdh_curve X25519MLKEM768;", ["*"], "unknown"),
        ("ssl_ecdh_curve {{ curves }};", ["*"], "unknown"),
    ],
)
def test_truth(line: str, groups: list[str], expected: str) -> None:
    text = server(line)
    assert product(text) == "nginx"
    assert of(text, Subject.NAMED_GROUP) == groups
    assert state(text) == expected


def test_a_server_inherits_what_it_does_not_set_itself() -> None:
    text = server("ssl_ciphers ECDHE-RSA-AES128-GCM-SHA256;")
    assert of(text, Subject.PROTOCOL_VERSION, "server a.example 443") == ["TLS1.2", "TLS1.3"]
    assert line_of(text, Subject.PROTOCOL_VERSION) == [2, 2]
    assert line_of(text, Subject.CIPHER_SUITE) == [6]


def test_what_a_server_sets_hides_what_stands_around_it() -> None:
    assert of(server("ssl_protocols TLSv1.3;"), Subject.PROTOCOL_VERSION) == ["TLS1.3"]


def test_a_server_without_tls_is_no_part() -> None:
    text = "http { ssl_protocols TLSv1.2; server { listen 80; } server { listen 443 ssl; server_name b; } }"
    assert parts(text) == ["server b 443"]


def test_two_servers_alike_are_two_parts() -> None:
    one = "server { listen 443 ssl; ssl_protocols TLSv1.3; }"
    assert parts(one * 2) == ["server 443", "server 443 #2"]


def test_what_a_server_asks_of_others_is_a_part_of_its_own() -> None:
    text = server("proxy_ssl_protocols TLSv1;", "proxy_ssl_conf_command Groups P-256;")
    assert of(text, Subject.PROTOCOL_VERSION, "server a.example 443 upstream") == ["TLS1.0"]
    assert of(text, Subject.NAMED_GROUP, "server a.example 443 upstream") == ["secp256r1"]


PROXY = "server {{ listen {}; server_name a; {} location /api {{ {} proxy_pass {}; }} location / {{ root /x; }} }}"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (PROXY.format("80", "proxy_ssl_protocols TLSv1;", "", "https://b"), {"server a 80 location /api upstream": ["TLS1.0"]}),
        (PROXY.format("80", "", "proxy_ssl_protocols TLSv1.3;", "https://b"), {"server a 80 location /api upstream": ["TLS1.3"]}),
        (
            PROXY.format("80", "proxy_ssl_protocols TLSv1;", "proxy_ssl_protocols TLSv1.3;", "https://b"),
            {"server a 80 location /api upstream": ["TLS1.3"]},
        ),
        (
            PROXY.format("443 ssl", "ssl_protocols TLSv1.2;", "proxy_ssl_protocols TLSv1.3;", "https://b"),
            {"server a 443": ["TLS1.2"], "server a 443 location /api upstream": ["TLS1.3"]},
        ),
        (PROXY.format("443 ssl", "ssl_protocols TLSv1.2;", "", "http://b"), {"server a 443": ["TLS1.2"]}),
        ("stream { server { listen 1; proxy_ssl on; proxy_ssl_protocols TLSv1; } }", {"server 1 upstream": ["TLS1.0"]}),
    ],
)
def test_what_a_location_asks_of_others_is_a_part_whether_or_not_its_server_has_tls(text: str, told: dict[str, list[str]]) -> None:
    assert {part: of(text, Subject.PROTOCOL_VERSION, part) for part in parts(text)} == told


def test_what_nothing_sets_of_an_upstream_the_version_decides() -> None:
    text = PROXY.format("443 ssl", "ssl_ecdh_curve X25519MLKEM768; ssl_protocols TLSv1.3;", "", "https://b")
    assert of(text, Subject.NAMED_GROUP) == ["X25519MLKEM768", "*"]
    assert state(text) == "unknown"


def test_lines_that_are_taken_in_by_another_file_are_read_too() -> None:
    text = "ssl_protocols TLSv1.3;\nssl_ecdh_curve X25519MLKEM768;\n"
    assert (parts(text), state(text)) == (["global"], "exclusive")


@pytest.mark.parametrize("head", ["types", "map $uri $new", "geo $country", 'split_clients "${x}" $variant'])
def test_a_long_table_is_no_reason_to_pass_over_the_servers(head: str) -> None:
    table = "".join(f" a{number}/x b{number};\n" for number in range(150_000))
    text = server("ssl_ecdh_curve X25519;").replace("http {", f"http {{ {head} {{\n{table}}}\n", 1)
    assert (product(text), state(text), facts(text).complete) == ("nginx", "vulnerable", True)


@pytest.mark.parametrize(
    ("line", "expected"), [("ssl_ecdh_curve X25519;", "vulnerable"), ("ssl_ecdh_curve X25519MLKEM768;", "unknown")]
)
def test_of_one_that_is_too_large_the_beginning_is_told(line: str, expected: str) -> None:
    text = server(line) + "server { listen 80; }\n" * 200_000
    assert (product(text), state(text), facts(text).complete) == ("nginx", expected, False)
    behind = "ssl_certificate /x;\n" + "server { listen 80; }\n" * 200_000 + server(line)
    assert (product(behind), state(behind), facts(behind).complete) == ("nginx", "unknown", False)


def test_facts_are_of_a_configuration_and_name_their_directive() -> None:
    found = [one for one in facts(server("ssl_ciphers HIGH:!aNULL;")).observations if one.subject is Subject.CIPHER_SUITE]
    assert {one.usage for one in found} == {Usage.CONFIGURED}
    assert {one.confidence for one in found} == {Confidence.INFERRED}
    assert {parameters(one)["directive"] for one in found} == {"ssl_ciphers"}


@pytest.mark.parametrize(
    "text",
    [
        "# How to\n\nPut `ssl_ecdh_curve X25519MLKEM768;` into the server block; then reload nginx; see the manual.\n",
        'CONFIG = """\nserver { ssl_protocols TLSv1.2; }\n"""\nprint(CONFIG)\nfor each in range(3):\n    do(each)\n' * 3,
        "http { server { listen 80; } }  # ssl_certificate is not set",
        "int main() { char *ssl_protocols = x; return 0; }",
    ],
)
def test_what_only_quotes_a_line_is_no_configuration(text: str) -> None:
    with pytest.raises(WrongProtocol):
        facts(text)


@pytest.mark.parametrize(
    ("around", "lines", "groups"),
    [
        ("", "ssl_ecdh_curve X25519; ssl_conf_command Groups P-384;", ["secp384r1"]),
        ("", "ssl_conf_command Groups P-384; ssl_ecdh_curve X25519;", ["secp384r1"]),
        ("", "ssl_conf_command groups P-384; ssl_conf_command curves P-521;", ["secp521r1"]),
        ("ssl_conf_command Groups P-384;", "ssl_ecdh_curve X25519;", ["secp384r1"]),
        ("ssl_conf_command Groups X25519MLKEM768;", "ssl_conf_command Options PrioritizeChaCha;", ["*"]),
    ],
)
def test_commands_for_openssl_count_last_and_are_inherited_all_or_not(around: str, lines: str, groups: list[str]) -> None:
    # Each was tried with nginx 1.22.1 and OpenSSL 3.0.
    text = server(lines).replace("http {", f"http {{ {around}")
    assert of(text, Subject.NAMED_GROUP) == groups


@pytest.mark.parametrize(
    ("line", "subject", "names"),
    [
        ("ssl_conf_command MinProtocol TLSv1.3;", Subject.PROTOCOL_VERSION, ["TLS1.3"]),
        ("ssl_conf_command MaxProtocol TLSv1.2;", Subject.PROTOCOL_VERSION, ["TLS1.2"]),
        ("ssl_conf_command MaxProtocol TLSv1.1;", Subject.PROTOCOL_VERSION, ["*"]),
        ("ssl_ciphers ECDHE-RSA-AES128-GCM-SHA256; ssl_conf_command CipherString ECDHE-RSA-AES256-GCM-SHA384;",
         Subject.CIPHER_SUITE, ["TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"]),
    ],
)  # fmt: skip
def test_commands_for_openssl_set_versions_and_ciphers(line: str, subject: Subject, names: list[str]) -> None:
    assert sorted(of(server(line), subject)) == names


@pytest.mark.parametrize(
    ("around", "lines", "versions"),
    [
        ("", "ssl_protocols TLSv1.2; ssl_conf_command Protocol TLSv1.3;", ["TLS1.2", "TLS1.3"]),
        ("", "ssl_protocols TLSv1.2; ssl_conf_command Protocol +TLSv1.1;", ["TLS1.1", "TLS1.2"]),
        ("", "ssl_protocols TLSv1.2 TLSv1.3; ssl_conf_command Protocol -TLSv1.2;", ["TLS1.3"]),
        ("", 'ssl_protocols TLSv1.3; ssl_conf_command Protocol "-ALL,+TLSv1.2";', ["TLS1.2"]),
        ("", "ssl_conf_command Protocol ALL; ssl_protocols TLSv1.2;", ["TLS1.0", "TLS1.1", "TLS1.2", "TLS1.3"]),
        (
            "ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3;",
            "ssl_conf_command Protocol -TLSv1; ssl_conf_command Protocol -TLSv1.1;",
            ["TLS1.2", "TLS1.3"],
        ),
        ("", "ssl_protocols TLSv1.2; ssl_conf_command MinProtocol TLSv1.2; ssl_conf_command Protocol +TLSv1.1;", ["TLS1.2"]),
        ("ssl_conf_command Protocol TLSv1.3;", "ssl_protocols TLSv1.2;", ["TLS1.2", "TLS1.3"]),
        ("ssl_conf_command Protocol TLSv1.3;", "ssl_protocols TLSv1.2; ssl_conf_command MinProtocol TLSv1.2;", ["TLS1.2"]),
        ("", "ssl_protocols TLSv1.2; ssl_conf_command Protocol -TLSv1.2;", ["*"]),
    ],
)
def test_a_command_takes_versions_out_and_puts_others_in(around: str, lines: str, versions: list[str]) -> None:
    # Each was tried with nginx 1.22.1 and OpenSSL 3.0.
    text = server(lines).replace("http {", f"http {{ {around}")
    assert sorted(of(text, Subject.PROTOCOL_VERSION)) == versions


def test_a_version_has_the_line_that_puts_it_in() -> None:
    text = server("\nssl_protocols TLSv1.2;\nssl_conf_command Protocol TLSv1.3;\n")
    first = text[: text.rindex("ssl_protocols")].count("\n") + 1
    found = [one for one in facts(text).observations if one.subject is Subject.PROTOCOL_VERSION]
    assert sorted((one.value, None if one.where is None else one.where.line, one.confidence.value) for one in found) == [
        ("TLS1.2", first, "observed"),
        ("TLS1.3", first + 1, "observed"),
    ]


@pytest.mark.parametrize(
    ("side", "passes", "plain"),
    [("grpc", "grpc_pass grpcs://b;", "grpc_pass grpc://b;"), ("uwsgi", "uwsgi_pass suwsgi://b;", "uwsgi_pass b;"),
     ("upstream", "proxy_pass https://b;", "proxy_pass http://b;")],
)  # fmt: skip
def test_what_a_location_asks_of_others_is_told_by_each_way(side: str, passes: str, plain: str) -> None:
    prefix = "proxy" if side == "upstream" else side
    lines = f"{prefix}_ssl_protocols TLSv1.3; {prefix}_ssl_conf_command Groups X25519MLKEM768;"
    text = f"server {{ listen 80; server_name a; location / {{ {{}} {lines} }} }}"
    context = f"server a 80 location / {side}"
    assert parts(text.replace("{}", passes)) == [context]
    assert of(text.replace("{}", passes), Subject.NAMED_GROUP, context) == ["X25519MLKEM768"]
    assert state(text.replace("{}", passes)) == "exclusive"
    with pytest.raises(WrongProtocol):
        facts(text.replace("{}", plain))
