"""Official test vectors: those that ship with the program, and folders that the user names."""
