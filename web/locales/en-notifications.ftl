# What people are told, in the app and by mail.
kind-announcement-posted-title = New in { $course }: { $title }
kind-announcement-posted-text = An announcement was posted.
kind-announcement-updated-title = Changed in { $course }: { $title }
kind-announcement-updated-text = An announcement was changed.
kind-deadline-near-title = Due soon: { $title }
kind-deadline-near-text = It is due { $due }.
kind-deadline-missed-title = Overdue: { $title }
kind-deadline-missed-text = It was due { $due }.
kind-message-received-title = { $thread ->
    [direct] { $sender } wrote to you
    [group] { $sender } wrote in a group
   *[other] { $sender } wrote in { $thread }
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
way-queued = Waiting to be sent.
way-held = Held back for your quiet hours, or to be sent together with others.
way-sent = Sent.
way-failed = It could not be sent.
way-suppressed = Not sent: by then you had read it, or had chosen otherwise.
way-other = Under way.
