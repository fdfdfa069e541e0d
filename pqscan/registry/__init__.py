"""What numbers and names mean. The rows stand in data/*.toml, each with its source; data/SOURCES.md says where from."""
