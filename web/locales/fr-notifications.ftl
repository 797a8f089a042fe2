# Ce qui est dit aux personnes, dans l’application et par courriel.
notifications = Notifications
all-notifications = Toutes les notifications
notification-preferences = Réglages des notifications
notifications-unread =
    { $count ->
        [0] Notifications
        [one] Notifications, { $shown } non lue
       *[other] Notifications, { $shown } non lues
    }
unread-count =
    { $count ->
        [0] Tout est lu
        [one] Un élément non lu
       *[other] { $count } éléments non lus
    }
unread-one = Non lue :
new-notification = Nouveau : { $title }
new-notifications = { $count } nouvelles notifications
no-notifications = Rien pour l’instant. Ce qui vous concerne apparaîtra ici.
none-fits = Rien ne correspond à ces filtres.
just-now = à l’instant
read-all = Tout marquer comme lu
mark-read = Marquer comme lue
mark-read-about = Marquer comme lue : { $title }
why-this = Pourquoi ai-je reçu ceci ?
why-this-about = Pourquoi ai-je reçu ceci ? { $title }
notifications-shown = Afficher
show-all = Tout
show-unread = Non lues seulement
notification-about = À propos de
category-announcements = Annonces
category-deadlines = Échéances
category-grades = Notes
category-messages = Messages
category-payments = Paiements
category-security = Sécurité du compte
category-system = Autres
channel-in-app = Dans l’application
channel-email = Courriel
channel-push = Push
channel-sms = SMS
cadence-immediate = Aussitôt
cadence-digest = Dans un résumé
cadence-never = Jamais
cadence-shown = Oui
always-told = Ne peut pas être désactivé : cela vous protège.
preferences-hint = Choisissez ce qui vous parvient, et comment. Un résumé réunit en un seul message tout ce qui s’est passé depuis le précédent.
notification-ways = Ce qui vous parvient, et comment
notifications-enabled = M’avertir aussi en dehors de l’application
notifications-enabled-hint = Sans cela, rien ne sort de l’application, sauf ce qui protège votre compte.
quiet-hours = Heures calmes
quiet-hours-hint = Ce qui arriverait pendant ce temps arrive après. Les heures sont celles de { $zone }.
quiet-hours-on = Me laisser tranquille chaque jour
quiet-from = De
quiet-until = À
deadlines-anyway = M’avertir quand même si une échéance est si proche qu’il serait trop tard ensuite
muted-courses = Cours en sourdine
muted-courses-hint = Les annonces et les messages de ces cours attendent dans l’application, sans bruit.
no-own-courses = Vous n’êtes encore dans aucun cours.
preferences-anew = Charger les derniers réglages
push-here = Sur cet appareil
push-off = Cet appareil peut vous avertir même quand aucune page n’est ouverte.
push-on = Cet appareil vous avertit, même quand aucune page n’est ouverte.
push-refused = Votre navigateur n’autorise pas les notifications de ce site. Autorisez-les d’abord dans ses réglages.
push-begin = M’avertir sur cet appareil
push-end = Ne plus avertir sur cet appareil
error-push-failed = Le service de notifications de ce navigateur n’a pas répondu. Réessayez plus tard.
error-version-mismatch = Ceci a été modifié ailleurs entre-temps. Chargez-le de nouveau avant d’enregistrer.

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
kind-message-received-title = { $place ->
    [group] { $sender } a écrit dans un groupe
    [titled] { $sender } a écrit dans { $thread }
    [course_question] { $sender } a écrit dans une question : { $thread }
   *[direct] { $sender } vous a écrit
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
way-queued = L’envoi se fera à l’heure indiquée.
way-claimed = En cours d’envoi.
way-sent = Envoyé.
way-unknown = Remis ; nul ne sait si c’est arrivé.
way-dead = Refusé définitivement.
way-suppressed = Retenu.
way-inactive = Non envoyé : le compte n’est pas actif.
way-muted = Non envoyé : vous avez mis ce cours en sourdine.
way-not-urgent = Non envoyé : seul l’urgent passe par là.
way-read = Non envoyé : vous l’aviez déjà lu.
way-switched-off = Non envoyé : vous avez désactivé les notifications.
way-unverified = Non envoyé : l’adresse ou le numéro n’est pas vérifié.
way-withdrawn = Non envoyé : c’était retiré.
kind-school-inconsistent-title = Les contrôles de la nuit ont trouvé quelque chose
kind-school-inconsistent-text = Nouveaux constats : { $count } ({ $check }).
kind-webhook-disabled-title = Webhook abandonné : { $url }
kind-webhook-disabled-text = Il n’a rien accepté pendant une journée. Il ne reçoit plus rien tant que vous ne le réactivez pas.
