# Mails.
mail-hello = Hello { $name },
mail-foot = You get this mail because it is about your account at { $school }.
mail-code-for-apps = Apps send the code as POST { $path }.

mail-welcome-subject = Welcome to { $school }
mail-welcome-text = Your account "{ $username }" is ready.
mail-open = Open { $school }

mail-verify-subject = Is this your address?
mail-verify-text = Please confirm within three days that this address is yours, with this code:
mail-verify-action = Confirm the address
mail-verify-ignore = If you have no account here, ignore this mail.

mail-reset-subject = A new password
mail-reset-text = Somebody has asked for a new password for your account. Choose one within 30 minutes, with this code:
mail-reset-action = Choose a new password
mail-reset-ignore = If it was not you, ignore this mail: your password stays as it is.

mail-invitation-subject = You are invited to a course
mail-invitation-text = Your school has put you into the course "{ $course }". Your username is "{ $username }".
mail-invitation-code = To come in, choose a password before { $until }, with this code:
mail-invitation-ignore = If you do not know this school, ignore this mail.

mail-code-subject = Your code for { $school }
mail-code-text = { $code } is your code for { $school }. It counts for ten minutes. Tell it to nobody.

mail-notice-subject = Your account at { $school }
mail-notice-when = When: { $at } UTC. From the network: { $place }.
mail-notice-advice = If this was not you, change your password and look at your devices.
mail-notice-email-changed = The e-mail address of your account was changed.
mail-notice-factor-added = A second factor was added to your account.
mail-notice-factor-removed = A second factor was removed from your account.
mail-notice-factor-reset-asked = An administrator asked to remove your second factors; another one has a day to agree.
mail-notice-identity-linked = Your account can now be opened through another service.
mail-notice-identity-unlinked = Your account can no longer be opened through another service.
mail-notice-key-created = An API key was made for your account.
mail-notice-new-device = Somebody signed in to your account on a new device.
mail-notice-password-changed = The password of your account was changed; every other device was signed out.
mail-notice-recovery-code-used = A recovery code of your account was used.
mail-notice-recovery-codes-renewed = Your account has new recovery codes; the old ones do not count any more.
mail-notice-role-changed = The rights of your account were changed.
mail-notice-session-evicted = A new sign-in has ended the session that you had not used for longest.
mail-notice-token-reused = A session was ended because its key was used twice. Somebody may have copied it.

mail-digest-title = What is new
mail-digest-action = Open
mail-digest-all = See everything
mail-digest-more = and { $count } more
mail-digest-why = You get this mail because you chose to hear of this by mail.
mail-digest-choose = Choose what you hear of
mail-digest-end = No more of these mails

digest-announcements =
    { $count ->
        [one] { $count } announcement
       *[other] { $count } announcements
    }
digest-deadlines =
    { $count ->
        [one] { $count } deadline
       *[other] { $count } deadlines
    }
digest-grades =
    { $count ->
        [one] { $count } grade
       *[other] { $count } grades
    }
digest-messages =
    { $count ->
        [one] { $count } message
       *[other] { $count } messages
    }
digest-payments =
    { $count ->
        [one] { $count } payment
       *[other] { $count } payments
    }
digest-security =
    { $count ->
        [one] { $count } security notice
       *[other] { $count } security notices
    }
digest-system =
    { $count ->
        [one] { $count } notice
       *[other] { $count } notices
    }
digest-courses =
    { $count ->
        [one] in { $count } course
       *[other] in { $count } courses
    }

unsubscribe-title = No more of these mails?
unsubscribe-what = You get no more mails about: { $categories }. In the app you are still told.
unsubscribe-yes = No more mails
unsubscribe-done-title = Done
unsubscribe-done = You get no more mails about: { $categories }. You can choose otherwise in your account.
unsubscribe-category-announcements = announcements
unsubscribe-category-deadlines = deadlines
unsubscribe-category-grades = grades
unsubscribe-category-messages = messages
unsubscribe-category-payments = payments
unsubscribe-category-security = security
unsubscribe-category-system = notices of the school’s system
