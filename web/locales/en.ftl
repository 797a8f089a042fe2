skip = Skip to the content
account = Account
connection = Connection:
connection-live = Live
connection-resuming = Catching up…
connection-offline = Offline
connection-sse = Live, without WebSocket
connection-closed = Ended

sign-in = Sign in
sign-up = Sign up
sign-out = Sign out
sign-in-to-join = Sign in to join
no-account = No account yet?
have-account = An account already?
create-account = Create account
email = E-mail address
password = Password
password-hint = At least 8 characters.
first-name = First name
last-name = Last name
role = I am here to
role-student = learn
role-instructor = teach

courses = Courses
course = Course
search = Search courses
loading = Loading…
found =
    { $count ->
        [0] No course found
        [one] One course
       *[other] { $count } courses
    }
students =
    { $count ->
        [one] One student
       *[other] { $count } students
    }
level-beginner = Beginner
level-intermediate = Intermediate
level-advanced = Advanced
status-draft = Draft
status-archived = Archived
pages = Pages
previous = Previous
next = Next
page-of = Page { $page } of { $total }
join = Join this course
leave = Leave this course

announcements = Announcements
no-announcements = Nothing has been announced yet.
new-announcement = New announcement: { $title }
compose = New announcement
title = Title
message = Message
post = Post
posting = Posting…
edit = Edit
edit-of = Edit “{ $title }”
save = Save
cancel = Cancel
withdraw = Withdraw
withdraw-sure = Withdraw it for everyone?
withdraw-yes = Yes, withdraw
show-older = Show older

error-network = The server cannot be reached. Check your connection, then try again.
error-invalid-input = Please check what is marked below.
error-not-permitted = You are not in this course any more.
field-missing = This is needed.
field-string-too-short = This is too short.
field-string-too-long = This is too long.
field-string-pattern-mismatch = This does not have the right form.
field-wrong = Please check this.
