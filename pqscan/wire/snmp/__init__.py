"""The discovery of SNMPv3 (RFC 3412, RFC 3414): who an agent is, which it tells everyone."""
