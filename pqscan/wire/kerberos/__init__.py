"""The first question to a KDC and its answers (RFC 4120): AS-REQ without pre-authentication, KRB-ERROR, AS-REP."""
