# Every word of the desktop client, in English. A test demands that pt-BR.ftl has the same keys with the same values.

app-name = Sala
app-motto = A room of your own, where nothing gets lost.
cancel = Cancel
close = Close
save = Save
loading = Loading…
dismiss = Dismiss
close-panel = Close the panel

day-today = Today
day-yesterday = Yesterday
day-this-year = { $weekday }, { $month } { $day }
day-with-year = { $weekday }, { $month } { $day }, { $year }
moment = { $day }, { $time }
weekdays = Monday Tuesday Wednesday Thursday Friday Saturday Sunday
months = January February March April May June July August September October November December

sign-in-guest = Guest
sign-in-account = Account
sign-in-register = New account
sign-in-guest-hint = Choose a nickname and go in. It stays yours on this computer.
sign-in-account-hint = Your name and password. This computer stays signed in.
sign-in-register-hint = With an account you come in from several devices, and have friends.
sign-in-enter = Enter
sign-in-enter-account = Sign in
sign-in-enter-new = Create account
sign-in-recent = Where you were before
sign-in-forget = Forget
field-server = Server
field-nickname = Nickname
field-name = Name
field-password = Password
field-code = One-time code
field-invitation = Code of your invitation
field-room = Name of the room
field-topic = Topic
field-link = Link
field-names = Names, separated by commas
field-note = A few words (optional)
field-reason = Reason (optional)
field-status = What are you up to?
server-bad = An address looks like chat.example.org or 127.0.0.1:7252.
server-met = { $server } is met for the first time and is known by { $fingerprint } from now on. Compare it with what the server has printed.
name-bad = A name has up to 32 letters and digits of one alphabet, with single “-”, “_” or “.” between them.
password-needed = This computer is not signed in as this name: write the password.
code-needed = The password is right. Write the six digits that your app shows, or a recovery code.
token-not-kept = This computer cannot remember that you are signed in: { $why }

link-connecting = Connecting…
link-waiting = The server cannot be reached. Next attempt in { $seconds } s. What you write goes out by itself.
link-now = Try now
link-sign-in = Sign in again
needs-server = This needs the server, which is away. Try again when it is back.

sidebar-rooms = Rooms
sidebar-directs = Conversations
sidebar-invitations = Invitations
sidebar-invited-by = { $name } invites you
sidebar-me = You are { $name }
sidebar-settings = Settings
sidebar-leave = Leave the server
sidebar-find = Go to a room
sidebar-more = Find or make a room
sidebar-friends =
    { $count ->
        [0] Friends
        [one] Friends, { $count } request
       *[other] Friends, { $count } requests
    }
sidebar-browse = Browse public rooms
sidebar-new-room = New room
sidebar-talk = New conversation
sidebar-link = Join by link
sidebar-room =
    { $unread ->
        [0] { $room }
        [one] { $mentions ->
            [0] { $room }, { $unread } unread message
           *[other] { $room }, { $unread } unread message, you are named
        }
       *[other] { $mentions ->
            [0] { $room }, { $unread } unread messages
           *[other] { $room }, { $unread } unread messages, you are named
        }
    }
invitation-join = Join
invitation-decline = Decline

presence-online = Online
presence-away = Away
presence-busy = Do not disturb
presence-invisible = Invisible
presence-offline = Offline

person-presence = Status…
person-message = Message
person-befriend = Add as friend…
person-accept = Accept
person-decline = Decline
person-withdraw = Withdraw the request
person-unfriend = Remove from friends
person-block = Block
person-unblock = Unblock
person-mute = Mute…
person-kick = Put out…
person-ban = Ban…
person-moderator = Make a moderator
person-plain = Make a plain member

room-more = More about this room
room-order = Moderation
room-order-reports =
    { $count ->
        [one] Moderation · { $count } report
       *[other] Moderation · { $count } reports
    }
room-order-calls =
    { $count ->
        [one] Moderation · one thing to look at
       *[other] Moderation · { $count } things to look at
    }
room-members =
    { $count ->
        [one] { $count } member
       *[other] { $count } members
    }
room-pins = Pinned ({ $count })
room-topic = Change the topic
room-invite = Invite somebody
room-archive = Archive
room-unarchive = Reopen
room-leave = Leave the room
room-read = Mark as read

members-title = Members
members-owner = Owner
members-moderators = Moderators · { $count }
members-members = Members · { $count }
members-here = { $name }, here
members-away = { $name }, away
members-typing = writing…

friends-title = Friends
friends-guest = Friends are for those who have an account.
friends-add = Add a friend
friends-none = Nobody yet.
friends-asked-by = Want to be your friends · { $count }
friends-friends = Friends · { $count }
friends-asked = You asked · { $count }
friends-blocked = Blocked · { $count }

order-title = Moderation
room-kept =
    { $days ->
        [one] Messages are kept for a day
       *[other] Messages are kept for { $days } days
    }
order-slow = Slow mode
order-slow-off = Off
order-slow-seconds =
    { $seconds ->
        [one] One message a second
       *[other] One message in { $seconds } seconds
    }
order-none = Nothing.
order-keep = How long what is said is kept
order-keep-off = For ever
order-keep-days =
    { $days ->
        [one] For a day
       *[other] For { $days } days
    }
order-held = Waiting to be let through · { $count }
order-let = Let through
order-reject = Reject
order-reports = Reports · { $count }
order-report = { $name }, { $time }
order-see = Show
order-resolve = Done
order-sanctions = Bans and mutes · { $count }
order-banned = { $name } is banned
order-muted = { $name } is muted
order-lift = Lift
order-links = Links into the room · { $count }
order-new-link = Make and copy the link
order-link = By { $name }, good until { $until }
order-link-forever = it is taken back
order-unlink = Take back
order-acts = Who did what

timeline-unread = New
timeline-newest = ↓ To the newest
timeline-new =
    { $count ->
        [one] ↓ { $count } new message
       *[other] ↓ { $count } new messages
    }
timeline-bar = Position in the conversation

row-name = Message by { $author }, { $time }
row-deleted = This message was deleted.
row-edited = (edited)
row-sign = { $sign } by { $names }
row-answers = In answer to: { $text }
row-answers-deleted = { $author }  a deleted message
row-answers-unknown = An earlier message
row-sending = Sending…
row-waiting = Waiting to be sent
row-held = Waits for a moderator: nobody else sees it yet
row-offline = Not sent yet: the server is away
row-failed = Not sent: { $why }
row-retry = Try again
row-discard = Discard
row-damaged =
    { $count ->
        [one] One entry is damaged on the server’s disk and cannot be read.
       *[other] { $count } entries are damaged on the server’s disk and cannot be read.
    }
row-skipped =
    { $count ->
        [one] One earlier entry: load it
       *[other] { $count } entries are not loaded: load them
    }
row-skipped-loading = Loading…
row-skipped-offline =
    { $count ->
        [one] One entry is on the server, which is away
       *[other] { $count } entries are on the server, which is away
    }

message-more = More
message-reply = Reply
message-react = React
message-copy = Copy text
message-copy-whole = Copy with author and time
message-edit = Edit
message-pin = Pin
message-unpin = Unpin
message-delete = Delete
message-report = Report…

composer-field = Message to { $room }
composer-send = Send
composer-offers = Tab takes one
composer-reply = Reply to { $author }
composer-edit = Edit your message
composer-archived = This room is archived: it is here to be read.
composer-full = Too much is waiting to be sent. Nothing more is taken before the server is back.
composer-muted = You may read here and not write
composer-typing =
    { $count ->
        [one] { $names } is writing…
       *[other] { $names } are writing…
    }
composer-typing-many = Several people are writing…
composer-left =
    { $count ->
        [one] One byte left
       *[other] { $count } bytes left
    }
composer-over =
    { $count ->
        [one] One byte too long: split it
       *[other] { $count } bytes too long: split it
    }

empty-title = No room is open
empty-hint = Choose one at the left, or look around.

switcher-title = Go to a room
switcher-field = Part of a name
switcher-none = There is no such room among yours.
browse-title = Public rooms
browse-field = Part of a name or topic
browse-none = No room is called like this.
browse-members =
    { $count ->
        [one] { $count } member
       *[other] { $count } members
    }
browse-joined = You are in
react-title = React
react-field = Part of a sign’s name
new-room-title = New room
new-room-private = Private: only those who are invited or have a link find it
new-room-create = Create
join-link-title = Join by link
talk-title = New conversation
talk-start = Start
befriend-title = Add a friend
befriend-send = Send request
invite-send = Invite
report-title = Tell the moderators
report-send = Report
delete-title = Delete this message?
delete-hint = Its words are erased on the server and for everybody. This cannot be undone.
leave-title = Leave { $room }?
leave-hint = You can come back as long as you are allowed in.
mute-title = Mute { $name }
kick-title = Put { $name } out
ban-title = Ban { $name }
time-minutes = 10 min
time-hour = 1 hour
time-day = 1 day
time-week = 1 week
time-forever = Open end

settings-title = Settings
settings-theme = Appearance
theme-system = System
theme-light = Light
theme-dark = Dark
settings-language = Language
language-system = System
settings-text = Size of everything

act-created = { $author } made the room
act-joined = { $author } came in
act-left = { $author } left
act-added = { $author } added { $name }
act-topic = { $author } set the topic: { $text }
act-topic-none = { $author } removed the topic
act-pinned = { $author } pinned a message
act-unpinned = { $author } unpinned a message
act-kicked = { $author } put { $name } out
act-banned = { $author } banned { $name }
act-unbanned = { $author } lifted the ban of { $name }
act-muted = { $author } muted { $name }
act-unmuted = { $author } unmuted { $name }
act-invited = { $author } invited { $name }
act-uninvited = { $author } took back the invitation of { $name }
act-link = { $author } made a link into the room
act-unlinked = { $author } took back a link
act-plain = { $author } made { $name } a plain member
act-moderator = { $author } made { $name } a moderator
act-owner = { $author } gave the room to { $name }
act-renamed = { $author } renamed the room to { $text }
act-archived = { $author } archived the room
act-unarchived = { $author } reopened the room
act-hold = { $author } changed what waits here for a moderator
act-hold-off = { $author } lets nothing wait here for a moderator any more
act-keep-off = { $author } keeps for ever what is said here
act-keep =
    { $days ->
        [one] { $author } lets what is said here go after a day
       *[other] { $author } lets what is said here go after { $days } days
    }
act-slow-off = { $author } ended slow mode
act-slow =
    { $seconds ->
        [one] { $author } turned slow mode on: one message a second
       *[other] { $author } turned slow mode on: one message in { $seconds } seconds
    }
act-closed = { $author } closed the room
act-deleted = { $author } deleted a message
act-until = { $sentence } until { $until }
out-kicked =
    { $known ->
        [yes] { $by } put you out of { $room }.
       *[no] You were put out of { $room }.
    }
out-banned =
    { $known ->
        [yes] { $by } banned you from { $room }.
       *[no] You were banned from { $room }.
    }
out-banned-until =
    { $known ->
        [yes] { $by } banned you from { $room } until { $until }.
       *[no] You were banned from { $room } until { $until }.
    }
out-closed =
    { $known ->
        [yes] { $by } closed { $room }.
       *[no] { $room } was closed.
    }

refused-name-taken = This name is taken, looks like one that is, or is kept from everybody. Choose another, or sign in.
refused-too-many-devices = You are signed in on as many devices as may be. Sign out on one of them.
refused-guests-closed = This server lets no new guests in.
refused-registration-closed = This server makes no new accounts.
refused-invitation-needed = This server makes accounts for those who are invited: type the code of an invitation.
refused-bad-invitation = This invitation is none, was used, or is too old: ask for another.
refused-weak-password = A password has at least 8 characters and is none of the commonest.
refused-wrong-password = There is no account of this name with this password.
refused-code-needed = Write the one-time code as well.
refused-wrong-code = The code is not right, was used, or is too old.
refused-busy = The server is busy with others. It is a matter of a moment.
refused-account-only = This is for accounts, not for guests.
refused-not-allowed = You may not do this here.
refused-no-such-person = There is nobody of this name.
refused-blocked-by-you = You have blocked this person. Unblock first.
refused-yourself = This cannot be done to oneself.
refused-room-taken = There is a room of this name already, or of one that looks like it.
refused-no-such-room = There is no such room.
refused-not-a-member = You are not in this room.
refused-no-such-member = This person is not in the room.
refused-bad-link = This link is none, is used up, or is too old.
refused-archived = This room is archived: it is here to be read.
refused-held = In this room a moderator looks at this first, and only messages wait for that: say it in a new one.
refused-rejected = A moderator did not let this through.
refused-no-such-post = This message is gone.
refused-not-there = This is not there any more.
refused-empty-text = A message must say something.
refused-slow-down = That was too much at once. It is tried again by itself.
refused-storage-full = The server’s disk is full. Reading goes on, and what you wrote is sent when there is room.
refused-storage-failed = The server’s disk failed. What you wrote is sent again.
refused-stopping = The server is stopping. What you wrote is sent when it is back.
closed-replaced = This device is connected from elsewhere.
closed-revoked = This device was shut out from another one.
closed-erased = This account was deleted.
closed-quit = You left.
closed-closed = Whoever runs the server has closed this connection.
closed-protocol = The server speaks another version of the protocol. Update this program.

room-search = Search
search-title = Search
search-words = Words
search-day-bad = A day is written like 2026-11-25.
search-here = Only in this room
search-find = Find
search-none = Nothing was found.
message-choose = Select
chosen-count =
    { $count ->
        [one] One message selected
       *[other] { $count } messages selected
    }
chosen-copy = Copy with authors and times
settings-notify = Tell me when somebody names me or writes to me
notify-from = { $author } in { $room }

presence-friends-only = Only friends see whether I am here
account-title = Make an account
account-hint = You keep your name, your rooms and all that you said, and can come in from other devices.
account-made = You have an account now.

month-with-year = { $month } { $year }
copy = Copy
more = Show more
sign-in-recover = I have a code for a new password
sign-in-recover-back = Sign in with a password
sign-in-recover-hint = An administrator of the server draws a code for whoever has lost a password. It is good for a day.
sign-in-enter-recover = Set the password and sign in
field-code-recover = Code of the administrator
field-code-server = Code that the server printed
field-code-shown = Six digits that the app shows
field-password-old = Present password
field-password-new = New password
name-too-long = A name has at most 32 characters.
name-character = A name cannot hold “{ $sign }” there: use letters and digits, with “-”, “_” or “.” between them.
name-edge = A name begins and ends with a letter or a digit, and has no two of “-”, “_” and “.” side by side.
name-marks = There are too many accents on one letter.
name-scripts = A name keeps to one alphabet.
name-direction = A name runs in one direction, and begins with a letter.
news-unanswered = The server has not answered what was asked before. Try again in a moment.
news-lost = The server has lost entries that it had. What it no longer has is gone here, too.
news-broken = The server sent something that makes no sense. Connecting again.
news-rejected = What you wrote was not let through.
news-rejected-said = What you wrote was not let through: “{ $text }”.
news-misasked = This program asked for something that cannot be asked for: the program is at fault.
sidebar-account = Account and devices…
sidebar-server = Administration…
person-give = Give the room to this person…
room-day = Go to a day…
room-link = New link into the room…
room-rename = Rename the room
room-close = Close for good…
order-by = By { $name }
order-lift-of = Lift the ban or mute of { $name }
order-link-uses =
    { $count ->
        [one] Lets one more person in
       *[other] Lets { $count } more people in
    }
message-versions = Earlier words
versions-title = What the message said
day-title = Go to a day
day-year-before = The year before
day-month-before = The month before
day-month-after = The month after
day-year-after = The year after
day-first = To the first message
link-title = New link into the room
link-hint = Whoever has the link can come in, as long as it is good. You can take it back under Moderation.
link-uses = For how many people (empty: any number)
link-uses-bad = Write a number, or nothing.
rename-hint = The room is shown and found under the new name. Links and mentions go on working.
close-title = Close { $room } for good?
close-hint = All that was said there is erased on the server, for everybody. This cannot be undone.
close-do = Close the room
give-title = Give { $room } to { $name }?
give-hint = That person is the owner then, and you are a moderator at most. Only the new owner can give it back.
give-do = Give the room
unsent-title =
    { $count ->
        [one] One message is not sent
       *[other] { $count } messages are not sent
    }
unsent-hint = If you go now, they are lost. If you stay, they go out by themselves as soon as the server takes them.
unsent-go = Go and lose them
me-title = Account and devices
me-account = You are { $name }, with an account.
me-guest = You are { $name }, a guest: the name is yours on this computer alone. With an account you come in from others, and have friends.
me-signing-in = Signing in
me-codes-off = Signing in asks for the password alone.
me-codes-on =
    { $count ->
        [one] Signing in asks for a one-time code as well. One recovery code is left.
       *[other] Signing in asks for a one-time code as well. { $count } recovery codes are left.
    }
devices-title = Devices · { $count }
devices-revoke-all = Sign out all other devices
device-unnamed = A device without a name
device-this = This one
device-here = Connected now
device-seen = Last used: { $day }
device-shut-out = Sign out
device-revoke = Sign out { $label }
password-open = Change the password…
password-title = Change the password
password-hint = All your other devices are signed out.
password-change = Change
codes-on-open = Turn one-time codes on…
codes-new = Replace the codes…
codes-off-open = Turn them off…
codes-title = One-time codes
codes-hint = Signing in then asks for a code of an app on your phone, so that your password alone lets nobody in.
codes-picture = Picture for the app to read
codes-by-hand = Let the app read the picture, or type this into it:
codes-copy-uri = Copy as an address
codes-recovery = Keep these recovery codes in a safe place. Each lets you in once, without the phone:
codes-copy = Copy the recovery codes
codes-turn-on = Turn on
codes-off-title = Turn one-time codes off
codes-turn-off = Turn off
erase-open = Delete account…
erase-title = Delete { $name }?
erase-hint = All that you have said is erased on the server, and all your devices are signed out. This cannot be undone, and nobody can take your name for 30 days.
erase-name = Your name, to show that you mean it
erase-do = Delete for good
claim-title = Administer this server
claim-hint = The server prints a code when it starts for the first time. Whoever writes it here is its administrator.
claim-do = Become the administrator
server-title = Administration
server-people = People
server-strangers = What strangers may do
server-guests = Let new guests in
server-accounts-open = Anybody may make an account
server-accounts-invitation = By invitation of an administrator
server-accounts-members = By invitation of any member
server-accounts-closed = Nobody may make an account
server-invitations = Invitations to the server
server-invite = Draw an invitation
server-invitation-code = Give this code to whom you mean. It makes one account, within a week:
server-reset = Somebody has lost a password
server-reset-name = Name of the account
server-reset-draw = Draw a code
server-reset-code = Give { $name } this code. It is good once, for a day:
server-admins = Administrators
server-admin-name = Name
server-admin-on = Make an administrator
server-admin-off = No longer
server-ban = Kept out
server-ban-whom = Name, or addresses such as 203.0.113.0/24
server-ban-do = Keep out
server-bans = Kept out · { $count }
server-rooms = Rooms
search-author = By (a name)
search-since = From day (2026-11-25)
search-until = To day (2026-11-25)
done-password = The password is changed. Your other devices are signed out.
done-codes-on = One-time codes are on.
done-codes-off = One-time codes are off.
done-claim = You administer this server now.
done-befriend = The request is sent.
done-invite = The invitation is sent.
done-report = The moderators are told.
done-server = Done.
refused-banned = You may not come in here
refused-muted = You may read here and not write
refused-slow-mode = In this room one speaks once in a while. Wait a little and try again.
refused-text-too-long = This is too long. Split it.
refused-bad-text = This holds signs that cannot be shown. Remove them.
refused-out-of-order = A later message was stored before this one. Try again to send it as a new one.
refused-too-old = It is not known whether this was stored. Look for it in the room before you send it again.
refused-full = There are as many of these as may be.
refused-unknown = The link broke before the answer came: it may be done or not.
refused-other = The server refuses: { $why }
closed-haste = You asked faster than is allowed.
closed-full = The server has no room for more connections.
field-group = Name of the group (optional)
talk-group-hint = Several people are a group: they are invited, only its members find it, and each of them may invite.
sign-in-link = The link leads into a room of this server: say who you are, and you are there.
link-nonsense = What the server sends makes no sense. Next attempt in { $seconds } s. What you write is kept.
join-link-bad = A link looks like chat.example.org:7252/ and many letters after it.
link-away-title = This link leads to { $there }
link-away-hint = You are on { $here }. To go there you leave it; you can come back at any time.
link-away-go = Go there
link-away-here = No, it is meant for { $here }
link-made-title = A link into the room
link-made-hint = It is on the clipboard. Whoever has it can come in: on the first screen it is pasted in place of the server.
link-made-alone = “{ $host }” is this computer alone. For people elsewhere, put the server’s own address in its place.
link-made-picture = The link as a picture for a camera
settings-own = What you wrote
export-open = Save all of it…
export-title = Save all that you wrote
export-hint = Every message and whatever else is yours on this server, as one file (JSON). A file that is there already is replaced.
export-file = ~/sala-{ $name }.json
export-do = Save
export-busy = { $path } is being written. Another file can be when it is done.
export-not = { $path } is not written.
export-done =
    { $count ->
        [one] One entry is in { $path }
       *[other] { $count } entries are in { $path }
    }
field-file = File
coming-waiting = The server cannot be reached. Is the address right, and does it run? Next attempt in { $seconds } s.
invitation-group = A group
person-accept-friend = Accept as a friend
person-decline-friend = Decline the friendship

again-title = Sign in again as { $name }
again-hint = All that you see stays. What you have written and not sent goes out once you are back.
