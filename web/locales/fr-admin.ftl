administration = Administration
people = Personnes
audit = Journal d’audit
invite-codes = Codes d’invitation
any = Tous
nobody = personne

is-guest = invité
is-promoter = promoteur
is-mentor = mentor
is-tutor = tuteur
is-facilitator = facilitateur
is-manager = gestionnaire

name = Nom
column-role = Rôle
column-status = État
column-since = Depuis
search-people = Nom, nom d’utilisateur ou adresse entière
found-people =
    { $count ->
        [0] Aucun compte trouvé
        [one] Un compte
       *[other] { $count } comptes
    }
sort = Ordre
sort-name = Par nom
sort-username = Par nom d’utilisateur
sort-newest = Les plus récents d’abord
sort-oldest = Les plus anciens d’abord
account-active = actif
account-suspended = suspendu
since = depuis { $at }

primary-role = Rôle
change-role = Changer le rôle
role-is-changed = Le rôle est maintenant : { $role }.
assignments = Autres rôles
assignments-hint = Rôles qui valent en un lieu, et permissions refusées partout ou en un lieu.
no-assignments = Aucun.
assignment-is-removed = Retiré.
remove-assignment-sure = Il prend fin aussitôt. Le retirer ?
assign = Donner un autre rôle
assign-denial = Refuser plutôt une permission
permission = Permission
scope = Où
scope-system = Partout
scope-course = Dans un cours
scope-offering = Dans une offre
scope-cohort = Dans une cohorte
scope-user = Pour un mentoré
scope-session = Dans une séance de tutorat
scope-id = Identifiant du lieu
until = Jusqu’à
until-hint = Vide : sans fin.
denied = Refusée : { $permission }

access = Accès
sessions-of = Sessions
suspend = Suspendre
suspend-reason = Motif
suspend-hint = Pour le journal d’audit seulement. Toutes les sessions se ferment en une seconde.
suspended-hint = Ce compte est suspendu : personne n’entre avec lui.
unsuspend = Laisser entrer de nouveau
is-unsuspended = { $name } peut de nouveau se connecter.
end-all = Déconnecter partout
end-all-hint = Ferme toutes les sessions, sur tous les appareils.
end-all-sure = Déconnecter { $name } partout ?
end-all-yes = Oui, déconnecter
sessions-are-ended =
    { $count ->
        [0] Il n’y avait aucune session.
        [one] Une session est fermée.
       *[other] { $count } sessions sont fermées.
    }
reset-factors = Retirer toutes les secondes étapes
reset-factors-hint = Pour qui a perdu son téléphone et ses codes de secours. Assurez-vous de qui le demande.
reset-factors-sure = { $name } entrera avec le seul mot de passe. Les retirer ?
reset-factors-yes = Oui, les retirer
factors-are-reset = Les secondes étapes sont retirées.
factors-reset-waits = C’est noté. Un autre administrateur doit aussi le demander, dans la journée.
activity = Activité
no-activity = Rien encore.

anonymise = Anonymiser
anonymise-hint = Retire du compte le nom, l’adresse et tout ce qui est personnel, pour toujours. Notes et messages restent, sans nom.
anonymise-sure = Anonymiser ce compte ?
anonymise-type = C’est irréversible. Tapez le nom d’utilisateur { $username } pour confirmer.
anonymise-differs = Ce n’est pas le nom d’utilisateur.
anonymise-yes = Anonymiser pour toujours

invite-codes-hint = Avec un tel code, on s’inscrit soi-même dans un rôle qui n’est pas ouvert à tous.
new-invite = Nouveau code d’invitation
make-invite = Créer le code
max-uses = Combien peuvent s’en servir
invite-made = Donnez-le à qui vous invitez ; il n’est montré que maintenant :
invites-open = Codes valables
no-invites = Il n’y en a pas.
invite-is-revoked = Le code ne vaut plus.
used-of = utilisé { $used } fois sur { $most }

column-at = Quand
column-action = Quoi
column-actor = Qui
column-subject = Sur quoi
column-details = Détails
found-rows =
    { $count ->
        [0] Rien trouvé
        [one] Une entrée
       *[other] { $count } entrées
    }
filter = Filtrer
filter-none = Sans filtre
filter-actor = Qui (identifiant)
filter-action = Quoi
filter-subject = Sur quoi
filter-from = Du
filter-to = Au

did-session-opened = Connexion
did-session-ended = Session fermée
did-session-refused = Connexion refusée
did-session-factor-asked = Seconde étape demandée
did-factor-added = Seconde étape ajoutée
did-factor-removed = Seconde étape retirée
did-user-factors-reset = Secondes étapes retirées
did-user-factors-reset-asked = Retrait des secondes étapes demandé
did-factor-refused = Seconde étape refusée
did-password-changed = Mot de passe modifié
did-password-reset-asked = Nouveau mot de passe demandé
did-user-created = Compte créé
did-user-suspended = Compte suspendu
did-user-unsuspended = Compte rouvert
did-user-invited = Compte invité
did-user-invitation-accepted = Invitation acceptée
did-user-anonymised = Compte anonymisé
did-user-updated = Profil modifié
did-user-role-changed = Rôle modifié
did-assignment-made = Autre rôle donné
did-assignment-removed = Autre rôle retiré
did-api-key-created = Clé d’API créée
did-api-key-revoked = Clé d’API révoquée
did-course-created = Cours créé
did-course-updated = Cours modifié
did-course-deleted = Cours supprimé
did-course-imported = Cours importé
did-enrollment-active = Cours rejoint
did-enrollment-dropped = Cours quitté
did-announcement-posted = Annonce publiée
did-announcement-updated = Annonce modifiée
did-announcement-withdrawn = Annonce retirée
did-audit-read = Journal d’audit lu
did-realtime-published = Événement publié à la main
did-realtime-disconnected = Connexions fermées
did-realtime-unsubscribed = Flux retiré

what = Quoi
expired = terminé
invite-closed = épuisé ou terminé
days-open = Prend fin après (jours)
