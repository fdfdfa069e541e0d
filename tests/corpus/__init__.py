"""Files of every kind that are read, with what is in each: `python -m tests.corpus FOLDER` writes them and their truth."""
