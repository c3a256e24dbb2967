//! Shuts the server off from files that are none of its own, where the kernel can (Landlock): whoever took it over could write
//! nowhere else, and start no program.

use landlock::{
    ABI, Access as _, AccessFs, Ruleset, RulesetAttr as _, RulesetCreatedAttr as _, RulesetError,
    RulesetStatus, path_beneath_rules,
};
use std::env;
use std::path::{Path, PathBuf};

/// Must be called before any thread is started: those that run already stay outside.
pub(crate) fn enclose(data: &Path, log: Option<&Path>) {
    // The folder of a bare name is the one in which the program runs.
    let of_log = log.and_then(Path::parent).map(|folder| folder.join("."));
    let folders = [Some(data.to_owned()), of_log].into_iter().flatten();
    let writable: Vec<PathBuf> = folders.chain(temporary()).collect();
    match enclosed(&writable) {
        Ok(RulesetStatus::NotEnforced) => tracing::info!("not enclosed: the kernel has no Landlock"),
        Ok(_) => tracing::info!(
            "enclosed: nothing is written but in the data folder, where logs go, and where temporary files do"
        ),
        Err(error) => tracing::warn!(%error, "not enclosed: the kernel does not want it"),
    }
}

/// Where SQLite puts what it sorts.
fn temporary() -> Vec<PathBuf> {
    let named: Vec<PathBuf> =
        ["SQLITE_TMPDIR", "TMPDIR"].iter().filter_map(env::var_os).map(PathBuf::from).collect();
    if named.is_empty() { ["/var/tmp", "/tmp"].map(PathBuf::from).into() } else { named }
}

fn enclosed(writable: &[PathBuf]) -> Result<RulesetStatus, RulesetError> {
    // What an older kernel does not know it does not forbid.
    let all = AccessFs::from_all(ABI::V5);
    // Certificates and settings may be renewed anywhere, and lie behind links: reading is left to the rights of files.
    let read = AccessFs::from_read(ABI::V5) & !AccessFs::Execute;
    let rules = Ruleset::default().handle_access(all)?.create()?;
    let rules = rules.add_rules(path_beneath_rules(["/"], read))?;
    let rules = rules.add_rules(path_beneath_rules(writable, all & !AccessFs::Execute))?;
    Ok(rules.restrict_self()?.ruleset)
}
