"""Puts the parts together: the documented Python interface behind every command."""
