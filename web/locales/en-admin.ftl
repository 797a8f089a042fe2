administration = Administration
people = People
audit = Audit log
invite-codes = Invite codes
any = Any
nobody = nobody

is-guest = guest
is-promoter = promoter
is-mentor = mentor
is-tutor = tutor
is-facilitator = facilitator
is-manager = manager

name = Name
column-role = Role
column-status = State
column-since = Since
search-people = Name, username or whole address
found-people =
    { $count ->
        [0] No account found
        [one] One account
       *[other] { $count } accounts
    }
sort = Order
sort-name = By name
sort-username = By username
sort-newest = Newest first
sort-oldest = Oldest first
account-active = active
account-suspended = suspended
since = since { $at }

primary-role = Role
change-role = Change role
role-is-changed = The role is now { $role }.
assignments = Further roles
assignments-hint = Roles that count in one place, and permissions that are denied everywhere or in one place.
no-assignments = None.
assignment-is-removed = Removed.
remove-assignment-sure = It ends at once. Remove it?
assign = Give a further role
assign-denial = Deny a permission instead
permission = Permission
scope = Where
scope-system = Everywhere
scope-course = In a course
scope-offering = In an offering
scope-cohort = In a cohort
scope-user = For a mentee
scope-session = In a tutoring session
scope-id = Id of the place
until = Until
until-hint = Leave it empty for no end.
denied = Denied: { $permission }

access = Access
sessions-of = Sessions
suspend = Suspend
suspend-reason = Reason
suspend-hint = For the audit log only. All sessions end within a second.
suspended-hint = This account is suspended: nobody gets in with it.
unsuspend = Let in again
is-unsuspended = { $name } may sign in again.
end-all = Sign out everywhere
end-all-hint = Ends all sessions, on every device.
end-all-sure = Sign { $name } out everywhere?
end-all-yes = Yes, sign out
sessions-are-ended =
    { $count ->
        [0] There was no session.
        [one] One session has ended.
       *[other] { $count } sessions have ended.
    }
reset-factors = Remove all second steps
reset-factors-hint = For someone who has lost their phone and their recovery codes. Make sure who asks.
reset-factors-sure = { $name } will get in with the password alone. Remove them?
reset-factors-yes = Yes, remove them
factors-are-reset = The second steps are removed.
factors-reset-waits = Noted. Another administrator has to ask for it too, within a day.
activity = Activity
no-activity = Nothing yet.

anonymise = Anonymise
anonymise-hint = Takes name, address and everything personal out of the account, for good. Grades and posts stay, without a name.
anonymise-sure = Anonymise this account?
anonymise-type = This cannot be undone. Type the username { $username } to confirm.
anonymise-differs = That is not the username.
anonymise-yes = Anonymise for good

invite-codes-hint = With such a code people register themselves in a role that is not open to everyone.
new-invite = New invite code
make-invite = Make the code
max-uses = How many people may use it
invite-made = Give this to whom you invite; it is shown only now:
invites-open = Codes that count
no-invites = There is none.
invite-is-revoked = The code does not count any more.
used-of = used { $used } of { $most } times

column-at = When
column-action = What
column-actor = Who
column-subject = On what
column-details = Details
found-rows =
    { $count ->
        [0] Nothing found
        [one] One entry
       *[other] { $count } entries
    }
filter = Filter
filter-none = No filter
filter-actor = Who (id)
filter-action = What
filter-subject = On what
filter-from = From
filter-to = To

did-session-opened = Signed in
did-session-ended = Session ended
did-session-refused = Sign-in refused
did-session-factor-asked = Second step asked
did-factor-added = Second step added
did-factor-removed = Second step removed
did-user-factors-reset = Second steps reset
did-user-factors-reset-asked = Reset of second steps asked
did-factor-refused = Second step refused
did-password-changed = Password changed
did-password-reset-asked = New password asked for
did-user-created = Account made
did-user-suspended = Account suspended
did-user-unsuspended = Account let in again
did-user-invited = Account invited
did-user-invitation-accepted = Invitation accepted
did-user-anonymised = Account anonymised
did-user-updated = Profile changed
did-user-role-changed = Role changed
did-assignment-made = Further role given
did-assignment-removed = Further role taken
did-api-key-created = API key made
did-api-key-revoked = API key revoked
did-course-created = Course made
did-course-updated = Course changed
did-course-deleted = Course deleted
did-course-imported = Course imported
did-enrollment-active = Joined a course
did-enrollment-dropped = Left a course
did-announcement-posted = Announcement posted
did-announcement-updated = Announcement changed
did-announcement-withdrawn = Announcement withdrawn
did-audit-read = Audit log read
did-realtime-published = Event published by hand
did-realtime-disconnected = Connections closed
did-realtime-unsubscribed = Stream taken away

what = What
expired = over
invite-closed = used up or over
days-open = Ends after days
