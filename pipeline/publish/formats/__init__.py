"""One module a format; each is found by its presence here."""
