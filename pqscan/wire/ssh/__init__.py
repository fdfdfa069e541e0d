"""SSH without I/O (RFC 4253): identification, packets, KEXINIT, key exchange up to a verified host key. Nobody logs in."""
