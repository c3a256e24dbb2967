//! Ranges of addresses, as a ban names them.

use crate::packed::Sought;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::str::FromStr;

/// All addresses that begin with the same bits: `203.0.113.0/24`, `2001:db8::/32`, or a single one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AddressRange {
    first: IpAddr,
    bits: u8,
}

impl Sought for AddressRange {}

/// A text that is no range of addresses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write an address, or a range such as 203.0.113.0/24")]
pub struct AddressError;

/// The address in the form in which it is compared: an IPv4 address that came over IPv6 is what it is.
#[must_use]
pub fn plain(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

/// What one customer of a provider usually has: an IPv4 address, or 64 bits of an IPv6 one.
#[must_use]
pub fn household(address: IpAddr) -> AddressRange {
    match plain(address) {
        IpAddr::V4(address) => AddressRange { first: address.into(), bits: 32 },
        IpAddr::V6(address) => AddressRange::new(address.into(), 64),
    }
}

impl AddressRange {
    fn new(address: IpAddr, bits: u8) -> Self {
        let first = match address {
            IpAddr::V4(address) => Ipv4Addr::from_bits(masked_4(address.to_bits(), bits)).into(),
            IpAddr::V6(address) => Ipv6Addr::from_bits(masked_6(address.to_bits(), bits)).into(),
        };
        AddressRange { first, bits }
    }

    /// Whether an address lies in it.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = plain(address);
        address.is_ipv4() == self.first.is_ipv4() && AddressRange::new(address, self.bits).first == self.first
    }
}

fn masked_4(bits: u32, kept: u8) -> u32 {
    bits & u32::MAX.checked_shl(32 - u32::from(kept)).unwrap_or(0)
}

fn masked_6(bits: u128, kept: u8) -> u128 {
    bits & u128::MAX.checked_shl(128 - u32::from(kept)).unwrap_or(0)
}

impl FromStr for AddressRange {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let (address, bits) =
            text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().map_err(|_| AddressError)?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), str::parse).map_err(|_| AddressError)?;
        if bits > most {
            return Err(AddressError);
        }
        Ok(AddressRange::new(address, bits))
    }
}

impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.bits)
    }
}

impl Serialize for AddressRange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AddressRange {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
