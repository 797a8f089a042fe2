# Les messages entre personnes.
