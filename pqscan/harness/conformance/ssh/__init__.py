"""What an SSH server must take and what it must refuse, as cases with a control each (RFC 4253, 5656, 8308, 8731, 10042)."""
