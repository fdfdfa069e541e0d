"""The control channel of OpenVPN, in which TLS runs (OpenVPN protocol, draft-openvpn-protocol)."""
