//! What refusals and goodbyes say to a person, in each language.

use crate::words::Words;
use sala_core::refusal::Code;

impl Words {
    /// Why something was refused. What has no words of its own here is said in the server's.
    #[must_use]
    pub fn refusal(&self, code: Code, text: &str) -> String {
        let key = match code {
            Code::NameTaken => "refused-name-taken",
            Code::TooManyDevices => "refused-too-many-devices",
            Code::GuestsClosed => "refused-guests-closed",
            Code::RegistrationClosed => "refused-registration-closed",
            Code::WeakPassword => "refused-weak-password",
            Code::WrongPassword => "refused-wrong-password",
            Code::CodeNeeded => "refused-code-needed",
            Code::WrongCode => "refused-wrong-code",
            Code::Busy => "refused-busy",
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
            Code::NoSuchPost => "refused-no-such-post",
            Code::NotThere => "refused-not-there",
            Code::EmptyText => "refused-empty-text",
            Code::SlowDown => "refused-slow-down",
            Code::StorageFull => "refused-storage-full",
            Code::StorageFailed => "refused-storage-failed",
            Code::Stopping => "refused-stopping",
            // These say more than their code does: which rule, until when, how much.
            _ => return text.to_owned(),
        };
        self.get(key)
    }

    /// Why the server does not want us back, by the code of its refusal or goodbye.
    #[must_use]
    pub fn closed(&self, code: &str, why: &str) -> String {
        let key = match code {
            "replaced" => "closed-replaced",
            "revoked" => "closed-revoked",
            "erased" => "closed-erased",
            "quit" => "closed-quit",
            "protocol" => "closed-protocol",
            "name_taken" => "refused-name-taken",
            "guests_closed" => "refused-guests-closed",
            "registration_closed" => "refused-registration-closed",
            "weak_password" => "refused-weak-password",
            "wrong_password" => "refused-wrong-password",
            "code_needed" => "refused-code-needed",
            "wrong_code" => "refused-wrong-code",
            "too_many_devices" => "refused-too-many-devices",
            _ => return why.to_owned(),
        };
        self.get(key)
    }
}
