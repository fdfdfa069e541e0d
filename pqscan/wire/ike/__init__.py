"""IKEv2 (RFC 7296, RFC 9370) and the first message of IKEv1 (RFC 2409) without I/O. Nothing here completes an exchange."""
