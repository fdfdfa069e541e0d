"""Packets of OpenPGP (RFC 9580) and the armour around them, as far as they tell algorithms and locks."""
