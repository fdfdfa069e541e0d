"""Variables of Terraform to which the file itself gives a value: defaults and locals. Another file, or whoever runs it, may give
another."""

from __future__ import annotations

from pqscan.wire.config.node import Node
from pqscan.wire.config.select import select


def variables(roots: tuple[Node, ...]) -> dict[str, str]:
    """Each by the name under which it is used: `var.spec`, `local.curve`."""
    found: dict[str, str] = {}
    for root in roots:
        for one in select(root, ("variable",)):
            default = one.node.child("default")
            if len(one.rest) == 1 and default is not None and len(default.values) == 1:
                found[f"var.{one.rest[0]}"] = default.values[0]
        for one in select(root, ("locals", "*")):
            if len(one.rest) == 1:
                found[f"local.{one.node.name}"] = one.rest[0]
    return {name: value for name, value in found.items() if not value.startswith("${")}
