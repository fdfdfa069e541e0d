"""Key stores: what they show without a password, and by what the rest is locked."""
