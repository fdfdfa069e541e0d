"""SSH handshakes with the key agreement on a chosen library: carried on until a packet under the new keys is answered."""
