//! By what the logs of a data folder are known to clients: a name that is drawn for each copy that goes on by itself.

use anyhow::Context as _;
use rand::Rng as _;
use rand::rngs::StdRng;
use sala_net::private::write;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

/// The file that holds it. Copies leave it out, so that a server that is put back to one is known by another: its logs may come
/// to hold other entries in places that clients have heard already.
pub(crate) const HISTORY: &str = "history";

/// The name of this folder's logs, which is drawn if they have none yet.
pub(crate) fn history(data: &Path, random: &mut StdRng) -> anyhow::Result<String> {
    let path = data.join(HISTORY);
    let held = match fs::read_to_string(&path) {
        Ok(text) => text.trim().to_owned(),
        // What is no text is no name either.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidData) => String::new(),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    if is_name(&held) {
        return Ok(held);
    }
    let drawn = format!("{:032x}", u128::from(random.next_u64()) << 64 | u128::from(random.next_u64()));
    write(&path, &format!("{drawn}\n")).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(drawn)
}

/// Whether it is what was drawn, and not what a failing disk made of it.
fn is_name(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
