"""Configurations of servers and clients: which cryptography their lines put in force."""

from pqscan_probes.configuration_file.probe import ConfigurationFileProbe

__all__ = ["ConfigurationFileProbe"]
