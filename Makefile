# The only task runner. `make` alone lists what there is.
