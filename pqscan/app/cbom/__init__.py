"""What CBOMs of others hold: read within bounds, and checked for what no schema sees."""
