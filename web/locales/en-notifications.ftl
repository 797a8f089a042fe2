# What people are told, in the app and by mail.
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
kind-message-received-title = { $sender } wrote in { $thread }
kind-message-received-text = { $preview }
kind-job-finished-title = Ready: { $title }
kind-job-finished-text = What you asked for is done.
kind-school-inconsistent-title = The nightly checks found something
kind-school-inconsistent-text = New findings: { $count } ({ $check }).
