# What people are told, in the app and by mail.
kind-announcement-posted-title = New in { $course }: { $title }
kind-announcement-posted-text = An announcement was posted.
kind-announcement-updated-title = Changed in { $course }: { $title }
kind-announcement-updated-text = An announcement was changed.
kind-deadline-near-title = Due soon: { $title }
kind-deadline-near-text = It is due { $due }.
kind-deadline-missed-title = Overdue: { $title }
kind-deadline-missed-text = It was due { $due }.
kind-message-received-title = { $sender } wrote in { $thread }
kind-message-received-text = { $preview }
kind-job-finished-title = Ready: { $title }
kind-job-finished-text = What you asked for is done.
kind-webhook-disabled-title = Webhook given up: { $url }
kind-webhook-disabled-text = It did not take what it was told for a day. It is told nothing more until you enable it again.
