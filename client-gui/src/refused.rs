//! What refusals, goodbyes and mistakes say to a person, in each language: by what they are, not by the server's words.

use crate::visible::visible;
use crate::words::Words;
use sala_core::client::News;
use sala_core::name::NameError;
use sala_core::refusal::{Code, Fate, Refusal};

/// Bytes of a server's own words that are shown: as many as a reason has at most.
const WORDS_BYTES_MAX: usize = sala_core::limits::REASON_BYTES_MAX;

impl Words {
    /// Why something was refused.
    #[must_use]
    pub fn refusal(&self, refusal: &Refusal) -> String {
        let key = match refusal.code {
            Code::NameTaken => "refused-name-taken",
            Code::BadName => "name-bad",
            Code::TooManyDevices => "refused-too-many-devices",
            Code::GuestsClosed => "refused-guests-closed",
            Code::RegistrationClosed => "refused-registration-closed",
            Code::InvitationNeeded => "refused-invitation-needed",
            Code::BadInvitation => "refused-bad-invitation",
            Code::WeakPassword => "refused-weak-password",
            Code::WrongPassword => "refused-wrong-password",
            Code::CodeNeeded => "refused-code-needed",
            Code::WrongCode => "refused-wrong-code",
            Code::Busy => "refused-busy",
            Code::Banned => return self.with_reason("refused-banned", &refusal.text),
            Code::Muted => return self.with_reason("refused-muted", &refusal.text),
            Code::AccountOnly => "refused-account-only",
            Code::NotAllowed => "refused-not-allowed",
            Code::NoSuchPerson => "refused-no-such-person",
            Code::BlockedByYou => "refused-blocked-by-you",
            Code::Yourself => "refused-yourself",
            Code::RoomTaken => "refused-room-taken",
            Code::NoSuchRoom => "refused-no-such-room",
            Code::NotAMember => "refused-not-a-member",
            Code::NoSuchMember => "refused-no-such-member",
            Code::BadLink => "refused-bad-link",
            Code::Archived => "refused-archived",
            Code::SlowMode => "refused-slow-mode",
            Code::Held => "refused-held",
            Code::Rejected => "refused-rejected",
            Code::NoSuchPost => "refused-no-such-post",
            Code::NotThere => "refused-not-there",
            Code::EmptyText => "refused-empty-text",
            Code::TextTooLong => "refused-text-too-long",
            Code::BadText => "refused-bad-text",
            Code::OutOfOrder | Code::NumberReused | Code::BadNumber => "refused-out-of-order",
            Code::TooOld => "refused-too-old",
            Code::Full => "refused-full",
            Code::SlowDown => "refused-slow-down",
            Code::StorageFull => "refused-storage-full",
            Code::StorageFailed => "refused-storage-failed",
            Code::Stopping => "refused-stopping",
            Code::Other if refusal.fate == Fate::Unknown => "refused-unknown",
            Code::LineTooLong
            | Code::BadUtf8
            | Code::BadJson
            | Code::BadRequest
            | Code::UnknownRequest
            | Code::EnterFirst
            | Code::AlreadyEntered
            | Code::BadToken
            | Code::Other => return self.put("refused-other", [("why", clipped(&refusal.text).into())]),
        };
        self.get(key)
    }

    /// A sentence with the reason that a person gave, which stands behind the server's own sentence.
    fn with_reason(&self, key: &str, text: &str) -> String {
        let sentence = self.get(key);
        match text.split_once(": ") {
            Some((_, reason)) => format!("{sentence}: {}", visible(clipped(reason))),
            None => sentence,
        }
    }

    /// What a notice says that no event does.
    #[must_use]
    pub fn news(&self, news: &News) -> Option<String> {
        Some(match news {
            News::Event => return None,
            News::Refused(refusal) => self.refusal(refusal),
            News::Away => self.get("needs-server"),
            News::Unanswered => self.get("news-unanswered"),
            News::Full => self.get("composer-full"),
            News::Lost => self.get("news-lost"),
            News::Operator(text) => visible(clipped(text)).into_owned(),
            News::Broken => self.get("news-broken"),
            News::Rejected { said, reason } => {
                let said = said.as_deref().unwrap_or_default();
                let sentence = match said {
                    "" => self.get("news-rejected"),
                    said => self.put("news-rejected-said", [("text", clipped(said).into())]),
                };
                if reason.is_empty() { sentence } else { format!("{sentence} {}", visible(clipped(reason))) }
            }
            News::Misasked => self.get("news-misasked"),
        })
    }

    /// Why the server does not want us back, by the code of its refusal or goodbye.
    #[must_use]
    pub fn closed(&self, code: &str, why: &str) -> String {
        let key = match code {
            "replaced" => "closed-replaced",
            "revoked" => "closed-revoked",
            "erased" => "closed-erased",
            "quit" => "closed-quit",
            "closed" => "closed-closed",
            "protocol" => "closed-protocol",
            "haste" => "closed-haste",
            "full" | "crowded" => "closed-full",
            "banned" => return self.with_reason("refused-banned", why),
            "bad_name" => "name-bad",
            "name_taken" => "refused-name-taken",
            "guests_closed" => "refused-guests-closed",
            "registration_closed" => "refused-registration-closed",
            "invitation_needed" => "refused-invitation-needed",
            "bad_invitation" => "refused-bad-invitation",
            "weak_password" => "refused-weak-password",
            "wrong_password" => "refused-wrong-password",
            "code_needed" => "refused-code-needed",
            "wrong_code" => "refused-wrong-code",
            "too_many_devices" => "refused-too-many-devices",
            _ => return self.put("refused-other", [("why", clipped(why).into())]),
        };
        self.get(key)
    }

    /// Why a text is no name.
    #[must_use]
    pub fn name_error(&self, error: &NameError) -> String {
        let key = match error {
            NameError::Empty => "name-bad",
            NameError::TooLong { .. } => "name-too-long",
            NameError::Character(sign) => {
                return self.put("name-character", [("sign", sign.escape_debug().to_string().into())]);
            }
            NameError::Edge => "name-edge",
            NameError::Marks => "name-marks",
            NameError::MixedScripts => "name-scripts",
            NameError::Direction => "name-direction",
        };
        self.get(key)
    }
}

/// A server's own words, as far as there is room for them.
fn clipped(text: &str) -> &str {
    &text[..text.floor_char_boundary(WORDS_BYTES_MAX)]
}
