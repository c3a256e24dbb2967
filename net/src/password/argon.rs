//! Argon2id (RFC 9106), and its hashes as PHC strings.

use argon2::password_hash::phc::{Output, Salt};
use argon2::{Algorithm, Argon2, Block, Error, Params, Version};
use sala_core::secret::Password;

/// Memory that one hash takes, in KiB; this and the next two are what OWASP's Password Storage Cheat Sheet asks for.
const MEMORY_KIB: u32 = 19_456;
/// Passes over the memory.
const PASSES: u32 = 2;
/// Parts of the memory that could be filled at the same time.
const LANES: u32 = 1;
/// Bytes of a salt, as RFC 9106, section 3.1, recommends.
pub(super) const SALT_BYTES: usize = 16;
/// Bytes of a hash.
const OUTPUT_BYTES: usize = 32;

/// Compares and hashes one password after the other, in the same memory.
#[derive(Default)]
pub(super) struct Argon {
    memory: Vec<Block>,
}

impl Argon {
    /// Whether this is the password of that hash. It takes as long if there is none, and if it is none of ours.
    pub(super) fn is_right(&mut self, password: &Password, phc: Option<&str>) -> Result<bool, Error> {
        let known = phc.and_then(parse);
        let nobody = || (Salt::new(&[0; SALT_BYTES]).expect("it has the length of every other one"), None);
        let (salt, hash) = known.map_or_else(nobody, |(salt, hash)| (salt, Some(hash)));
        let output = self.output(password, &salt)?;
        // They are compared in a time that does not depend on where they differ.
        Ok(hash == Some(output))
    }

    /// The hash of a password, as a PHC string.
    pub(super) fn hash(&mut self, password: &Password, salt: &[u8; SALT_BYTES]) -> Result<String, Error> {
        let salt = Salt::new(salt).expect("8 to 48 bytes are a salt");
        let output = self.output(password, &salt)?;
        Ok(format!("{}{salt}${output}", kind()))
    }

    /// Gives the memory back.
    pub(super) fn rest(&mut self) {
        self.memory = Vec::new();
    }

    fn output(&mut self, password: &Password, salt: &Salt) -> Result<Output, Error> {
        let params = Params::new(MEMORY_KIB, PASSES, LANES, Some(OUTPUT_BYTES))?;
        let blocks = params.block_count();
        self.memory
            .try_reserve_exact(blocks.saturating_sub(self.memory.len()))
            .or(Err(Error::OutOfMemory))?;
        self.memory.resize(blocks, Block::new());
        let mut output = [0; OUTPUT_BYTES];
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into_with_memory(
            password.reveal().as_bytes(),
            salt,
            &mut output,
            &mut self.memory,
        )?;
        Ok(Output::new(&output).expect("10 to 64 bytes are a hash"))
    }
}

/// What every hash begins with. If the costs ever rise, the hashes of the old ones must still be compared, and what is
/// done for nobody must go on to take as long.
fn kind() -> String {
    format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}$")
}

/// The salt and the hash in a PHC string. One of other costs is none: it could ask for any time, and any memory.
fn parse(phc: &str) -> Option<(Salt, Output)> {
    let (salt, hash) = phc.strip_prefix(&kind())?.split_once('$')?;
    Some((Salt::from_b64(salt).ok()?, Output::decode(hash).ok()?))
}
