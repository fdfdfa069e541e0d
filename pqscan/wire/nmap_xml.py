"""Reads nmap's XML (`nmap -oX`, nmap.dtd) host by host: ports, services, and the results of some scripts as a tree.

The file is read as it comes: memory grows with one host, not with the file. No entity is declared or resolved and nothing outside
of the file is fetched (nmap's own empty document type is let through). A file that ends in the middle gives the hosts before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from pqscan.errors import MalformedMessage

MOST_BYTES = 4 << 30
MOST_PORTS = 65536  # of one host
_MOST_DEPTH = 64
_MOST_HOST_CHARACTERS = 32 << 20
_MOST_UNREAD = 8 << 20  # bytes that no element has come of: one endless tag
_ROOT = "nmaprun"
_OPEN = "open"


@dataclass(frozen=True, slots=True)
class Node:
    """A table of a script's result: its elements and tables in their order, each with its key, which may be empty."""

    children: list[tuple[str, str | Node]] = field(default_factory=list)

    def table(self, key: str) -> Node:
        """The first table of that key; an empty one where there is none."""
        return next((child for name, child in self.children if name == key and isinstance(child, Node)), Node())

    def text(self, key: str) -> str:
        """The first element of that key; empty where there is none."""
        return next((child for name, child in self.children if name == key and isinstance(child, str)), "")

    @property
    def tables(self) -> list[tuple[str, Node]]:
        return [(name, child) for name, child in self.children if isinstance(child, Node)]

    @property
    def texts(self) -> list[str]:
        return [child for _name, child in self.children if isinstance(child, str)]


@dataclass(slots=True)
class NmapPort:
    """`state` and `reason` are nmap's words (`open`, `closed`, `filtered`, `open|filtered`); `service` the attributes of that
    element."""

    number: str
    transport: str
    state: str = ""
    reason: str = ""
    service: dict[str, str] = field(default_factory=dict)
    scripts: dict[str, Node] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        return self.state == _OPEN


@dataclass(slots=True)
class NmapHost:
    """`name` is how whoever ran nmap named it. `ports` are the open ones and, where asked for, the others that are listed;
    `rest` the states of those that are only counted."""

    started: str = ""
    ended: str = ""
    address: str = ""
    name: str = ""
    ports: list[NmapPort] = field(default_factory=list)
    rest: set[str] = field(default_factory=set)
    left_out: int = 0


@dataclass(slots=True)
class NmapRun:
    """What the file's head tells, once it was read. `is_cut`: the file ends in the middle, as that of a run that was killed."""

    scanner: str = ""
    version: str = ""
    started: str = ""
    is_cut: bool = False


def read_hosts(
    chunks: Iterable[bytes], run: NmapRun, scripts: frozenset[str] = frozenset(), *, every_port: bool = False
) -> Iterator[NmapHost]:
    """Host after host. Raises MalformedMessage where it is no XML of nmap, or more than is read."""
    reading = _Reading(run, scripts, every_port=every_port)
    fed = 0
    for chunk in chunks:
        fed += len(chunk)
        if fed > MOST_BYTES:
            raise MalformedMessage(f"the file is larger than {MOST_BYTES >> 30} GiB; split it")
        reading.feed(chunk)
        yield from reading.take()
    reading.end()
    yield from reading.take()


class _Reading:
    """The handlers of one parser."""

    def __init__(self, run: NmapRun, scripts: frozenset[str], *, every_port: bool) -> None:
        self._done: list[NmapHost] = []
        self._run = run
        self._scripts = scripts
        self._every_port = every_port
        self._depth = 0
        self._host: NmapHost | None = None
        self._port: NmapPort | None = None
        self._nodes: list[Node] = []  # of the script that we are in, the innermost last
        self._text: list[str] | None = None
        self._key = ""
        self._characters = 0
        self._fed = 0
        self._last = 0  # where the newest element began
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._data
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.EntityDeclHandler = self._entity

    def take(self) -> list[NmapHost]:
        """The hosts whose element has ended since the last call."""
        done, self._done = self._done, []
        return done

    def feed(self, chunk: bytes) -> None:
        self._fed += len(chunk)
        self._parse(chunk)
        if self._fed - max(self._last, self._parser.CurrentByteIndex) > _MOST_UNREAD:
            raise MalformedMessage("one element of the file is endless; it is no XML of nmap")

    def end(self) -> None:
        try:
            self._parser.Parse(b"", True)
        except expat.ExpatError as error:
            if not self._run.scanner:
                raise MalformedMessage(f"the file is no XML: {expat.errors.messages[error.code]} in line {error.lineno}") from None
            self._run.is_cut = True  # A run that was killed; its hosts are whole.

    def _parse(self, chunk: bytes) -> None:
        try:
            self._parser.Parse(chunk, False)
        except expat.ExpatError as error:
            raise MalformedMessage(f"the file is no XML: {expat.errors.messages[error.code]} in line {error.lineno}") from None
        except (LookupError, ValueError):  # An encoding that Python does not know, or that is no text encoding.
            raise MalformedMessage("the file is no XML that can be read: its encoding is unknown") from None

    def _doctype(self, name: str, system: str | None, public: str | None, has_subset: int) -> None:
        if name != _ROOT or system or public or has_subset:
            raise MalformedMessage("the file declares a document type, which no file of nmap needs")

    def _entity(self, *_declared: object) -> None:
        raise MalformedMessage("the file declares an entity, which no file of nmap needs")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._last = self._parser.CurrentByteIndex
        if self._depth == 1:
            self._begin(name, attributes)
        if self._depth > _MOST_DEPTH:
            raise MalformedMessage("the file is nested too deeply to be one of nmap")
        if name == "host":
            self._host, self._port, self._characters = (
                NmapHost(attributes.get("starttime", ""), attributes.get("endtime", "")),
                None,
                0,
            )
        host = self._host
        if host is None:
            return
        self._count(sum(map(len, attributes.values())))
        if self._nodes:
            self._inside_a_script(name, attributes)
        elif self._port is not None:
            self._of_port(self._port, name, attributes)
        elif name == "address" and attributes.get("addrtype") in ("ipv4", "ipv6"):
            host.address = host.address or attributes.get("addr", "")
        elif name == "hostname" and attributes.get("type") == "user":
            host.name = host.name or attributes.get("name", "")
        elif name == "extraports":
            host.rest.add(attributes.get("state", ""))
        elif name == "port":
            self._port = NmapPort(attributes.get("portid", ""), attributes.get("protocol", ""))

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        if name != _ROOT:
            raise MalformedMessage("the file is not what nmap -oX writes")
        self._run.scanner = attributes.get("scanner") or "nmap"
        self._run.version, self._run.started = attributes.get("version", ""), attributes.get("start", "")

    def _of_port(self, port: NmapPort, name: str, attributes: dict[str, str]) -> None:
        if name == "state":
            port.state, port.reason = attributes.get("state", ""), attributes.get("reason", "")
        elif name == "service":
            port.service = attributes
        elif name == "script" and attributes.get("id") in self._scripts and port.is_open:
            node = Node()
            port.scripts.setdefault(attributes["id"], node)
            self._nodes.append(node)

    def _inside_a_script(self, name: str, attributes: dict[str, str]) -> None:
        if name == "table":
            node = Node()
            self._nodes[-1].children.append((attributes.get("key", ""), node))
            self._nodes.append(node)
        elif name == "elem":
            self._text, self._key = [], attributes.get("key", "")

    def _data(self, text: str) -> None:
        if self._text is not None:
            self._count(len(text))
            self._text.append(text)

    def _count(self, characters: int) -> None:
        self._characters += characters + 1
        if self._characters > _MOST_HOST_CHARACTERS:
            raise MalformedMessage("one host of the file holds more than nmap writes of any")

    def _end(self, name: str) -> None:
        self._depth -= 1
        if name == "elem" and self._text is not None:
            self._nodes[-1].children.append((self._key, "".join(self._text)))
            self._text = None
        elif name in ("table", "script") and self._nodes:
            self._nodes.pop()
        elif name == "port" and self._port is not None and self._host is not None:
            self._keep(self._host, self._port)
            self._port = None
        elif name == "host" and self._host is not None:
            self._done.append(self._host)
            self._host = None

    def _keep(self, host: NmapHost, port: NmapPort) -> None:
        if not port.is_open and not self._every_port:
            return
        if len(host.ports) >= MOST_PORTS:
            host.left_out += 1
            return
        host.ports.append(port)
