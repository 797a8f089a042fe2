# Ce que l’équipe annonce à un cours ou à l’école.
