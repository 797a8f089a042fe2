# Courriels.
mail-hello = Bonjour { $name },
mail-foot = Vous recevez ce courriel parce qu’il concerne votre compte à { $school }.
mail-code-for-apps = Les applications envoient le code par POST { $path }.

mail-welcome-subject = Bienvenue sur { $school }
mail-welcome-text = Votre compte « { $username } » est prêt.
mail-open = Ouvrir { $school }

mail-verify-subject = Est-ce votre adresse ?
mail-verify-text = Confirmez dans les trois jours que cette adresse est la vôtre, avec ce code :
mail-verify-action = Confirmer l’adresse
mail-verify-ignore = Si vous n’avez pas de compte ici, ignorez ce courriel.

mail-reset-subject = Un nouveau mot de passe
mail-reset-text = Quelqu’un a demandé un nouveau mot de passe pour votre compte. Choisissez-le dans les 30 minutes, avec ce code :
mail-reset-action = Choisir un nouveau mot de passe
mail-reset-ignore = Si ce n’était pas vous, ignorez ce courriel : votre mot de passe reste le même.

mail-invitation-subject = Vous êtes invité à un cours
mail-invitation-text = Votre école vous a inscrit au cours « { $course } ». Votre nom d’utilisateur est « { $username } ».
mail-invitation-code = Pour entrer, choisissez un mot de passe avant le { $until }, avec ce code :
mail-invitation-ignore = Si vous ne connaissez pas cette école, ignorez ce courriel.

mail-code-subject = Votre code pour { $school }
mail-code-text = { $code } est votre code pour { $school }. Il vaut dix minutes. Ne le communiquez à personne.

mail-notice-subject = Votre compte à { $school }
mail-notice-when = Quand : { $at } UTC. Depuis le réseau : { $place }.
mail-notice-advice = Si ce n’était pas vous, changez votre mot de passe et vérifiez vos appareils.
mail-notice-email-changed = L’adresse de votre compte a été modifiée.
mail-notice-factor-added = Un second facteur a été ajouté à votre compte.
mail-notice-factor-removed = Un second facteur a été retiré de votre compte.
mail-notice-factor-reset-asked = Un administrateur demande de retirer vos seconds facteurs ; un autre a un jour pour approuver.
mail-notice-identity-linked = Votre compte peut désormais être ouvert par un autre service.
mail-notice-identity-unlinked = Votre compte ne peut plus être ouvert par un autre service.
mail-notice-key-created = Une clé d’API a été créée pour votre compte.
mail-notice-new-device = Quelqu’un s’est connecté à votre compte depuis un nouvel appareil.
mail-notice-password-changed = Le mot de passe de votre compte a été modifié ; tous vos autres appareils ont été déconnectés.
mail-notice-recovery-code-used = Un code de secours de votre compte a été utilisé.
mail-notice-recovery-codes-renewed = Votre compte a de nouveaux codes de secours ; les anciens ne valent plus.
mail-notice-role-changed = Les droits de votre compte ont été modifiés.
mail-notice-session-evicted = Une nouvelle connexion a mis fin à votre session la plus anciennement utilisée.
mail-notice-token-reused = Une session a été fermée parce que sa clé a servi deux fois. Quelqu’un l’a peut-être copiée.

mail-digest-title = Ce qu’il y a de nouveau
mail-digest-action = Ouvrir
mail-digest-all = Tout voir
mail-digest-more = et { $count } de plus
mail-digest-why = Vous recevez ce courriel parce que vous avez choisi d’en être informé ainsi.
mail-digest-choose = Choisir ce que vous recevez
mail-digest-end = Ne plus recevoir ces courriels

digest-announcements =
    { $count ->
        [one] { $count } annonce
       *[other] { $count } annonces
    }
digest-deadlines =
    { $count ->
        [one] { $count } échéance
       *[other] { $count } échéances
    }
digest-grades =
    { $count ->
        [one] { $count } note
       *[other] { $count } notes
    }
digest-messages =
    { $count ->
        [one] { $count } message
       *[other] { $count } messages
    }
digest-payments =
    { $count ->
        [one] { $count } paiement
       *[other] { $count } paiements
    }
digest-security =
    { $count ->
        [one] { $count } avis de sécurité
       *[other] { $count } avis de sécurité
    }
digest-system =
    { $count ->
        [one] { $count } avis
       *[other] { $count } avis
    }
digest-courses =
    { $count ->
        [one] dans { $count } cours
       *[other] dans { $count } cours
    }

unsubscribe-title = Ne plus recevoir ces courriels ?
unsubscribe-what = Vous ne recevrez plus de courriels sur : { $categories }. L’application vous informe toujours.
unsubscribe-yes = Plus de courriels
unsubscribe-done-title = C’est fait
unsubscribe-done = Vous ne recevez plus de courriels sur : { $categories }. Vous pouvez en décider autrement dans votre compte.
unsubscribe-category-announcements = les annonces
unsubscribe-category-deadlines = les échéances
unsubscribe-category-grades = les notes
unsubscribe-category-messages = les messages
unsubscribe-category-payments = les paiements
unsubscribe-category-security = la sécurité
unsubscribe-category-system = les avis du système de l’école
