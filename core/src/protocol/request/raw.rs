//! A request as it stands on the line: one flat struct for all of them needs no intermediate tree.

use crate::address::AddressRange;
use crate::entry::{Audience, DeviceId, HeldId, InvitationId, Inviters, LinkId, Mode, ReportId, Role, Seq};
use crate::time::Wall;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

macro_rules! raw {
    ($($field:ident: $kind:ty,)*) => {
        #[derive(Default, Serialize, Deserialize)]
        pub(super) struct RawRequest {
            #[serde(skip_serializing_if = "Option::is_none")]
            pub(super) id: Option<u64>,
            pub(super) r#do: String,
            $(#[serde(skip_serializing_if = "Option::is_none")] pub(super) $field: Option<$kind>,)*
        }
    };
}

raw! {
    name: String,
    token: String,
    device: serde_json::Value,
    have: BTreeMap<String, Seq>,
    room: String,
    n: u64,
    text: String,
    topic: String,
    before: u64,
    after: serde_json::Value,
    limit: usize,
    password: String,
    old: String,
    code: String,
    secret: String,
    recovery: Vec<String>,
    registration: bool,
    inviters: Inviters,
    invitation: InvitationId,
    guests: bool,
    on: bool,
    address: AddressRange,
    minutes: u64,
    reason: String,
    private: bool,
    people: Vec<String>,
    link: serde_json::Value,
    hours: u64,
    uses: u32,
    to: String,
    seconds: u64,
    days: u64,
    role: Role,
    seq: Seq,
    report: ReportId,
    held: HeldId,
    links: bool,
    note: String,
    mode: Mode,
    status: String,
    audience: Audience,
    reply: Seq,
    emoji: String,
    words: serde_json::Value,
    author: String,
    since: Wall,
    until: Wall,
    all: bool,
}

impl RawRequest {
    pub(super) fn number(value: &serde_json::Value) -> Option<u64> {
        value.as_u64()
    }

    pub(super) fn device_id(&self) -> Option<DeviceId> {
        self.device.as_ref().and_then(Self::number).map(DeviceId)
    }

    pub(super) fn link_id(&self) -> Option<LinkId> {
        self.link.as_ref().and_then(Self::number).map(LinkId)
    }
}
