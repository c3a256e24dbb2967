//! Which proxies are believed where a connection comes from, and which pages may speak to the server.

use sala_core::address::AddressRange;
use sala_core::limits::FORWARDED_ADDRESSES_MAX;
use std::cell::RefCell;
use std::net::IpAddr;

/// What whoever runs the server says of its surroundings; it may change while it serves.
#[derive(Debug, Default)]
pub struct Policy {
    /// Where the proxies are.
    trusted: RefCell<Vec<AddressRange>>,
    /// The origins of the pages.
    origins: RefCell<Vec<String>>,
}

/// A proxy that is believed names no addresses where it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Misnamed;

impl Policy {
    /// From now on these are believed, and may speak.
    pub fn set(&self, trusted: Vec<AddressRange>, origins: Vec<String>) {
        *self.trusted.borrow_mut() = trusted;
        *self.origins.borrow_mut() = origins;
    }

    /// Whether a proxy is there that is believed.
    #[must_use]
    pub fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.borrow().iter().any(|range| range.contains(address))
    }

    /// Whether a page of this origin may speak to the server.
    #[must_use]
    pub fn admits(&self, origin: &[u8]) -> bool {
        self.origins.borrow().iter().any(|known| known.as_bytes() == origin)
    }

    /// Where a connection comes from that these proxies have handed on, each of which has put in front of its own address
    /// the one that it saw: the last that is no trusted proxy's. What stands before that was said by a stranger.
    ///
    /// # Errors
    /// When what counts is no address.
    pub fn origin_of<'a>(
        &self,
        peer: IpAddr,
        forwarded: impl DoubleEndedIterator<Item = &'a str>,
    ) -> Result<IpAddr, Misnamed> {
        let mut from = peer;
        for text in forwarded.rev().take(FORWARDED_ADDRESSES_MAX) {
            if !self.trusts(from) {
                return Ok(from);
            }
            from = address(text.trim()).ok_or(Misnamed)?;
        }
        Ok(from)
    }
}

/// An address as proxies write it: alone, or with a port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| text.parse().ok().map(|address: std::net::SocketAddr| address.ip()))
}
