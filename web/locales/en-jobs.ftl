# Work that is done afterwards.
