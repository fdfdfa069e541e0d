from __future__ import annotations

import pytest

from pqscan.app.net_scan import NetScan
from pqscan.app.scanning import plan_net, prepare
from pqscan.errors import UsageError


@pytest.mark.parametrize("paths", [("metadata",), ("/a b",), ("/é",), ("/" + "a" * 2000,), tuple(f"/{n}" for n in range(9))])
def test_paths_that_cannot_be_asked_for_are_refused(paths: tuple[str, ...]) -> None:
    with pytest.raises(UsageError):
        prepare(NetScan(("127.0.0.1:443",), http=True, http_paths=paths))
    with pytest.raises(UsageError, match="--http"):
        prepare(NetScan(("127.0.0.1:443",), http_paths=("/metadata",)))


def test_what_https_costs_is_in_the_plan() -> None:
    plain, more = (
        plan_net(NetScan(("127.0.0.1:443",), http=http, http_paths=("/m",) if http else ()))[1] for http in (False, True)
    )
    assert more.connections_most - plain.connections_most == 5
