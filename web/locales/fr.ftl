skip = Aller au contenu
account = Compte
connection = Connexion :
connection-live = En direct
connection-resuming = Mise à jour…
connection-offline = Hors ligne
connection-sse = En direct, sans WebSocket
connection-closed = Terminée

sign-in = Se connecter
sign-up = S’inscrire
sign-out = Se déconnecter
sign-in-to-join = Se connecter pour rejoindre
no-account = Pas encore de compte ?
have-account = Déjà un compte ?
create-account = Créer le compte
email = Adresse électronique
password = Mot de passe
password-hint = Au moins 8 caractères.
first-name = Prénom
last-name = Nom
role = Je viens pour
role-student = apprendre
role-instructor = enseigner

courses = Cours
course = Cours
search = Chercher un cours
loading = Chargement…
found =
    { $count ->
        [0] Aucun cours trouvé
        [one] Un cours
       *[other] { $count } cours
    }
students =
    { $count ->
        [0] Aucun étudiant
        [one] Un étudiant
       *[other] { $count } étudiants
    }
level-beginner = Débutant
level-intermediate = Intermédiaire
level-advanced = Avancé
status-draft = Brouillon
status-archived = Archivé
pages = Pages
previous = Précédente
next = Suivante
page-of = Page { $page } sur { $total }
join = Rejoindre ce cours
leave = Quitter ce cours

announcements = Annonces
no-announcements = Rien n’a encore été annoncé.
new-announcement = Nouvelle annonce : { $title }
compose = Nouvelle annonce
title = Titre
message = Message
post = Publier
posting = Publication…
edit = Modifier
edit-of = Modifier « { $title } »
save = Enregistrer
cancel = Annuler
withdraw = Retirer
withdraw-sure = La retirer pour tout le monde ?
withdraw-yes = Oui, retirer
show-older = Voir les plus anciennes

error-network = Le serveur est injoignable. Vérifiez votre connexion, puis réessayez.
error-invalid-input = Vérifiez ce qui est marqué ci-dessous.
error-not-permitted = Vous n’êtes plus dans ce cours.
field-missing = Ce champ est nécessaire.
field-string-too-short = C’est trop court.
field-string-too-long = C’est trop long.
field-string-pattern-mismatch = Ce n’est pas la forme attendue.
field-wrong = À vérifier.
