"""What must have been asked before "none is accepted" may be said: the code points of data/proof.toml."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from pqscan.policy.rows import DATA_FOLDER, Document


@dataclass(frozen=True, slots=True)
class ProofLists:
    """Values as observations spell them. Each list is the least that a refusal of a whole class must cover."""

    resistant_groups: tuple[str, ...]
    traditional_groups: tuple[str, ...]
    resistant_schemes: tuple[str, ...]
    traditional_schemes: tuple[str, ...]
    versions: tuple[str, ...]


@cache
def proof_lists() -> ProofLists:
    """The lists of data/proof.toml, read once. Raises DataError."""
    document = Document.read(DATA_FOLDER / "proof.toml")
    rows = {row.text("id"): row.texts("values") for row in document.rows("proof")}
    return ProofLists(
        rows["resistant_groups"],
        rows["traditional_groups"],
        rows["resistant_schemes"],
        rows["traditional_schemes"],
        rows["versions"],
    )
