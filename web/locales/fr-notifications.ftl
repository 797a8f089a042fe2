# Ce qui est dit aux personnes, dans l’application et par courriel.
kind-announcement-posted-title = Nouveau dans { $course } : { $title }
kind-announcement-posted-text = Une annonce a été publiée.
kind-announcement-updated-title = Modifié dans { $course } : { $title }
kind-announcement-updated-text = Une annonce a été modifiée.
kind-deadline-coming-title = À venir : { $title }
kind-deadline-coming-text = À rendre { $due }.
kind-deadline-near-title = Bientôt à rendre : { $title }
kind-deadline-near-text = À rendre { $due }.
kind-deadline-missed-title = En retard : { $title }
kind-deadline-missed-text = C’était à rendre { $due }.
kind-message-received-title = { $sender } a écrit dans { $thread }
kind-message-received-text = { $preview }
kind-job-finished-title = Prêt : { $title }
kind-job-finished-text = Ce que vous aviez demandé est fait.
kind-school-inconsistent-title = Les contrôles de la nuit ont trouvé quelque chose
kind-school-inconsistent-text = Nouveaux constats : { $count } ({ $check }).
