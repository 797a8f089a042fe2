# Ce qui est dit aux personnes, dans l’application et par courriel.
kind-announcement-posted-title = Nouveau dans { $course } : { $title }
kind-announcement-posted-text = Une annonce a été publiée.
kind-announcement-updated-title = Modifié dans { $course } : { $title }
kind-announcement-updated-text = Une annonce a été modifiée.
kind-deadline-near-title = Bientôt à rendre : { $title }
kind-deadline-near-text = À rendre { $due }.
kind-deadline-missed-title = En retard : { $title }
kind-deadline-missed-text = C’était à rendre { $due }.
kind-message-received-title = { $sender } a écrit dans { $thread }
kind-message-received-text = { $preview }
kind-job-finished-title = Prêt : { $title }
kind-job-finished-text = Ce que vous aviez demandé est fait.
kind-webhook-disabled-title = Webhook abandonné : { $url }
kind-webhook-disabled-text = Il n’a rien accepté pendant une journée. Il ne reçoit plus rien tant que vous ne le réactivez pas.
