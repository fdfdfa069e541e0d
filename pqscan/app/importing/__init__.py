"""What other programs' files tell: one module for each format, pure, bounded, bytes in and services out.

What such a file tells is kept as it is and believed less than an answer of a target's own: its profile is never complete, so that
what it does not name stays unknown, and no state rests on it. What a program says that a server refused is not taken over: no
control stands behind it."""
