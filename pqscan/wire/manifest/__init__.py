"""Manifests and lock files of package managers: libraries, their versions and places. Content tells which one it is."""
