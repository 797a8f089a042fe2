# Messages between people.
messages = Messages
messages-unread =
    { $count ->
        [0] Messages
        [one] Messages, { $shown } unread
       *[other] Messages, { $shown } unread
    }
threads = Conversations
new-message = New message
nothing-open = Choose a conversation, or begin a new one.
no-threads = No conversation yet.
no-archived = Nothing is archived.
show-archived = Archived conversations
show-inbox = Back to the inbox
thread-muted = Muted
search-messages = Search messages
found-messages =
    { $count ->
        [0] No message found
        [one] One message found
       *[other] { $count } messages found
    }
back-to-messages = Back to the conversations
course-question = Question to the staff
only-you = Only you
names-and-more = { $names } and { $count } more
thread-somebody = Somebody who has left
people-in = { $count } people
message-you = You
you-wrote = You: { $text }
somebody-wrote = { $name }: { $text }
message-deleted = This message was deleted.
message-edited = edited
nothing-said = Nothing has been said yet.
messages-in = Messages: { $thread }
is-typing =
    { $count ->
        [one] { $names } is typing…
       *[other] { $names } are typing…
    }
to-newest = To the newest
write-message = Write a message
write-hint = Enter sends, Shift and Enter begin a new line.
send-message = Send
sending-message = Sending…
discard-message = Discard
edit-text = Change the message
edit-message = Edit: { $text }
delete-one = Delete
delete-message = Delete: { $text }
delete-sure = Delete it for everyone?
delete-yes = Yes, delete
thread-options = Options
mute-thread = Mute
unmute-thread = Unmute
archive-thread = Archive
unarchive-thread = Take out of the archive
leave-group = Leave the group
leave-sure = Leave? You will no longer see what is written.
leave-yes = Yes, leave
block-person = Block { $name }
block-sure = They can no longer write to you. Block?
block-yes = Yes, block
unblock-person = Unblock { $name }
write-to = To
write-to-people = People
write-to-course = The staff of a course
find-people = Find people
find-people-hint = Part of a name. Several people make a group.
found-people-to-write = People found
chosen-people = To
add-person = Add { $name }
remove-person = Remove { $name }
nobody-found = Nobody found.
group-title = Name of the group
group-title-hint = Optional. Without one it is called by the people in it.
