"""Asks over HTTPS where the probe of TLS was through, over plain HTTP where that met it, and adds what it learns to the facts."""

from __future__ import annotations

import json
from dataclasses import replace
from urllib.parse import urlsplit

from pqscan.errors import MalformedMessage, PeerError, UsageError
from pqscan.model.observation import Observation, Subject, Support
from pqscan.model.outcome import Facts, OutcomeStatus
from pqscan.model.target import NetworkTarget
from pqscan.net.converse import converse
from pqscan.net.stream import Dialer
from pqscan.net.tls_stream import TlsStream
from pqscan.probe import NetworkProbe
from pqscan.wire.http.exchange import HttpExchange, Response, request
from pqscan_probes.http.paths import is_path
from pqscan_probes.identity_keys import IdentityKeys, read_identity_keys

OPENID, JWKS = "/.well-known/openid-configuration", "/.well-known/jwks.json"
MOST_BODY = 1 << 20
MOST_KEYS = 64  # told of one set
_CONNECTION_SECONDS = 6.0
_MOST_SOFTWARE = 128  # characters
_MOST_AGE = 2**32
_MOST_DIGITS = 10  # of an age; a number of more is larger
_HTTP_PORT, _HTTPS_PORT = 80, 443
_WITHOUT_TLS = "http_without_tls"  # what the probe of TLS told of a port that speaks HTTP
_FORWARDS = frozenset({301, 302, 303, 307, 308})
_MOST_PLACE = 300  # characters


class HttpProbe:
    """The probe of TLS, and then HTTPS at the same address under the same name. `paths` are where the user expects metadata of an
    identity service (SAML, or a set of keys)."""

    serves_names = True

    def __init__(self, inner: NetworkProbe, paths: tuple[str, ...] = ()) -> None:
        self._inner = inner
        self._paths = paths

    @property
    def name(self) -> str:
        return self._inner.name

    async def run(self, target: NetworkTarget, means: Dialer) -> Facts:
        """As the probe of TLS: what HTTPS does or does not say changes nothing of what TLS said."""
        facts = await self._inner.run(target, means)
        if any(one.subject is Subject.BEHAVIOUR and one.value == _WITHOUT_TLS for one in facts.observations):
            return _joined(facts, await _Asked(target, means, _HTTP_PORT).in_plain_text(), [])
        if facts.status is not OutcomeStatus.COMPLETED or target.starttls is not None or not facts.observations:
            return facts
        return _joined(facts, *await _Asked(target, means).everything(self._paths))


def _joined(facts: Facts, told: list[Observation], documents: list[IdentityKeys]) -> Facts:
    """The facts of TLS with what HTTPS tells, and the keys that lie there kept beside the server's own certificates."""
    keys = [fact for document in documents for fact in document.observations]
    return replace(
        facts,
        observations=tuple(dict.fromkeys((*facts.observations, *told, *keys))),
        chains=tuple(dict.fromkeys((*facts.chains, *(chain for document in documents for chain in document.chains)))),
        certificates=tuple(dict.fromkeys((*facts.certificates, *(one for document in documents for one in document.contents)))),
        asked=f"http+{facts.asked}",
    )


class _Asked:
    def __init__(self, target: NetworkTarget, dialer: Dialer, usual_port: int = _HTTPS_PORT) -> None:
        self._target = target
        self._dialer = dialer
        name = target.server_name or target.host_in_url
        self._host = name if target.port == usual_port else f"{name}:{target.port}"
        self._in_tls = usual_port == _HTTPS_PORT

    async def in_plain_text(self) -> list[Observation]:
        """The head of `/` alone. HSTS that is sent in plain text is not heeded (RFC 6797, section 8.1), and not told."""
        first = await self._get("/", 0)
        return [] if first is None else [*_software(first), _forwarding(first)]

    async def everything(self, paths: tuple[str, ...]) -> tuple[list[Observation], list[IdentityKeys]]:
        first = await self._get("/", 0)
        if first is None:
            return [], []
        found: list[IdentityKeys] = []
        read: set[str] = set()
        openid = await self._get(OPENID, MOST_BODY)
        for path in (_keys_path(openid, self._target), JWKS, *paths):
            if path is None or path in read:
                continue
            read.add(path)
            keys = _keys(await self._get(path, MOST_BODY), path)
            found += [] if keys is None else [keys]
        return _of_head(first), found

    async def _get(self, path: str, most_body: int) -> Response | None:
        """None where no response came: what was not seen is not told."""
        exchange = HttpExchange(request(self._host, path), most_body)
        try:
            async with self._dialer.connect(self._target, timeout_seconds=_CONNECTION_SECONDS) as stream:
                if not self._in_tls:
                    await converse(exchange, stream)
                    return exchange.response
                behind = TlsStream(stream, self._target.server_name)
                await behind.begin()
                await converse(exchange, behind)
        except (PeerError, UsageError):
            return exchange.response
        return exchange.response


def _software(response: Response) -> list[Observation]:
    software = response.field("server")
    return [Observation(Subject.SOFTWARE, software[:_MOST_SOFTWARE], Support.OFFERED)] if software else []


def _forwarding(response: Response) -> Observation:
    """Whether `/` leads to HTTPS and nothing else is served there (RFC 9110, section 15.4); where to, as scheme, host and port."""
    place = response.field("location") or ""
    try:
        url = urlsplit(place)
        host, port = url.hostname or "", url.port or _HTTPS_PORT
    except ValueError:
        host, port, url = "", 0, urlsplit("")
    if response.status not in _FORWARDS or url.scheme.lower() != "https" or not host:
        return Observation(Subject.BEHAVIOUR, "no_redirect_to_https", Support.OFFERED)
    shown = f"[{host}]" if ":" in host else host
    to = (("to", f"{shown}:{port}"[:_MOST_PLACE]),)
    return Observation(Subject.BEHAVIOUR, "redirects_to_https", Support.OFFERED, parameters=to)


def _of_head(response: Response) -> list[Observation]:
    found = _software(response)
    hsts = response.field("strict-transport-security")
    age = None if hsts is None else _age(hsts)
    if age:
        found.append(Observation(Subject.BEHAVIOUR, "hsts", Support.OFFERED, parameters=(("max_age", age),)))
    else:
        found.append(Observation(Subject.BEHAVIOUR, "no_hsts", Support.OFFERED))
    return found


def _age(field: str) -> int | None:
    """Seconds for which a browser keeps to HTTPS (RFC 6797, section 6.1.1); 0 takes it back, None where the field does not say."""
    for part in field.split(";"):
        name, _, value = part.partition("=")
        digits = value.strip().strip('"')
        if name.strip().lower() == "max-age" and digits.isascii() and digits.isdigit():
            number = digits.lstrip("0")
            return _MOST_AGE if len(number) > _MOST_DIGITS else min(int(number or "0"), _MOST_AGE)
    return None


def _keys_path(response: Response | None, target: NetworkTarget) -> str | None:
    """Where an OpenID provider says that its keys lie, if that is at this very server (OpenID Connect Discovery 1.0, section 3)."""
    if response is None or response.status != 200 or response.is_cut:
        return None
    try:
        document = json.loads(response.body)
        url = urlsplit(str(document["jwks_uri"]))
        port = url.port or 443
        host = (url.hostname or "").rstrip(".")
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    here = {name.lower() for name in (target.server_name, target.address) if name}
    path = url.path + (f"?{url.query}" if url.query else "")
    if url.scheme != "https" or port != target.port or host not in here or not is_path(path):
        return None
    return path


def _keys(response: Response | None, path: str) -> IdentityKeys | None:
    """As they are read in a file; None where nothing of the kind lies there."""
    if response is None or response.status != 200 or response.is_cut or not response.body.strip():
        return None
    try:
        return read_identity_keys(response.body, path, MOST_KEYS)
    except MalformedMessage:
        return None
