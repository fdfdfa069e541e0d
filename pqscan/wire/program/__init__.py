"""Programs and libraries as files: their headers and tables of what they are linked with. No instruction is read."""
