"""Official vectors on every library, and each library against the other: one module per source of vectors."""
