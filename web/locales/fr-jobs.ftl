# Le travail fait après coup.
jobs = Tâches
lanes = Files
job-list = Tâches une à une
due-by-themselves = Tâches périodiques
column-lane = File
column-ready = En attente
column-running = En cours
column-dead = Mortes
column-oldest = Attente la plus longue
column-limit = À la fois, par processus
column-job = Tâche
column-when = Quand
column-next = Prochaine
column-last = Dernière
column-state = État
column-attempts = Essais
column-times = Horaires
column-outcome = Issue
lane-default = Général
lane-mail = Courriel
lane-sms = SMS
lane-export = Exports
job-ready = en attente
job-running = en cours
job-dead = morte
job-done = faite
job-discarded = abandonnée
job-progress = { $done } sur { $total } ({ $percent } %)
made-at = créée le { $at }
due-at = prévue le { $at }
started-at = depuis le { $at }
ended-at = terminée le { $at }
seconds = { $count } s
never-yet = pas encore
no-jobs = Aucune tâche de ce type en ce moment.
requeue = Réessayer
requeue-job = Réessayer : { $name }
job-is-requeued = { $name } : nouvel essai lancé.
give-up = Abandonner
discard-job = Abandonner : { $name }
discard-sure = Elle ne sera jamais faite. L’abandonner ?
discard-yes = Oui, abandonner
job-is-discarded = { $name } : abandonnée.
job-kind-mail-welcome = Courriel de bienvenue
job-kind-mail-invitation = Courriel d’invitation
job-kind-mail-notice = Courriel sur un compte
job-kind-mail-reset = Courriel de nouveau mot de passe
job-kind-mail-verification = Courriel de vérification
job-kind-mail-factor-code = Code par courriel
job-kind-sms-factor-code = Code par SMS
job-kind-fields-reseal = Rechiffrement des champs
job-kind-notifications-tell = Notification d’un groupe
workers-run =
    { $count ->
        [0] Aucun processus ne travaille
        [one] Un processus travaille
       *[other] { $count } processus travaillent
    }
