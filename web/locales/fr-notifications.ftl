# Ce qui est dit aux personnes, dans l’application et par courriel.
kind-announcement-posted-title = Nouveau dans { $course } : { $title }
kind-announcement-posted-text = Une annonce a été publiée.
kind-announcement-updated-title = Modifié dans { $course } : { $title }
kind-announcement-updated-text = Une annonce a été modifiée.
kind-deadline-near-title = Bientôt à rendre : { $title }
kind-deadline-near-text = À rendre { $due }.
kind-deadline-missed-title = En retard : { $title }
kind-deadline-missed-text = C’était à rendre { $due }.
kind-message-received-title = { $thread ->
    [direct] { $sender } vous a écrit
    [group] { $sender } a écrit dans un groupe
   *[other] { $sender } a écrit dans { $thread }
  }
kind-message-received-text = { $preview }
kind-job-finished-title = Prêt : { $title }
kind-job-finished-text = Ce que vous aviez demandé est fait.
kind-test-title = Un essai
kind-test-text = Les notifications vous parviennent.
reason-in-course = Vous suivez ce cours.
reason-staff = Vous faites partie de l’équipe de ce cours.
reason-everyone = C’est adressé à toute l’école.
reason-written-to = Cette personne vous a écrit.
reason-own-deadline = C’est une échéance qui vous concerne.
reason-asked = Vous l’avez demandé.
reason-named = Cela vous concerne.
way-told = Affiché dans l’application.
way-off = Non envoyé : vous n’avez pas choisi ce moyen.
way-nothing = Non envoyé.
way-queued = En attente d’envoi.
way-held = Retenu pendant vos heures calmes, ou pour être envoyé avec d’autres.
way-sent = Envoyé.
way-failed = L’envoi a échoué.
way-suppressed = Non envoyé : vous l’aviez déjà lu, ou aviez choisi autrement.
way-other = En cours.
