"""What a gateway of IKEv2 must take and what it must refuse, as cases with a control each (RFC 7296, 7383, 9242, 9370)."""
