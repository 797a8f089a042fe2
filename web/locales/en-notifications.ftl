# What people are told, in the app and by mail.
notifications = Notifications
all-notifications = All notifications
notification-preferences = Notification settings
notifications-unread =
    { $count ->
        [0] Notifications
        [one] Notifications, { $shown } unread
       *[other] Notifications, { $shown } unread
    }
unread-count =
    { $count ->
        [0] Nothing unread
        [one] One unread
       *[other] { $count } unread
    }
unread-one = Unread:
new-notification = New: { $title }
new-notifications = { $count } new notifications
no-notifications = Nothing yet. What concerns you will appear here.
none-fits = Nothing fits these filters.
just-now = just now
read-all = Mark all as read
mark-read = Mark as read
mark-read-about = Mark as read: { $title }
why-this = Why did I get this?
why-this-about = Why did I get this? { $title }
notifications-shown = Show
show-all = All
show-unread = Unread only
notification-about = About
category-announcements = Announcements
category-deadlines = Deadlines
category-grades = Grades
category-messages = Messages
category-payments = Payments
category-security = Account security
category-system = Other
channel-in-app = In the app
channel-email = E-mail
channel-push = Push
channel-sms = Text message
cadence-immediate = At once
cadence-digest = In a summary
cadence-never = Never
cadence-shown = Yes
always-told = Cannot be turned off: it protects you.
preferences-hint = Choose what reaches you, and how. A summary gathers everything since the last one in a single message.
notification-ways = What reaches you, and how
notifications-enabled = Tell me outside the app as well
notifications-enabled-hint = Turned off, nothing leaves the app but what protects your account.
quiet-hours = Quiet hours
quiet-hours-hint = What would come meanwhile comes afterwards. Times are those of { $zone }.
quiet-hours-on = Leave me in peace every day
quiet-from = From
quiet-until = Until
deadlines-anyway = Tell me even then when something is due so soon that it would be too late afterwards
muted-courses = Muted courses
muted-courses-hint = Announcements and messages of these courses wait in the app, without a sound.
no-own-courses = You are not in any course yet.
preferences-anew = Load the latest settings
push-here = On this device
push-off = This device can tell you even while no page is open.
push-on = This device tells you, even while no page is open.
push-refused = Your browser does not allow notifications of this site. Allow them in its settings first.
push-begin = Notify me on this device
push-end = Stop on this device
error-push-failed = This browser could not be reached by its push service. Try again later.
error-version-mismatch = This was changed elsewhere in the meantime. Load it again before you save.

kind-announcement-posted-title = New in { $course }: { $title }
kind-announcement-posted-text = An announcement was posted.
kind-announcement-updated-title = Changed in { $course }: { $title }
kind-announcement-updated-text = An announcement was changed.
kind-deadline-coming-title = Coming up: { $title }
kind-deadline-coming-text = It is due { $due }.
kind-deadline-near-title = Due soon: { $title }
kind-deadline-near-text = It is due { $due }.
kind-deadline-missed-title = Overdue: { $title }
kind-deadline-missed-text = It was due { $due }.
kind-message-received-title = { $place ->
    [group] { $sender } wrote in a group
    [titled] { $sender } wrote in { $thread }
    [course_question] { $sender } wrote in a question: { $thread }
   *[direct] { $sender } wrote to you
  }
kind-message-received-text = { $preview }
kind-job-finished-title = Ready: { $title }
kind-job-finished-text = What you asked for is done.
kind-test-title = A test
kind-test-text = Notifications reach you.
reason-in-course = You are in this course.
reason-staff = You are on the staff of this course.
reason-everyone = It was sent to everyone in the school.
reason-written-to = This person wrote to you.
reason-own-deadline = It is a deadline of yours.
reason-asked = You asked for it.
reason-named = It concerns you.
way-told = Shown in the app.
way-off = Not sent: you have not chosen this way.
way-nothing = Not sent.
way-queued = It leaves at the time shown.
way-claimed = On its way.
way-sent = Sent.
way-unknown = Handed over; whether it arrived nobody can say.
way-dead = It was refused for good.
way-suppressed = Held back.
way-inactive = Not sent: the account is not active.
way-muted = Not sent: you have muted this course.
way-not-urgent = Not sent: only what is urgent goes this way.
way-read = Not sent: by then you had read it.
way-switched-off = Not sent: you have switched notifications off.
way-unverified = Not sent: the address or number is not verified.
way-withdrawn = Not sent: it was taken back.
kind-school-inconsistent-title = The nightly checks found something
kind-school-inconsistent-text = New findings: { $count } ({ $check }).
kind-webhook-disabled-title = Webhook given up: { $url }
kind-webhook-disabled-text = It did not take what it was told for a day. It is told nothing more until you enable it again.
