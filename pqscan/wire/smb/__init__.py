"""The first message of SMB ([MS-SMB2], [MS-CIFS]): which dialect, cipher and way to sign a server takes."""
