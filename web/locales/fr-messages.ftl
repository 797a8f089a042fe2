# Les messages entre personnes.
messages = Messages
messages-unread =
    { $count ->
        [0] Messages
        [one] Messages, { $shown } non lu
       *[other] Messages, { $shown } non lus
    }
threads = Conversations
new-message = Nouveau message
nothing-open = Choisissez une conversation, ou commencez-en une.
no-threads = Aucune conversation pour l’instant.
no-archived = Rien n’est archivé.
show-archived = Conversations archivées
show-inbox = Revenir à la boîte de réception
thread-muted = En sourdine
search-messages = Chercher dans les messages
found-messages =
    { $count ->
        [0] Aucun message trouvé
        [one] Un message trouvé
       *[other] { $count } messages trouvés
    }
back-to-messages = Revenir aux conversations
course-question = Question à l’équipe du cours
only-you = Vous seul
names-and-more = { $names } et { $count } de plus
thread-somebody = Une personne qui est partie
people-in = { $count } personnes
message-you = Vous
you-wrote = Vous : { $text }
somebody-wrote = { $name } : { $text }
message-deleted = Ce message a été supprimé.
message-edited = modifié
nothing-said = Rien n’a encore été dit.
messages-in = Messages : { $thread }
is-typing =
    { $count ->
        [one] { $names } écrit…
       *[other] { $names } écrivent…
    }
to-newest = Aux plus récents
write-message = Écrire un message
write-hint = Entrée envoie, Maj et Entrée commencent une nouvelle ligne.
send-message = Envoyer
sending-message = Envoi…
discard-message = Abandonner
edit-text = Modifier le message
edit-message = Modifier : { $text }
delete-one = Supprimer
delete-message = Supprimer : { $text }
delete-sure = Le supprimer pour tout le monde ?
delete-yes = Oui, supprimer
thread-options = Options
mute-thread = Mettre en sourdine
unmute-thread = Réactiver
archive-thread = Archiver
unarchive-thread = Sortir des archives
leave-group = Quitter le groupe
leave-sure = Quitter ? Vous ne verrez plus ce qui s’y écrit.
leave-yes = Oui, quitter
block-person = Bloquer { $name }
block-sure = Cette personne ne pourra plus vous écrire. Bloquer ?
block-yes = Oui, bloquer
unblock-person = Débloquer { $name }
write-to = À
write-to-people = Des personnes
write-to-course = L’équipe d’un cours
find-people = Chercher des personnes
find-people-hint = Une partie du nom. Plusieurs personnes forment un groupe.
found-people-to-write = Personnes trouvées
chosen-people = À
add-person = Ajouter { $name }
remove-person = Retirer { $name }
nobody-found = Personne n’a été trouvé.
group-title = Nom du groupe
group-title-hint = Facultatif. Sans nom, il porte celui de ses membres.
