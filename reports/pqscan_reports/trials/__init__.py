"""Trials of the harness, written for people, programs and continuous integration."""
