# Work that is done afterwards.
jobs = Jobs
lanes = Lanes
job-list = Single jobs
due-by-themselves = Due by themselves
column-lane = Lane
column-ready = Waiting
column-running = Running
column-dead = Dead
column-oldest = Longest wait
column-limit = At once, each worker
column-job = Job
column-when = When
column-next = Next
column-last = Last
column-state = State
column-attempts = Tries
column-times = Times
column-outcome = Outcome
lane-default = General
lane-mail = Mail
lane-sms = Text messages
lane-export = Exports
job-ready = waiting
job-running = running
job-dead = dead
job-done = done
job-discarded = given up
job-progress = { $done } of { $total } ({ $percent } %)
made-at = made { $at }
due-at = due { $at }
started-at = since { $at }
ended-at = ended { $at }
seconds = { $count } s
never-yet = not yet
no-jobs = No such job just now.
requeue = Try again
requeue-job = Try again: { $name }
job-is-requeued = { $name } is tried again.
give-up = Give up
discard-job = Give up: { $name }
discard-sure = It will never be done. Give it up?
discard-yes = Yes, give up
job-is-discarded = { $name } is given up.
job-kind-mail-welcome = Welcome mail
job-kind-mail-invitation = Invitation mail
job-kind-mail-notice = Mail about an account
job-kind-mail-reset = Mail for a new password
job-kind-mail-verification = Mail to verify an address
job-kind-mail-factor-code = Code by mail
job-kind-sms-factor-code = Code by text message
job-kind-fields-reseal = Sealing fields anew
job-kind-notifications-tell = Notifying a crowd
workers-run =
    { $count ->
        [0] No worker runs
        [one] One worker runs
       *[other] { $count } workers run
    }
