"""The cases, one row each, by what they bend. `ALL_CASES` in `catalogue.py` lists them all."""
