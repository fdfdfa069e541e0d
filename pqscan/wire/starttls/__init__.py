"""What is said in plain text before TLS begins on the same connection (STARTTLS and its kin), one file a protocol, no I/O."""
