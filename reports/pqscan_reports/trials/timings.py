"""Timings as JSON and as text: what both say, and the words and the order that every form of them shares."""

from __future__ import annotations

from collections.abc import Iterator

from pqscan.locale import Translator, fill, msgid
from pqscan.model.timing import Operation, Purpose, Timing, TimingReport
from pqscan.registry.quantum import QuantumClass
from pqscan_reports.escape import padded, visible

FORMAT = "pqscan-timings/1"
COLUMNS = 80

PURPOSES = {
    Purpose.KEY_ESTABLISHMENT: msgid("Key establishment"),
    Purpose.SIGNATURE: msgid("Signatures"),
    Purpose.HANDSHAKE: msgid("Full handshakes"),
}
OPERATIONS = {
    Operation.KEY_GENERATION: msgid("Key generation"),
    Operation.ENCAPSULATION: msgid("Encapsulation"),
    Operation.DECAPSULATION: msgid("Decapsulation"),
    Operation.SIGN: msgid("Signing"),
    Operation.VERIFY: msgid("Verifying"),
    Operation.HANDSHAKE: msgid("Full handshake"),
}
OPERATIONS_OF = {
    Purpose.KEY_ESTABLISHMENT: (Operation.KEY_GENERATION, Operation.ENCAPSULATION, Operation.DECAPSULATION),
    Purpose.SIGNATURE: (Operation.KEY_GENERATION, Operation.SIGN, Operation.VERIFY),
    Purpose.HANDSHAKE: (Operation.HANDSHAKE,),
}
_SHORT = {
    Operation.KEY_GENERATION: msgid("Keys"),
    Operation.ENCAPSULATION: msgid("Encaps."),
    Operation.DECAPSULATION: msgid("Decaps."),
    Operation.SIGN: msgid("Sign"),
    Operation.VERIFY: msgid("Verify"),
    Operation.HANDSHAKE: msgid("All"),
}
_SHORT_SIZES = {Purpose.SIGNATURE: (msgid("Key B"), msgid("Sig. B"))}
_SHORT_SHARES = (msgid("Client B"), msgid("Server B"))
_ORDER = (QuantumClass.TRADITIONAL, QuantumClass.PQT_HYBRID, QuantumClass.POST_QUANTUM)

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


def ordered(report: TimingReport, purpose: Purpose) -> list[Timing]:
    """Classical, hybrid, post-quantum; within each by algorithm and library."""
    found = [timing for timing in report.timings if timing.purpose is purpose]
    return sorted(found, key=lambda timing: (_place(timing.quantum_class), timing.algorithm, timing.library))


def _place(quantum_class: QuantumClass) -> int:
    return _ORDER.index(quantum_class) if quantum_class in _ORDER else len(_ORDER)


def sizes(timing: Timing) -> tuple[int, int]:
    """What goes over the wire: of key establishment from client and from server, of a signature public key and signature."""
    if timing.purpose is Purpose.SIGNATURE:
        return timing.public_key_bytes, timing.signature_bytes
    return timing.client_bytes, timing.server_bytes


def size_words(purpose: Purpose, say: Translator) -> tuple[str, str]:
    if purpose is Purpose.SIGNATURE:
        return say.gettext("Public key, bytes"), say.gettext("Signature, bytes")
    return say.gettext("Client, bytes"), say.gettext("Server, bytes")


def timings_json(report: TimingReport) -> dict[str, Json]:
    """The whole report, format `pqscan-timings/1`; rates are operations a second."""
    rows: list[Json] = []
    for timing in report.timings:
        rates: list[Json] = [
            {
                "operation": rate.operation.value,
                "median_per_second": round(rate.median_per_second, 2),
                "best_per_second": round(rate.best_per_second, 2),
                "rounds": rate.rounds,
            }
            for rate in timing.rates
        ]
        rows.append({
            "purpose": timing.purpose.value,
            "algorithm": timing.algorithm,
            "library": timing.library,
            "quantum_class": timing.quantum_class.value,
            "rates": rates,
            "client_bytes": timing.client_bytes,
            "server_bytes": timing.server_bytes,
            "public_key_bytes": timing.public_key_bytes,
            "signature_bytes": timing.signature_bytes,
        })  # fmt: skip
    return {
        "format": FORMAT,
        "started_at": report.started_at.isoformat().replace("+00:00", "Z"),
        "seconds_each": report.seconds,
        "machine": report.machine,
        "versions": dict(report.versions),
        "timings": rows,
    }


def timing_lines(report: TimingReport, say: Translator) -> Iterator[str]:
    """For a terminal of 80 columns: medians, operations a second."""
    yield visible(" · ".join((report.machine, *(f"{name} {version}" for name, version in report.versions))))[:COLUMNS]
    for purpose, title in PURPOSES.items():
        rows = ordered(report, purpose)
        if not rows:
            continue
        yield ""
        yield fill(say.gettext("{title}, operations a second (median)"), {"title": say.gettext(title)})
        operations = OPERATIONS_OF[purpose]
        head = [say.gettext(_SHORT[operation]) for operation in operations]
        yield _line("", "", [*head, *map(say.gettext, _SHORT_SIZES.get(purpose, _SHORT_SHARES))])
        for timing in rows:
            rates = [timing.rate(operation) for operation in operations]
            cells = ["·" if rate is None else rate_text(rate.median_per_second, say) for rate in rates]
            yield _line(timing.algorithm, timing.library, [*cells, *(say.number(size) if size else "·" for size in sizes(timing))])
    yield ""
    yield say.gettext("B: bytes on the wire.")


def rate_text(per_second: float, say: Translator) -> str:
    """Three digits that count; fractions only where there is less than ten a second."""
    if per_second < 10:
        return f"{per_second:.1f}".replace(".", "," if say.language == "vi" else ".")
    digits = max(0, len(str(int(per_second))) - 3)
    return say.number(int(round(per_second, -digits)))


def _line(algorithm: str, library: str, cells: list[str]) -> str:
    first, second = (22 if len(cells) > 3 else 36), 12  # A handshake has one rate, and a longer name.
    width = (COLUMNS - first - second - 1) // len(cells) - 1
    shown = [padded(cell, width, right=True) for cell in cells]
    return " ".join([padded(visible(algorithm), first), padded(visible(library), second), *shown]).rstrip()
