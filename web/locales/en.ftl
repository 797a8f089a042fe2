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

here =
    { $count ->
        [one] One person is here
       *[other] { $count } people are here
    }
and-more = and { $count } more
is-student = student
is-instructor = instructor
is-admin = administrator

operations = Live side
seen-at = At { $at }, refreshed every two seconds.
seen-last = Last seen at { $at }.
unanswered = Only { $answered } of { $asked } processes have answered.
figure-sockets = WebSocket connections
figure-feeds = Readers of server-sent events
figure-streams = Streams followed
figure-rate = Deliveries a second
figure-queue = Waiting to be sent
figure-bus = Redis
figure-bus-lag = Lag of Redis
figure-loop-lag = Longest pause of a process
figure-evictions = Connections ended for slowness
figure-resets = Streams to be loaded again
figure-refusals = Refused messages
figure-replayed = Events replayed
bus-up = up
bus-down = down
bus-off = not used
chart-says = The last three minutes: now { $connections } connections and { $rate } deliveries a second.
chart-connections = Connections, at most { $most }
chart-deliveries = Deliveries a second, at most { $most }
processes = Processes
column-process = Process
column-kind = Kind
column-pid = PID
column-sockets = Sockets
column-feeds = Readers
column-streams = Streams
column-queue = Waiting
column-bus = Redis
column-loop-lag = Pause
kind-web = web
kind-worker = worker
draining = ending
busiest = Streams with the most followers
nobody-follows = Nobody follows a course just now.
column-stream = Stream
column-followers = Followers
column-who = Who
who = Show
who-follows = Show who follows { $stream }
unnamed =
    { $count ->
        [one] One connection
       *[other] { $count } connections
    }
disconnect-title = Close connections
disconnect-hint = They close on every instance within a second. No right ends: the clients come back by themselves.
disconnect-what = All connections of
kind-user = a user
kind-session = a session
kind-connection = one connection
identity = Its id
disconnect = Disconnect
disconnect-someone = Disconnect { $name }
disconnect-sure = Close these connections?
disconnect-yes = Yes, close
disconnected = Closed: { $id }

error-network = The server cannot be reached. Check your connection, then try again.
error-invalid-input = Please check what is marked below.
error-not-permitted = You are not in this course any more.
field-missing = This is needed.
field-string-too-short = This is too short.
field-string-too-long = This is too long.
field-string-pattern-mismatch = This does not have the right form.
field-wrong = Please check this.
