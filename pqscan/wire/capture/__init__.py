"""Captured packets: files of them, what is in a frame, and which ends of a connection said what. Nothing here opens a file."""
