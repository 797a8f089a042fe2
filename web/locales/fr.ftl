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

here =
    { $count ->
        [one] Une personne est là
       *[other] { $count } personnes sont là
    }
and-more = et { $count } de plus
is-student = étudiant
is-instructor = enseignant
is-admin = administrateur

operations = Temps réel
seen-at = À { $at }, actualisé toutes les deux secondes.
seen-last = Dernier état connu : { $at }.
unanswered = Seuls { $answered } processus sur { $asked } ont répondu.
figure-sockets = Connexions WebSocket
figure-feeds = Lecteurs d’événements (SSE)
figure-streams = Flux suivis
figure-rate = Livraisons par seconde
figure-queue = En attente d’envoi
figure-bus = Redis
figure-bus-lag = Retard de Redis
figure-loop-lag = Plus longue pause d’un processus
figure-evictions = Connexions fermées pour lenteur
figure-resets = Flux à recharger
figure-refusals = Messages refusés
figure-replayed = Événements rejoués
bus-up = en marche
bus-down = en panne
bus-off = non utilisé
chart-says = Les trois dernières minutes : { $connections } connexions et { $rate } livraisons par seconde en ce moment.
chart-connections = Connexions, au plus { $most }
chart-deliveries = Livraisons par seconde, au plus { $most }
processes = Processus
column-process = Processus
column-kind = Genre
column-pid = PID
column-sockets = Connexions
column-feeds = Lecteurs
column-streams = Flux
column-queue = En attente
column-bus = Redis
column-loop-lag = Pause
kind-web = web
kind-worker = tâches
draining = se termine
busiest = Flux les plus suivis
nobody-follows = Personne ne suit de cours en ce moment.
column-stream = Flux
column-followers = Abonnés
column-who = Qui
who = Afficher
who-follows = Afficher qui suit { $stream }
unnamed =
    { $count ->
        [one] Une connexion
       *[other] { $count } connexions
    }
disconnect-title = Fermer des connexions
disconnect-hint = Elles se ferment partout en une seconde. Aucun droit ne prend fin : les clients reviennent d’eux-mêmes.
disconnect-what = Toutes les connexions
kind-user = d’un utilisateur
kind-session = d’une session
kind-connection = une seule connexion
identity = Son identifiant
disconnect = Déconnecter
disconnect-someone = Déconnecter { $name }
disconnect-sure = Fermer ces connexions ?
disconnect-yes = Oui, fermer
disconnected = Fermé : { $id }

error-network = Le serveur est injoignable. Vérifiez votre connexion, puis réessayez.
error-invalid-input = Vérifiez ce qui est marqué ci-dessous.
error-not-permitted = Vous n’êtes plus dans ce cours.
field-missing = Ce champ est nécessaire.
field-string-too-short = C’est trop court.
field-string-too-long = C’est trop long.
field-string-pattern-mismatch = Ce n’est pas la forme attendue.
field-wrong = À vérifier.
