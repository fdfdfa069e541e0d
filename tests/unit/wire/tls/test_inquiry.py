"""One inquirer step by step: what a control looks like, when it is asked, when waiting begins and ends."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pqscan.wire.tls.answer import Answer, Ending
from pqscan.wire.tls.client_hello import Offer
from pqscan.wire.tls.inquiry import Ask, Inquirer, Inquiry, Throttled, Wait
from pqscan.wire.tls.words import Version
from tests.unit.wire.tls.server_model import hello_bytes

MODERN = Ask(Offer((Version.TLS13, Version.TLS12), (0x1301, 0x1302), (0x001D,), (0x0403,), (0x0403, 0x0804)), (0x001D,))
OLD = Ask(Offer((Version.TLS12,), (0xC02F, 0xC030), (0x001D,), (0x0403,)))
YES = Answer(ending=Ending.FLIGHT, version=Version.TLS13, cipher_suite=0x1302, group=0x001D, hello_bytes=600)
YES_OLD = Answer(ending=Ending.FLIGHT, version=Version.TLS12, cipher_suite=0xC030, group=0x001D, hello_bytes=300)
NO = Answer(ending=Ending.ALERT, alert=40, hello_bytes=900)
RESET = Answer(ending=Ending.RESET, hello_bytes=900)


def steps(inquiry: Inquiry[Answer], *replies: Answer | bool) -> tuple[list[Ask | Wait], Answer | None]:
    """The steps that an inquiry takes when it is answered so, and its result where it came to one."""
    taken = [next(inquiry)]
    for reply in replies:
        try:
            taken.append(inquiry.send(reply))
        except StopIteration as end:
            return taken, end.value
    return taken, None


def knowing(ask: Ask, answer: Answer) -> Inquirer:
    inquirer = Inquirer()
    steps(inquirer.once(ask), answer)
    return inquirer


def test_a_control_asks_for_what_was_chosen_with_every_scheme_and_a_share_that_leaves_the_group_open() -> None:
    control = knowing(MODERN, YES).control_offer
    assert control is not None
    assert (control.versions, control.cipher_suites) == ((Version.TLS13,), (0x1302,))
    assert control.schemes == (0x0403, 0x0804)
    assert control.grease_share
    assert control.shares == ()


def test_a_control_is_as_large_as_what_it_stands_behind() -> None:
    (step,), _ = steps(knowing(MODERN, YES).control(900))
    assert isinstance(step, Ask)
    assert hello_bytes(step.offer, step.real_shares) == 900
    assert not step.follow_retry


def test_what_was_not_offered_is_no_control() -> None:
    unoffered = Answer(ending=Ending.FLIGHT, version=Version.TLS13, cipher_suite=0x1305)
    assert knowing(MODERN, unoffered).control_offer is None
    older = Answer(ending=Ending.HELLO, version=Version.TLS10, cipher_suite=0x1301)
    assert knowing(MODERN, older).control_offer is None


def test_a_refusal_in_words_is_returned_at_once() -> None:
    taken, result = steps(knowing(OLD, YES_OLD).ask(OLD), NO)
    assert (len(taken), result) == (1, NO)


@pytest.mark.parametrize("unsure", [RESET, Answer(ending=Ending.ALERT, alert=80, hello_bytes=900)])
def test_an_unsure_end_is_asked_again_after_a_control(unsure: Answer) -> None:
    taken, result = steps(knowing(OLD, YES_OLD).ask(OLD), unsure, YES_OLD, YES_OLD)
    assert [step == OLD for step in taken] == [True, False, True]
    assert result == YES_OLD


def test_a_control_that_fails_is_waited_for_and_counted() -> None:
    inquirer = knowing(OLD, YES_OLD)
    taken, result = steps(inquirer.control(600), RESET, True, RESET, True, YES_OLD)
    assert [type(step) for step in taken] == [Ask, Wait, Ask, Wait, Ask]
    waits = [step.seconds for step in taken if isinstance(step, Wait)]
    assert waits == sorted(waits)
    assert waits[0] > 0
    assert (result, inquirer.throttled) == (YES_OLD, 2)


def test_without_time_to_wait_it_ends_as_throttled() -> None:
    with pytest.raises(Throttled):
        steps(knowing(OLD, YES_OLD).control(600), RESET, False)


def test_after_a_push_back_each_hello_waits_a_little() -> None:
    inquirer = knowing(OLD, YES_OLD)
    steps(inquirer.control(600), RESET, True, YES_OLD)
    taken, _ = steps(inquirer.once(OLD), True, YES_OLD)
    assert [type(step) for step in taken] == [Wait, Ask]


def test_a_doubted_refusal_is_believed_only_the_second_time() -> None:
    taken, result = steps(knowing(OLD, YES_OLD).ask_doubting(OLD), NO, YES_OLD, YES_OLD)
    assert (len(taken), result) == (3, YES_OLD)
    assert steps(knowing(OLD, YES_OLD).ask_doubting(OLD), NO, YES_OLD, NO) == (taken, NO)
    assert steps(knowing(OLD, YES_OLD).ask_doubting(OLD), YES_OLD) == (taken[:1], YES_OLD)


def test_successes_end_a_row_of_refusals() -> None:
    inquirer = knowing(OLD, YES_OLD)
    steps(inquirer.once(OLD), NO)
    steps(inquirer.once(OLD), NO)
    assert inquirer.refusals_in_a_row == 2
    steps(inquirer.once(OLD), YES_OLD)
    assert (inquirer.refusals_in_a_row, inquirer.asked) == (0, 4)


def test_flights_and_broken_rules_are_counted_apart() -> None:
    inquirer = knowing(OLD, YES_OLD)
    steps(inquirer.once(OLD), Answer(ending=Ending.MALFORMED, problem="a second HelloRetryRequest"))
    steps(inquirer.once(OLD), NO)
    assert (inquirer.flights, inquirer.malformed, inquirer.last_malformed) == (1, 1, "a second HelloRetryRequest")


BROAD = Offer((Version.TLS12,), (0xC02F, 0xC030), (0x001D, 0x0017), (0x0403, 0x0503, 0x0804))
FEWER_SCHEMES = replace(BROAD, schemes=(0x0503, 0x0804))
CLOSED = Answer(ending=Ending.CLOSED, hello_bytes=300)


@pytest.mark.parametrize(
    ("offer", "says_no"),
    [
        (FEWER_SCHEMES, True),
        (BROAD, False),
        (replace(FEWER_SCHEMES, cipher_suites=(0xC02F,)), False),
        (replace(FEWER_SCHEMES, groups=(0x0017,)), False),
        (replace(FEWER_SCHEMES, schemes=(0x0503, 0x0807)), False),
    ],
)
def test_a_close_means_no_where_nothing_but_schemes_was_left_out_of_what_a_control_lists(offer: Offer, says_no: bool) -> None:
    """Though the peer has an alert for what nobody can accept: rustls closes where its key signs in no scheme."""
    no, yes = Answer(ending=Ending.ALERT, alert=40, hello_bytes=300), YES_OLD
    closed = (replace(CLOSED), replace(CLOSED))
    taken, result = steps(knowing(Ask(BROAD), yes).ask(Ask(offer)), closed[0], yes, no, yes, no, yes, closed[1], yes)
    assert len(taken) == 8
    assert result is closed[1]
    assert result.said_no == says_no
