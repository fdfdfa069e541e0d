"""What services of Postfix are given in master.cf (master(5)): it comes before main.cf, which sets the rest."""

from __future__ import annotations

import pytest

from pqscan.errors import WrongProtocol
from pqscan.model.observation import Subject
from tests.unit.probes.configuration.making import facts, line_of, of, parameters, parts, product, state, states

STOCK = """# ==========================================================================
smtp      inet  n       -       y       -       -       smtpd
#submission inet n       -       y       -       -       smtpd
#  -o smtpd_tls_security_level=encrypt
pickup    unix  n       -       y       60      1       pickup
cleanup   unix  n       -       y       -       0       cleanup
relay     unix  -       -       y       -       -       smtp
        -o syslog_name=postfix/$service_name
maildrop  unix  -       n       n       -       -       pipe
  flags=DRhu user=vmail argv=/usr/bin/maildrop -o smtpd_tls_protocols=TLSv1
"""
SUBMISSION = STOCK + "submission inet n       -       y       -       -       smtpd\n  -o syslog_name=postfix/submission\n"


def test_what_a_service_is_given_is_told_by_its_lines() -> None:
    text = (
        SUBMISSION + "  -o smtpd_tls_security_level=encrypt -o smtpd_tls_mandatory_protocols=!TLSv1,!TLSv1.1\n"
        "# an old one\n\t-o { tls_eecdh_auto_curves =\n\t   X25519MLKEM768 X25519 }\n"
    )
    assert product(text) == "postfix_master"
    assert parts(text) == ["service submission inet smtpd mandatory"]
    assert of(text, Subject.PROTOCOL_VERSION) == ["TLS1.2", "TLS1.3"]
    assert of(text, Subject.NAMED_GROUP) == ["X25519MLKEM768", "x25519"]
    assert (line_of(text, Subject.PROTOCOL_VERSION), line_of(text, Subject.NAMED_GROUP)) == ([13, 13], [15, 15])
    assert state(text) == "default"


@pytest.mark.parametrize("given", ["smtpd_tls_wrappermode=yes", "smtpd_tls_security_level=encrypt", "{smtpd_tls_wrappermode=yes}"])
def test_of_a_service_with_tls_main_cf_sets_the_rest(given: str) -> None:
    text = f"{SUBMISSION}  -o {given}\n"
    (one,) = (one for one in facts(text).observations if one.subject is Subject.NAMED_GROUP)
    assert (one.value, parameters(one)["reason"]) == ("*", "configuration_main_file")
    (reason,) = states(text)[0].reasons
    assert (reason.code, dict(reason.parameters)["directive"]) == ("configuration_value_unknown", "tls_eecdh_auto_curves")


def test_parameters_that_are_not_listed_hide_no_service() -> None:
    text = (
        "smtp inet n - y - - smtpd\n  -o smtpd_tls_protocols=TLSv1\n  -o one_of_mine=a -o smtpd_tls_eecdh_grade=auto -o another=b\n"
    )
    assert of(text, Subject.PROTOCOL_VERSION) == ["TLS1.0"]


def test_of_two_values_the_last_counts() -> None:
    text = f"{SUBMISSION}  -o smtpd_tls_protocols=TLSv1 -o smtpd_tls_protocols=TLSv1.2\n"
    assert of(text, Subject.PROTOCOL_VERSION) == ["TLS1.2"]


def test_mail_that_is_sent_is_a_side_of_its_own() -> None:
    text = STOCK + "out unix - - n - - smtp -o smtp_tls_security_level=encrypt -o smtp_tls_mandatory_protocols=>=TLSv1.3\n"
    assert parts(text) == ["service out unix smtp mandatory"]
    assert of(text, Subject.PROTOCOL_VERSION) == ["TLS1.3"]


def test_a_variable_is_left_open() -> None:
    assert of(f"{SUBMISSION}  -o smtpd_tls_protocols=$mua_protocols\n", Subject.PROTOCOL_VERSION) == ["*"]


@pytest.mark.parametrize(
    "text",
    [
        STOCK,
        SUBMISSION,
        f"{SUBMISSION}  -o smtpd_tls_security_level=none -o smtpd_tls_protocols=TLSv1\n",
        f"{SUBMISSION}  -o\n",
        f"{SUBMISSION}  -o {{\n",
        "postconf -o smtpd_tls_protocols=TLSv1\nexit 0\n",
        "submission inet n - y smtpd -o smtpd_tls_protocols=TLSv1\n",
    ],
)
def test_services_that_are_given_nothing_of_tls_say_nothing(text: str) -> None:
    with pytest.raises(WrongProtocol):
        facts(text)
