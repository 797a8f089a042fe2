# Le travail fait après coup.
