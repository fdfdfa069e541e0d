"""The store: runs, targets, sightings, profiles and certificates, on SQLite or PostgreSQL. The only place with SQL.

`pqscan.store.repository.Store` is the door; importing this package alone loads no database library.
"""
