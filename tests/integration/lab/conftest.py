"""Where the probe is known to differ from the truth. Each line is a defect to mend; a line that outlives its defect fails."""

from __future__ import annotations

import pytest

DISAGREEMENTS = {
    "test_groups_are_those_of_the_truth[java-default-TLS1.2]": "ffdhe3072 and ffdhe4096 are told as refused",
    "test_groups_are_those_of_the_truth[tls12-only-TLS1.2]": "ffdhe3072 is told as refused",
    "test_no_rank_of_a_suite_contradicts_the_truth[go-client-certificate-TLS1.2]": "ChaCha20 ranks between the AES-GCM suites",
    "test_no_rank_of_a_suite_contradicts_the_truth[go-default-TLS1.2]": "ChaCha20 ranks between the AES-GCM suites",
    "test_no_rank_of_a_suite_contradicts_the_truth[go-old-TLS1.2]": "ChaCha20 ranks between the AES-GCM suites",
    "test_no_rank_of_a_suite_contradicts_the_truth[old-TLS1.0]": "DHE with own parameters ranks last instead of fourth",
    "test_no_rank_of_a_suite_contradicts_the_truth[old-TLS1.1]": "DHE with own parameters ranks last instead of fourth",
    "test_no_rank_of_a_suite_contradicts_the_truth[old-TLS1.2]": "DHE with own parameters ranks last instead of fourth",
    "test_the_default_site_and_the_application_protocol_are_told[tls10-only]": "asked in a version that it lacks",
    "test_a_middlebox_that_drops_large_hellos_is_told_and_passed[reset]": "the large hello is asked until the time is up",
    "test_a_middlebox_that_drops_large_hellos_is_told_and_passed[close]": "the large hello is asked until the time is up",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        reason = DISAGREEMENTS.get(item.name)
        if reason is not None:
            item.add_marker(pytest.mark.xfail(reason=reason, strict=True))
